// SPDX-License-Identifier: Apache-2.0
// The picture itself, on a canvas of numbers: what stands in each column, however the samples arrived.
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { FRAME_WAVE_RAW, type WaveFrame } from '../src/protocol/frame';
import { EnvelopeRing } from '../src/wave/ring';
import { columnExtent, columnOf } from '../src/wave/columns';
import type { Band, Painter as PainterType } from '../src/wave/painter';

const RATE = 1000;
const WIDTH = 240;
const HEIGHT = 120;
const GAIN_UV = 100;
const TRACE = '#A9E5B5';

// A canvas that keeps the colour of each pixel by name. Only what the painter uses.
class Canvas {
  width = WIDTH;
  height = HEIGHT;
  pixels: string[] = [];
  private fill = '';
  set fillStyle(style: string) { this.fill = String(style); }
  get fillStyle(): string { return this.fill; }
  globalAlpha = 1;
  strokeStyle = '';
  lineWidth = 1;
  getContext(): this { return this; }
  createPattern(): string { return 'hatch'; }
  beginPath(): void { return; }
  moveTo(): void { return; }
  lineTo(): void { return; }
  stroke(): void { return; }
  fillRect(x: number, y: number, w: number, h: number): void { this.put(x, y, w, h, () => this.fill); }
  // A picture of a word has its own column numbers as colours, so that a shifted or cut one shows.
  drawImage(_: unknown, sx: number, _sy: number, sw: number, sh: number, dx: number, dy: number): void {
    this.put(dx, dy, sw, sh, (x) => `word ${sx + x - dx}`);
  }
  private put(x: number, y: number, w: number, h: number, color: (x: number) => string): void {
    for (let py = Math.max(0, Math.round(y)); py < Math.min(HEIGHT, Math.round(y + h)); py++) {
      for (let px = Math.max(0, Math.round(x)); px < Math.min(WIDTH, Math.round(x + w)); px++) this.pixels[py * WIDTH + px] = color(px);
    }
  }
}

vi.stubGlobal('OffscreenCanvas', Canvas);
let Painter: typeof PainterType;
beforeAll(async () => { ({ Painter } = await import('../src/wave/painter')); });

function noise(n: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: n }, (_, i) => Math.round(30 * Math.sin(i / 40)) + ((state = (state * 1103515245 + 12345) % 2147483648) % 41) - 20);
}

function frame(samples: number[], first: number): WaveFrame {
  return { kind: 'wave', type: FRAME_WAVE_RAW, flags: 0, seq: 1, first, channels: 1, count: samples.length, level: 0, sourceTag: 1,
    uvPerStep: 1, monoMs: 0, data: Int16Array.from(samples) };
}

interface Scene { painter: PainterType; canvas: Canvas; ring: EnvelopeRing; bands: Band[]; stimuli: number[] }

function scene(): Scene {
  const canvas = new Canvas();
  const painter = new Painter(canvas as unknown as OffscreenCanvas);
  const ring = new EnvelopeRing(1, 0, RATE, 10);
  const bands: Band[] = [];
  const stimuli: number[] = [];
  painter.setMarks(bands, stimuli);
  painter.setLabels(new Map([['event.burst', { width: 30, height: 8 } as ImageBitmap]]));
  painter.setRing(ring);
  painter.setLayout({ width: WIDTH, height: HEIGHT, columnPx: 2, fontPx: 10, windowS: 1.2, rateHz: RATE, seconds: true,
    rows: [{ channel: 0, gainUv: GAIN_UV }] });
  return { painter, canvas, ring, bands, stimuli };
}

const EVENTS = [[700, 760], [1500, 1530], [1900, 1910]] as const;
const STIMULI = [650, 900, 1200, 1777, 2100];

function add(s: Scene, until: number, from: number): void {
  for (const [start, end] of EVENTS) {
    if (end + 40 <= from || end + 40 > until) continue; // told a little later, as by the detectors
    const band: Band = { kind: 'event', channel: 0, start, end, label: 'event.burst' };
    s.bands.push(band);
    s.painter.addBand(band);
  }
  for (const at of STIMULI) {
    if (at + 30 <= from || at + 30 > until) continue;
    s.stimuli.push(at);
    s.painter.addStimulus(at);
  }
}

// Lowest and highest pixel of the trace in each column.
function traceOf(canvas: Canvas): ({ top: number; bottom: number } | null)[] {
  return Array.from({ length: WIDTH / 2 }, (_, c) => {
    const ys = Array.from({ length: HEIGHT }, (_y, y) => y).filter((y) => canvas.pixels[y * WIDTH + c * 2] === TRACE);
    return ys.length === 0 ? null : { top: ys[0] ?? 0, bottom: ys[ys.length - 1] ?? 0 };
  });
}

const samples = noise(2400, 5);

function portions(size: number): Scene {
  const s = scene();
  for (let at = 0; at < samples.length; at += size) {
    s.ring.write(frame(samples.slice(at, at + size), at));
    add(s, at + size, at);
    s.painter.paint();
  }
  return s;
}

describe('the picture of the traces', () => {
  it('holds the extremes of the samples in every column', () => {
    const s = portions(20);
    const sweep = { columns: WIDTH / 2, windowSamples: 1.2 * RATE };
    const newest = columnOf(sweep, samples.length - 1);
    const drawn = traceOf(s.canvas);
    const middle = (HEIGHT - 9) / 2;
    let seen = 0;
    for (let c = newest - 100; c <= newest; c++) {
      const truth = columnExtent(s.ring, sweep, 0, c);
      const here = drawn[c % sweep.columns];
      if (truth === null || here === null || here === undefined) continue;
      seen++;
      const y = (uv: number): number => middle - (uv * (middle - 2)) / GAIN_UV;
      expect(here.top).toBeLessThanOrEqual(y(truth.max) + 1.5);
      expect(here.bottom).toBeGreaterThanOrEqual(y(truth.min) - 2.5);
    }
    expect(seen).toBeGreaterThan(80);
  });

  it.each([1, 7, 20, 333])('is the same in portions of %i samples as at once', (size) => {
    const s = portions(size);
    const before = [...s.canvas.pixels];
    s.painter.repaint();
    s.painter.paint();
    const wrong = before.map((color, i) => (color === s.canvas.pixels[i] ? '' : `${i % WIDTH},${Math.floor(i / WIDTH)}: ${color} for ${s.canvas.pixels[i]}`)).filter((x) => x !== '');
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it('is left alone while no samples come', () => {
    const s = portions(20);
    s.canvas.pixels = [];
    expect(s.painter.paint()).toBe(false);
    expect(s.canvas.pixels).toEqual([]);
    s.ring.write(frame([5], samples.length));
    expect(s.painter.paint()).toBe(true);
    expect(s.canvas.pixels).not.toEqual([]);
  });

  it('names a short event with a whole word', () => {
    const s = portions(20);
    const words = new Set(s.canvas.pixels.filter((p) => p?.startsWith('word')));
    for (let x = 0; x < 30; x++) expect(words.has(`word ${x}`), `column ${x} of the word`).toBe(true);
  });

  it('draws no line from the newest sample back across the seam', () => {
    const drawn = traceOf(portions(20).canvas);
    const newest = columnOf({ columns: WIDTH / 2, windowSamples: 1.2 * RATE }, samples.length - 1) % (WIDTH / 2);
    for (let i = 1; i <= 4; i++) expect(drawn[(newest + i) % drawn.length]).toBeNull();
  });
});

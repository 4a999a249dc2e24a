// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { FRAME_WAVE_ENV, FRAME_WAVE_RAW, type WaveFrame } from '../src/protocol/frame';
import { chooseLevel, EnvelopeRing } from '../src/wave/ring';
import { coarser, Memory } from '../src/wave/memory';
import { columnExtent, columnOf, columnStart, joined } from '../src/wave/columns';

const RATE = 1000;

function envelope(samples: number[], first: number, level: number): WaveFrame {
  const size = 2 ** level;
  const data: number[] = [];
  for (let i = 0; i < samples.length; i += size) {
    const block = samples.slice(i, i + size);
    data.push(Math.min(...block), Math.max(...block));
  }
  return { kind: 'wave', type: level === 0 ? FRAME_WAVE_RAW : FRAME_WAVE_ENV, flags: 0, seq: 1, first, channels: 1,
    count: level === 0 ? samples.length : data.length / 2, level, sourceTag: 1, uvPerStep: 2, monoMs: 0,
    data: Int16Array.from(level === 0 ? samples : data) };
}

function random(n: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: n }, () => ((state = (state * 1103515245 + 12345) % 2147483648) % 2001) - 1000);
}

describe('the envelope', () => {
  it('contains every sample, whatever the column', () => {
    const samples = random(4096, 7);
    const ring = new EnvelopeRing(1, 3, RATE, 10);
    for (let at = 0; at < samples.length; at += 64) ring.write(envelope(samples.slice(at, at + 64), at, 3));
    const sweep = { columns: 100, windowSamples: 2048 };
    for (let c = 0; c < 200; c++) {
      const from = columnStart(sweep, c);
      const blocksFrom = Math.ceil(from / 8) * 8;
      const blocksTo = Math.ceil(columnStart(sweep, c + 1) / 8) * 8;
      const extent = columnExtent(ring, sweep, 0, c);
      const truth = samples.slice(blocksFrom, blocksTo);
      expect(extent).toEqual({ min: Math.min(...truth) * 2, max: Math.max(...truth) * 2 });
    }
  });

  it('gives every block to exactly one column', () => {
    const sweep = { columns: 97, windowSamples: 1531 };
    for (let sample = 0; sample < 5000; sample++) {
      const c = columnOf(sweep, sample);
      expect(sample).toBeGreaterThanOrEqual(columnStart(sweep, c));
      expect(sample).toBeLessThan(columnStart(sweep, c + 1));
    }
  });

  it('shows what was lost as a hole', () => {
    const ring = new EnvelopeRing(1, 2, RATE, 4);
    ring.write(envelope(random(100, 1), 0, 2));
    ring.write(envelope(random(100, 2), 400, 2));
    expect(ring.extent(0, 0, 100)).not.toBeNull();
    expect(ring.extent(0, 100, 400)).toBeNull();
    expect(ring.extent(0, 400, 500)).not.toBeNull();
  });

  it('keeps both parts of a block that a gap ended early', () => {
    const ring = new EnvelopeRing(1, 3, RATE, 4);
    ring.write(envelope([5], 0, 3));
    ring.write(envelope([-9], 0, 3));
    expect(ring.extent(0, 0, 8)).toEqual({ min: -18, max: 10 });
  });

  it('forgets the oldest and never shows it as new', () => {
    const ring = new EnvelopeRing(1, 2, RATE, 1);
    for (let at = 0; at < 3000; at += 100) ring.write(envelope(random(100, at + 1), at, 2));
    expect(ring.endSample).toBe(3000);
    expect(ring.startSample).toBe(2000);
    expect(ring.extent(0, 1000, 1500)).toBeNull();
  });

  it('takes a jump longer than itself without old data behind it', () => {
    const ring = new EnvelopeRing(1, 2, RATE, 1);
    ring.write(envelope(random(1000, 3), 0, 2));
    ring.write(envelope(random(100, 4), 100000, 2));
    expect(ring.extent(0, 99000, 100000)).toBeNull();
    expect(ring.extent(0, 100000, 100100)).not.toBeNull();
  });

  it('refuses another level', () => {
    const ring = new EnvelopeRing(1, 2, RATE, 1);
    expect(ring.write(envelope(random(64, 1), 0, 3))).toBe(false);
  });

  it('takes raw samples as blocks of one', () => {
    const ring = new EnvelopeRing(1, 0, RATE, 1);
    ring.write(envelope([3, -4, 5], 0, 0));
    expect(ring.extent(0, 0, 3)).toEqual({ min: -8, max: 10 });
  });
});

describe('columns', () => {
  it('are joined to their neighbour, and never across a hole or the seam', () => {
    expect(joined({ min: 5, max: 6 }, { min: -2, max: 1 })).toEqual({ min: 1, max: 6 });
    expect(joined({ min: -9, max: -8 }, { min: -2, max: 1 })).toEqual({ min: -9, max: -2 });
    expect(joined({ min: 5, max: 6 }, null)).toEqual({ min: 5, max: 6 });
  });

  it('ask for the coarsest level that has two blocks each', () => {
    const levels = [2, 3, 4, 5, 6, 7];
    expect(chooseLevel(levels, 200)).toBe(6);
    expect(chooseLevel(levels, 128)).toBe(6);
    expect(chooseLevel(levels, 8)).toBe(2);
    expect(chooseLevel(levels, 3)).toBe(2);
    expect(chooseLevel([0, 4], 3)).toBe(0);
  });
});

describe('the memory to look back on', () => {
  const samples = random(64 * RATE * 2, 11);
  const feed = (memory: Memory, level: number, from: number, to: number): void => {
    for (let at = from; at < to; at += 40) memory.write(envelope(samples.slice(at, Math.min(to, at + 40)), at, level));
  };
  const truth = (from: number, to: number): { min: number; max: number } => {
    const part = samples.slice(from, to);
    return { min: Math.min(...part) * 2, max: Math.max(...part) * 2 };
  };

  it('keeps what was before another sweep speed', () => {
    const memory = new Memory(1, RATE, 5, 3);
    feed(memory, 3, 0, 8000);
    memory.setLevel(2);
    feed(memory, 2, 8000, 16000);
    expect(memory.startSample).toBe(0);
    expect(memory.extent(0, 3200, 3520)).toEqual(truth(3200, 3520));
    expect(memory.extent(0, 9600, 9632)).toEqual(truth(9600, 9632));
  });

  it('outlives the fine part, and has no holes where columns are narrower than its blocks', () => {
    const memory = new Memory(1, RATE, 5, 3);
    feed(memory, 3, 0, 120 * RATE);
    const extent = memory.extent(0, 1000, 1008); // within a block of 32
    expect(extent).toEqual(truth(992, 1024));
    expect(memory.extent(0, 119000, 119008)).toEqual(truth(119000, 119008));
  });

  it('merges as the server does', () => {
    const wide = coarser(envelope(samples.slice(24, 104), 24, 3), 5);
    expect([wide.first, wide.count]).toEqual([0, 4]);
    const block = samples.slice(32, 64);
    expect([wide.data[2], wide.data[3]]).toEqual([Math.min(...block), Math.max(...block)]);
  });
});

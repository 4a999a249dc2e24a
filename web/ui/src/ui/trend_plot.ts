// SPDX-License-Identifier: Apache-2.0
// Draws trends over the case: dots with their range, steps or bars against time, with the phases. Gaps
// stay gaps, and there are never more marks than pixels, however long the case is.
import { duration } from '../i18n/format';
import type { SweepPoint } from '../store/series';
import { FONT, type Pad } from './canvas';

export type Bucket = { low: number; high: number; median: number; present: number; absent: number } | null;

// Points in equal slices of time: what one pixel column can show of them.
export function buckets(points: readonly SweepPoint[], from: number, to: number, n: number,
  valueOf: (p: SweepPoint) => number = (p) => p.amplitudeUv): Bucket[] {
  const heaps: { values: number[]; present: number; absent: number }[] = Array.from({ length: n }, () => ({ values: [], present: 0, absent: 0 }));
  for (const p of points) {
    if (!p.valid || p.sample < from || p.sample >= to) continue;
    const value = valueOf(p);
    const heap = heaps[Math.min(n - 1, Math.floor(((p.sample - from) / (to - from)) * n))];
    if (!Number.isFinite(value) || heap === undefined) continue;
    heap.values.push(value);
    if (p.present === true) heap.present++;
    if (p.present === false) heap.absent++;
  }
  return heaps.map(({ values, present, absent }) => {
    if (values.length === 0) return null;
    values.sort((a, b) => a - b);
    return { low: values[0] ?? 0, high: values[values.length - 1] ?? 0, median: values[values.length >> 1] ?? 0, present, absent };
  });
}

export const COLORS = ['#FFFFFF', '#B79CFF', '#7AA2FF', '#D8C3A5'];
export const SHAPES = ['disc', 'square', 'triangle', 'diamond'] as const; // each can be full and hollow

export interface Dots { label: string; points: readonly SweepPoint[]; valueOf: (p: SweepPoint) => number; baseline: number | null }
export interface Steps { label: string; at: number[]; seconds: number; values: (number | null)[] } // from these samples on, each so long
export interface Plot {
  unit: string;
  log: boolean;
  low: number;
  high: number;
  dots: Dots[];
  steps: Steps[];
  stacks: Steps[]; // bars on top of each other
  limits: number[];
}
export interface Span { from: number; to: number; rateHz: number }
export interface PhaseLine { sample: number; text: string }

export interface Frame { x: (sample: number) => number; y: (value: number) => number; left: number; right: number; head: number; foot: number }

export function frameOf(pad: Pad, plot: Plot, span: Span): Frame {
  const { width, height, em } = pad;
  const left = em * 3.1;
  const right = em * 0.5;
  const head = em * 1.35;
  const foot = em * 1.5;
  const share = (v: number): number => plot.log ? Math.log(Math.max(plot.low, v) / plot.low) / Math.log(plot.high / plot.low)
    : (v - plot.low) / (plot.high - plot.low);
  return { left, right, head, foot,
    x: (sample) => left + ((sample - span.from) / (span.to - span.from)) * (width - left - right),
    y: (v) => height - foot - Math.max(0, Math.min(1, share(v))) * (height - foot - head) };
}

// Round values for the axis, at most `most` of them.
export function ticksOf(plot: Plot, most: number): number[] {
  const out: number[] = [];
  if (plot.log) {
    for (let decade = 1; decade <= 100000; decade *= 10) {
      for (const k of most > 5 ? [1, 2, 5] : [1]) if (decade * k > plot.low && decade * k <= plot.high * 0.97) out.push(decade * k);
    }
    return out;
  }
  const rough = (plot.high - plot.low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((k) => k * power >= rough) ?? 10);
  for (let v = Math.ceil(plot.low / step) * step; v <= plot.high + step * 1e-6; v += step) out.push(Number(v.toPrecision(6)));
  return out;
}

// Adds one to the path under way.
function trace(context: CanvasRenderingContext2D, shape: (typeof SHAPES)[number], x: number, y: number, r: number): void {
  if (shape === 'disc') {
    context.moveTo(x + r, y);
    context.arc(x, y, r, 0, 7);
    return;
  }
  if (shape === 'square') {
    context.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
    return;
  }
  context.moveTo(x, y - r * 1.2);
  context.lineTo(x + r * 1.1, shape === 'diamond' ? y : y + r);
  if (shape === 'diamond') context.lineTo(x, y + r * 1.2);
  context.lineTo(x - r * 1.1, shape === 'diamond' ? y : y + r);
  context.closePath();
}

function drawAxes({ context, width, height, dpr, em }: Pad, plot: Plot, span: Span, f: Frame): void {
  context.font = `500 ${em * 0.85}px ${FONT}`;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const v of ticksOf(plot, Math.max(2, Math.floor((height - f.head - f.foot) / (em * 1.5))))) {
    context.fillStyle = '#1F2A36';
    context.fillRect(f.left, Math.round(f.y(v)), width - f.left - f.right, dpr);
    context.fillStyle = '#8593A1';
    if (f.y(v) > f.head + em * 0.4) context.fillText(String(v), f.left - em * 0.4, f.y(v));
  }
  context.fillStyle = '#8593A1';
  context.fillText(plot.unit, f.left - em * 0.4, f.head * 0.55);
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  const seconds = (span.to - span.from) / span.rateHz;
  const step = [5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600].find((s) => seconds / s <= 8) ?? 7200;
  for (let s = Math.ceil(span.from / span.rateHz / step) * step; s * span.rateHz <= span.to; s += step) {
    const at = f.x(s * span.rateHz);
    context.fillStyle = '#26323F';
    context.fillRect(at, f.head, dpr, height - f.head - f.foot);
    context.fillStyle = '#8593A1';
    if (at > f.left + em) context.fillText(duration(s), Math.min(width - em * 1.4, at), height - em * 0.3);
  }
}

function dashed({ context, width, dpr, em }: Pad, y: number, f: Frame, color: string): void {
  context.strokeStyle = color;
  context.globalAlpha = 0.6;
  context.lineWidth = dpr;
  context.setLineDash([em * 0.5, em * 0.35]);
  context.beginPath();
  context.moveTo(f.left, y);
  context.lineTo(width - f.right, y);
  context.stroke();
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function drawDots(pad: Pad, line: Dots, i: number, span: Span, f: Frame): void {
  const { context, width, dpr, em } = pad;
  const color = COLORS[i % 4] ?? '#FFFFFF';
  if (line.baseline !== null) dashed(pad, f.y(line.baseline), f, color);
  const slots = Math.max(20, Math.floor((width - f.left - f.right) / (em * 0.32)));
  const radius = em * 0.17;
  context.fillStyle = color;
  context.strokeStyle = color;
  context.lineWidth = 1.3 * dpr;
  const list = buckets(line.points, span.from, span.to, slots, line.valueOf);
  const x = (k: number): number => f.x(span.from + ((k + 0.5) / slots) * (span.to - span.from));
  const shape = SHAPES[i % 4] ?? 'disc';
  // Ranges, then full ones, then hollow ones: a call of the canvas for each dot costs more than all else.
  context.globalAlpha = 0.3;
  list.forEach((b, k) => {
    if (b !== null && b.high > b.low) context.fillRect(x(k) - radius / 2, f.y(b.high), radius, Math.max(dpr, f.y(b.low) - f.y(b.high)));
  });
  context.globalAlpha = 0.95;
  for (const isFull of [true, false]) {
    context.beginPath();
    list.forEach((b, k) => {
      if (b !== null && (b.present >= b.absent && b.present > 0 || b.present + b.absent === 0) === isFull) trace(context, shape, x(k), f.y(b.median), radius);
    });
    if (isFull) context.fill();
    else context.stroke();
  }
  context.globalAlpha = 1;
}

function drawSteps({ context, dpr, em }: Pad, line: Steps, i: number, span: Span, f: Frame): void {
  const color = COLORS[i % 4] ?? '#FFFFFF';
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = 2 * dpr;
  context.beginPath();
  let pen = false;
  line.at.forEach((sample, k) => {
    const value = line.values[k] ?? null;
    if (value === null || sample + line.seconds * span.rateHz <= span.from) { pen = false; return; }
    const start = Math.max(span.from, sample);
    const end = Math.min(span.to, sample + line.seconds * span.rateHz);
    if (pen) context.lineTo(f.x(start), f.y(value));
    else context.moveTo(f.x(start), f.y(value));
    context.lineTo(f.x(end), f.y(value));
    pen = true;
  });
  context.stroke();
  context.beginPath();
  line.at.forEach((sample, k) => {
    const value = line.values[k] ?? null;
    if (value !== null && line.values.length < 40 && sample >= span.from) trace(context, SHAPES[i % 4] ?? 'disc', f.x(Math.min(span.to, sample + (line.seconds / 2) * span.rateHz)), f.y(value), em * 0.16);
  });
  context.fill();
}

function drawStacks({ context, dpr }: Pad, stacks: Steps[], span: Span, f: Frame): void {
  const first = stacks[0];
  if (first === undefined) return;
  first.at.forEach((sample, k) => {
    const from = f.x(Math.max(span.from, sample));
    const to = f.x(Math.min(span.to, sample + first.seconds * span.rateHz));
    if (sample + first.seconds * span.rateHz <= span.from) return;
    let sum = 0;
    stacks.forEach((s, i) => {
      const value = s.values[k] ?? 0;
      if (value <= 0) return;
      context.fillStyle = COLORS[i % 4] ?? '#FFFFFF';
      context.fillRect(from + dpr, f.y(sum + value), Math.max(2 * dpr, to - from - 2 * dpr), Math.max(dpr, f.y(sum) - f.y(sum + value) - dpr));
      sum += value;
    });
  });
}

function drawPhases({ context, width, height, dpr, em }: Pad, phases: readonly PhaseLine[], span: Span, f: Frame): void {
  context.textAlign = 'left';
  context.font = `600 ${em * 0.85}px ${FONT}`;
  context.textBaseline = 'top';
  let behind = -Infinity;
  for (const mark of phases) {
    if (mark.sample < span.from || mark.sample > span.to) continue;
    const at = f.x(Math.max(0, mark.sample));
    context.fillStyle = '#7AA2FF';
    context.fillRect(at, f.head * 0.3, 1.5 * dpr, height - f.foot - f.head * 0.3);
    const w = context.measureText(mark.text).width;
    const flip = at + w + em * 0.6 > width;
    const start = flip ? at - w - em * 0.3 : at + em * 0.3;
    context.fillText(mark.text, start, start < behind ? em * 1.1 : em * 0.1);
    behind = start + w + em * 0.4;
  }
}

export function drawPlot(pad: Pad, plot: Plot, span: Span, phases: readonly PhaseLine[]): void {
  pad.context.clearRect(0, 0, pad.width, pad.height);
  const f = frameOf(pad, plot, span);
  drawAxes(pad, plot, span, f);
  for (const limit of plot.limits) if (limit <= plot.high) dashed(pad, f.y(limit), f, '#8FA3B8');
  drawStacks(pad, plot.stacks, span, f);
  plot.steps.forEach((line, i) => drawSteps(pad, line, i, span, f));
  plot.dots.forEach((line, i) => drawDots(pad, line, i, span, f));
  drawPhases(pad, phases, span, f);
}

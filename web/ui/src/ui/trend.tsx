// SPDX-License-Identifier: Apache-2.0
// Amplitude of every sweep over the whole case, log scale, with the phases. Gaps stay gaps. One redraw
// a second at most, and never more marks than pixels, however long the case is.
import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { store, verdict } from '../app';
import { language, t, tCode } from '../i18n/i18n';
import { duration } from '../i18n/format';
import { sweepKey } from '../store/store';
import type { SweepPoint } from '../store/series';
import { sweepChannels } from './sweeps';
import { FONT, usePad, type Pad } from './canvas';

export type Bucket = { low: number; high: number; median: number; present: number; absent: number } | null;

// Points in equal slices of time: what one pixel column can show of them.
export function buckets(points: readonly SweepPoint[], from: number, to: number, n: number): Bucket[] {
  const heaps: SweepPoint[][] = Array.from({ length: n }, () => []);
  for (const p of points) {
    if (!p.valid || !Number.isFinite(p.amplitudeUv) || p.sample < from || p.sample >= to) continue;
    heaps[Math.min(n - 1, Math.floor(((p.sample - from) / (to - from)) * n))]?.push(p);
  }
  return heaps.map((heap) => {
    if (heap.length === 0) return null;
    const sorted = heap.map((p) => p.amplitudeUv).sort((a, b) => a - b);
    return { low: sorted[0] ?? 0, high: sorted[sorted.length - 1] ?? 0, median: sorted[sorted.length >> 1] ?? 0,
      present: heap.filter((p) => p.present === true).length, absent: heap.filter((p) => p.present === false).length };
  });
}

const COLORS = ['#FFFFFF', '#B79CFF', '#7AA2FF', '#D8C3A5'];
const SHAPES = ['disc', 'square', 'triangle', 'cross'] as const;

function dot(context: CanvasRenderingContext2D, shape: (typeof SHAPES)[number], x: number, y: number, r: number, filled: boolean): void {
  context.beginPath();
  if (shape === 'disc') context.arc(x, y, r, 0, 7);
  else if (shape === 'square') context.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else if (shape === 'triangle') { context.moveTo(x, y - r * 1.1); context.lineTo(x + r, y + r); context.lineTo(x - r, y + r); context.closePath(); }
  else { context.moveTo(x - r, y - r); context.lineTo(x + r, y + r); context.moveTo(x + r, y - r); context.lineTo(x - r, y + r); }
  if (filled) context.fill();
  else context.stroke();
}

function drawTrend(pad: Pad): void {
  const { context, width, height, dpr, em } = pad;
  const hello = store.hello.value;
  context.clearRect(0, 0, width, height);
  if (hello === null) return;
  const channels = sweepChannels(false);
  const end = Math.max(store.status.value?.newest_sample ?? 0, store.tick.value?.endSample ?? 0, hello.rate_hz * 60);
  const left = em * 3.1;
  const foot = em * 1.5;
  const head = em * 1.35;
  const right = em * 0.5;
  const x = (sample: number): number => left + (sample / end) * (width - left - right);
  const baselines = verdict.value?.evidence?.channels ?? [];
  let top = 300;
  for (const c of baselines) top = Math.max(top, (c.baseline_uv ?? 0) * 2.2);
  const floor = 2;
  const y = (uv: number): number => {
    const share = Math.log(Math.max(floor, uv) / floor) / Math.log(top / floor);
    return height - foot - Math.min(1, share) * (height - foot - head);
  };

  context.font = `500 ${em * 0.85}px ${FONT}`;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const uv of [5, 10, 20, 50, 100, 200, 500, 1000, 2000]) {
    if (uv > top * 0.97) break;
    const strong = uv === 10 || uv === 100 || uv === 1000;
    context.fillStyle = strong ? '#26323F' : '#1A2330';
    context.fillRect(left, y(uv), width - left - right, dpr);
    if (strong || uv === 20 && height > em * 12 || uv === 50) {
      context.fillStyle = '#8593A1';
      context.fillText(String(uv), left - em * 0.4, y(uv));
    }
  }
  context.fillStyle = '#8593A1';
  context.fillText('µV', left - em * 0.4, head * 0.55);
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  const seconds = end / hello.rate_hz;
  const step = [15, 30, 60, 120, 300, 600, 1200, 1800, 3600].find((s) => seconds / s <= 8) ?? 7200;
  for (let s = 0; s <= seconds; s += step) {
    context.fillStyle = '#26323F';
    context.fillRect(x(s * hello.rate_hz), head, dpr, height - head - foot);
    context.fillStyle = '#8593A1';
    if (s > 0 || step > 60) context.fillText(duration(s), Math.min(width - em * 1.4, x(s * hello.rate_hz)), height - em * 0.3);
  }

  channels.forEach((c, i) => {
    const baseline = baselines.find((b) => b.channel === c.label)?.baseline_uv ?? null;
    if (baseline === null) return;
    context.strokeStyle = COLORS[i % 4] ?? '#FFFFFF';
    context.globalAlpha = 0.55;
    context.lineWidth = dpr;
    context.setLineDash([em * 0.5, em * 0.35]);
    context.beginPath();
    context.moveTo(left, y(baseline));
    context.lineTo(width - right, y(baseline));
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  });

  const slots = Math.max(20, Math.floor((width - left - right) / (em * 0.32)));
  channels.forEach((c, i) => {
    const color = COLORS[i % 4] ?? '#FFFFFF';
    const shape = SHAPES[i % 4] ?? 'disc';
    const points = store.series.get(sweepKey(c.branch, c.channel, c.role))?.points ?? [];
    context.fillStyle = color;
    context.strokeStyle = color;
    context.lineWidth = 1.3 * dpr;
    const radius = em * 0.17;
    buckets(points, 0, end, slots).forEach((b, k) => {
      if (b === null) return;
      const at = x(((k + 0.5) / slots) * end);
      if (b.high > b.low) {
        context.globalAlpha = 0.3;
        context.fillRect(at - radius / 2, y(b.high), radius, Math.max(dpr, y(b.low) - y(b.high)));
      }
      context.globalAlpha = 0.95;
      dot(context, shape, at, y(b.median), radius, b.present >= b.absent && b.present > 0 || b.present + b.absent === 0);
    });
    context.globalAlpha = 1;
  });

  context.textAlign = 'left';
  let behind = -Infinity;
  for (const mark of store.phases.value) {
    const at = x(Math.max(0, mark.sample));
    context.fillStyle = '#7AA2FF';
    context.fillRect(at, head * 0.3, 1.5 * dpr, height - foot - head * 0.3);
    context.font = `600 ${em * 0.85}px ${FONT}`;
    context.textBaseline = 'top';
    const text = tCode('phase', mark.phase);
    const w = context.measureText(text).width;
    const flip = at + w + em * 0.6 > width;
    const start = flip ? at - w - em * 0.3 : at + em * 0.3;
    context.fillText(text, start, start < behind ? em * 1.1 : em * 0.1);
    behind = start + w + em * 0.4;
  }
}

export function Trend() {
  const [ref, redraw] = usePad(drawTrend, 900);
  useEffect(() => effect(() => {
    void store.trendVersion.value;
    void store.phases.value;
    void language.value;
    redraw();
  }), []);
  const channels = sweepChannels(false);
  return <section class="panel trend" aria-label={t('panel.trend')}>
    <div class="panel-head"><h2>{t('panel.trend')}</h2>
      <span class="legend">{channels.map((c, i) => <span key={c.label} class={`series series-${i % 4}`}>
        <svg viewBox="0 0 12 12" class="legend-dot" aria-hidden="true">{i % 4 === 0 ? <circle cx="6" cy="6" r="4" /> : i % 4 === 1 ? <rect x="2" y="2" width="8" height="8" /> : <path d="M6 1.5 L11 10.5 H1 Z" />}</svg>{c.label}</span>)}
        <svg viewBox="0 0 28 8" class="legend-line" aria-hidden="true"><path d="M1 4 H27" class="dashed" /></svg>{t('evidence.baseline')}</span>
    </div>
    <canvas ref={ref} />
  </section>;
}

// SPDX-License-Identifier: Apache-2.0
// The case as curves: one measure at a time, over the whole case or its last five minutes. A click leads
// to the signal. Own drawing: the slices keep every extreme, and no charting library draws holes, phases
// and three kinds of marks in fewer lines than these.
import { effect, signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ask, store, timeText, verdict } from '../app';
import { language, t, tCode } from '../i18n/i18n';
import { microvolts } from '../i18n/format';
import type { Activity, SlotRow } from '../protocol/messages';
import { sweepKey } from '../store/store';
import type { SweepPoint } from '../store/series';
import { showSignal } from './look_back';
import { sweepChannels } from './sweeps';
import { drawPlot, type Dots, type Plot, type Span, type Steps } from './trend_plot';
import { usePad } from './canvas';

export type Measure = 'lsr' | 'm' | 'latency' | 'train' | 'events' | 'synchrony';
const MEASURES: Measure[] = ['lsr', 'm', 'latency', 'train', 'events', 'synchrony'];
const LENS_S = 300;
const POLL_MS = 5000;
const BINS = 120; // most across the panel
const REDRAW_MS = 2000; // of a whole case: less than a pixel
const COLUMNS = { bursts: [2], a: [3], other: [4, 5], spasms: [6], trainS: 7, minuteBursts: 8, common: 9, lateral: 10 } as const;

const measure = signal<Measure>('lsr');
const lens = signal(false);
const slotS = signal(10);
const trainLimits = signal<number[]>([]); // where the alarm of train time is medium and high, s

function span(): Span {
  const rateHz = store.hello.value?.rate_hz ?? 1;
  const to = Math.max(store.status.value?.newest_sample ?? 0, store.tick.value?.endSample ?? 0, rateHz * 60);
  return { from: lens.value ? Math.max(0, to - LENS_S * rateHz) : 0, to, rateHz };
}

const EMPTY: Plot = { unit: '', log: false, low: 0, high: 1, dots: [], steps: [], stacks: [], limits: [] };

function highest(lines: readonly Dots[], { from, to }: Span): number {
  let top = 0;
  for (const line of lines) for (const p of line.points) if (p.valid && p.sample >= from && p.sample < to) top = Math.max(top, line.valueOf(p) || 0);
  return top;
}

function sweepDots(role: 'lsr' | 'direct', valueOf: (p: SweepPoint) => number): Dots[] {
  const baselines = verdict.value?.evidence?.channels ?? [];
  return sweepChannels(true).filter((c) => c.role === role).map((c) => ({ label: c.label, valueOf,
    points: store.series.get(sweepKey(c.branch, c.channel, c.role))?.points ?? [],
    baseline: role === 'lsr' ? (baselines.find((b) => b.channel === c.label)?.baseline_uv ?? null) : null }));
}

// Slots put together to bins that are wide enough to see: shares and sums per bin, per minute for counts.
export interface Bins { start: number[]; rows: SlotRow[][]; seconds: number }
export function binsOf(slots: readonly (SlotRow | undefined)[], slotS: number, spanS: number, rateHz: number): Bins {
  const join = Math.max(1, Math.ceil(spanS / BINS / slotS));
  const bins: Bins = { start: [], rows: [], seconds: join * slotS };
  for (let i = 0; i < slots.length; i += join) {
    bins.start.push(i * slotS * rateHz);
    bins.rows.push(slots.slice(i, i + join).filter((r): r is SlotRow => r !== undefined));
  }
  return bins;
}

function lines(bins: Bins, named: [string, (rows: SlotRow[]) => number | null][]): Steps[] {
  return named.map(([label, valueOf]) => ({ label, at: bins.start, seconds: bins.seconds,
    values: bins.rows.map((rows) => rows.length === 0 ? null : valueOf(rows)) }));
}

function plotOf(which: Measure, over: Span): Plot {
  const uv = (p: SweepPoint): number => p.amplitudeUv;
  const bins = binsOf(store.slots, slotS.value, (over.to - over.from) / over.rateHz, over.rateHz);
  const last = (column: number) => (rows: SlotRow[]): number | null => rows[rows.length - 1]?.[column] ?? null;
  switch (which) {
    case 'lsr': {
      const dots = sweepDots('lsr', uv);
      return { ...EMPTY, unit: 'µV', log: true, low: 2, high: Math.max(300, highest(dots, over) * 1.2, ...dots.map((d) => (d.baseline ?? 0) * 2.2)), dots };
    }
    case 'm': {
      const dots = sweepDots('direct', uv);
      return { ...EMPTY, unit: 'µV', high: Math.max(100, highest(dots, over) * 1.15), dots };
    }
    case 'latency': {
      const window = store.hello.value?.window_ms ?? [6, 25];
      return { ...EMPTY, unit: 'ms', low: window[0], high: window[1], dots: sweepDots('lsr', (p) => p.present === true ? p.onsetMs : NaN)
        .map((d) => ({ ...d, baseline: null })) };
    }
    case 'train': {
      const steps = lines(bins, [[t('trend.train'), last(COLUMNS.trainS)]]);
      return { ...EMPTY, unit: 's', high: Math.max(0.6, ...(steps[0]?.values ?? []).map((v) => (v ?? 0) * 1.15)), steps, limits: trainLimits.value };
    }
    case 'events': {
      const rate = (columns: readonly number[]) => (rows: SlotRow[]): number =>
        (rows.reduce((sum, r) => columns.reduce((s, c) => s + (r[c] ?? 0), sum), 0) * 60) / (rows.length * slotS.value);
      const stacks = lines(bins, [[t('event.a_train'), rate(COLUMNS.a)], [t('trend.other_trains'), rate(COLUMNS.other)],
        [t('event.burst'), rate(COLUMNS.bursts)], [t('event.spasm'), rate(COLUMNS.spasms)]]);
      const totals = bins.start.map((_, i) => stacks.reduce((s, line) => s + (line.values[i] ?? 0), 0));
      return { ...EMPTY, unit: t('trend.per_minute'), high: Math.max(5, ...totals.map((v) => v * 1.15)), stacks };
    }
    case 'synchrony': {
      const share = (column: number) => (rows: SlotRow[]): number | null => {
        const bursts = last(COLUMNS.minuteBursts)(rows) ?? 0;
        return bursts > 0 ? ((last(column)(rows) ?? 0) * 100) / bursts : null;
      };
      return { ...EMPTY, unit: '%', high: 105, steps: lines(bins, [[t('trend.common'), share(COLUMNS.common)], [t('trend.lateral'), share(COLUMNS.lateral)]]) };
    }
  }
}

// What the cursor stands on, in words.
function reading(plot: Plot, sample: number, over: Span): string {
  const near = (over.to - over.from) / 150;
  const parts: string[] = [];
  for (const line of plot.dots) {
    let best: SweepPoint | null = null;
    for (const p of line.points) {
      if (p.valid && Number.isFinite(line.valueOf(p)) && Math.abs(p.sample - sample) <= near &&
          (best === null || Math.abs(p.sample - sample) < Math.abs(best.sample - sample))) best = p;
    }
    if (best !== null) parts.push(`${line.label} ${plot.unit === 'ms' ? line.valueOf(best).toFixed(1) : microvolts(line.valueOf(best))} ${plot.unit}`);
  }
  for (const line of [...plot.steps, ...plot.stacks]) {
    const value = line.values[Math.floor(sample / (line.seconds * over.rateHz))] ?? null;
    if (value !== null && (value > 0 || plot.stacks.length === 0)) parts.push(`${line.label} ${Number(value.toFixed(plot.unit === 's' ? 2 : 0))}${plot.stacks.length > 0 ? '' : ` ${plot.unit}`}`);
  }
  return parts.join(' · ');
}

function usePolledActivity(arrived: () => void): void {
  const wanted = measure.value === 'train' || measure.value === 'events' || measure.value === 'synchrony';
  const tag = store.hello.value?.source_tag;
  useEffect(() => {
    if (!wanted) return;
    const poll = (): void => {
      const rate = store.hello.value?.rate_hz ?? 1;
      void ask({ op: 'activity', sample: Math.max(0, store.slots.length - 2) * slotS.value * rate })
        .then((reply) => {
          const activity = reply.result as Activity | undefined;
          if (activity === undefined) return;
          trainLimits.value = activity.train_limits_s;
          slotS.value = activity.slot_s;
          store.takeSlots(activity.slots);
          arrived();
        });
    };
    poll();
    const timer = setInterval(poll, POLL_MS);
    return () => clearInterval(timer);
  }, [wanted, tag]);
}

interface Legend { names: string[]; isStacked: boolean; hasBaseline: boolean }
function legendOf(plot: Plot): Legend {
  return { names: [...plot.dots, ...plot.steps, ...plot.stacks].map((l) => l.label), isStacked: plot.stacks.length > 0,
    hasBaseline: plot.dots.some((d) => d.baseline !== null) };
}

export function Trend({ compact = false }: { compact?: boolean }) {
  const which = measure.value;
  const shown = useRef<{ plot: Plot; over: Span }>({ plot: EMPTY, over: { from: 0, to: 1, rateHz: 1 } });
  const [legend, setLegend] = useState<Legend>(legendOf(EMPTY));
  const [cursor, setCursor] = useState<number | null>(null);
  const [ref, redraw] = usePad((pad) => {
    const over = span();
    const plot = plotOf(which, over);
    const phases = store.phases.value.map((p) => ({ sample: p.sample, text: tCode('phase', p.phase) }));
    drawPlot(pad, plot, over, phases);
    shown.current = { plot, over };
    const next = legendOf(plot);
    if (JSON.stringify(next) !== JSON.stringify(legend)) setLegend(next);
  }, REDRAW_MS);
  useEffect(() => effect(() => {
    void store.trendVersion.value;
    void store.phases.value;
    redraw();
  }), []);
  useEffect(() => redraw(true), [which, lens.value, language.value]);
  usePolledActivity(() => redraw(true));
  const sampleAt = (event: MouseEvent): number => {
    const canvas = event.currentTarget as HTMLCanvasElement;
    const em = Number.parseFloat(getComputedStyle(canvas).fontSize);
    const { over } = shown.current;
    return over.from + Math.max(0, Math.min(1, (event.offsetX - em * 3.1) / (canvas.clientWidth - em * 3.6))) * (over.to - over.from);
  };
  const read = cursor === null ? '' : reading(shown.current.plot, cursor, shown.current.over);
  return <section class="panel trend" aria-label={t('panel.trend_short')}>
    <div class="panel-head trend-head">
      <h2>{t('panel.trend_short')}</h2>
      {compact
        ? <select aria-label={t('trend.measure')} value={which} onChange={(e) => { measure.value = e.currentTarget.value as Measure; }}>
          {MEASURES.map((m) => <option key={m} value={m}>{t(`trend.${m}`)}</option>)}</select>
        : <span class="choice" role="group" aria-label={t('trend.measure')}>{MEASURES.map((m) =>
          <button key={m} class="bare" aria-pressed={m === which} onClick={() => { measure.value = m; }}>{t(`trend.${m}`)}</button>)}</span>}
      <button class="bare" aria-pressed={lens.value} onClick={() => { lens.value = !lens.value; }}>{t('trend.lens')}</button>
      <span class="spring" />
      <span class="legend">{cursor !== null ? <span class="trend-read">{timeText(cursor)}{read !== '' && ` · ${read}`}</span>
        : legend.names.map((name, i) => <span key={name} class={`series series-${i % 4}`}>
          <svg viewBox="0 0 12 12" class="legend-dot" aria-hidden="true">{legend.isStacked || i % 4 === 1 ? <rect x="2" y="2" width="8" height="8" />
            : i % 4 === 0 ? <circle cx="6" cy="6" r="4" /> : <path d={i % 4 === 2 ? 'M6 1.5 L11 10.5 H1 Z' : 'M6 0.5 L11 6 L6 11.5 L1 6 Z'} />}</svg>{name}</span>)}
        {cursor === null && legend.hasBaseline && <><svg viewBox="0 0 28 8" class="legend-line" aria-hidden="true"><path d="M1 4 H27" class="dashed" /></svg>{t('evidence.baseline')}</>}
      </span>
    </div>
    <canvas ref={ref} onPointerMove={(e) => setCursor(sampleAt(e))} onPointerLeave={() => setCursor(null)}
      onClick={(e) => { const s = sampleAt(e); showSignal({ from: s, to: s, text: t('trend.here') }); }} />
  </section>;
}

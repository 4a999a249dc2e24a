// SPDX-License-Identifier: Apache-2.0
// One sweep at full size: against baseline, mean or all the last ones, with two cursors between which
// amplitude and area are measured.
import { useEffect, useState } from 'preact/hooks';
import { store, timeText } from '../app';
import { t, tCode } from '../i18n/i18n';
import { microvolts } from '../i18n/format';
import { sweepKey, type SweepRecord } from '../store/store';
import { FONT, usePad, type Pad } from './canvas';
import { Icon } from './glyph';
import { BLANK_MS, MEAN_OF, meanOf, OverlayLegend, path, peakUv, scaleUv, shownMs, type SweepChannel } from './sweeps';

export interface Measures { peakToPeakUv: number; areaUvMs: number }

// Between two times after the stimulus: the span of the samples, and the area under their absolute value.
export function measureSweep(uv: ArrayLike<number>, before: number, rateHz: number, fromMs: number, toMs: number): Measures | null {
  const first = Math.max(0, Math.ceil((Math.min(fromMs, toMs) / 1000) * rateHz) + before);
  const end = Math.min(uv.length, Math.floor((Math.max(fromMs, toMs) / 1000) * rateHz) + before + 1);
  if (end <= first) return null;
  let low = Infinity;
  let high = -Infinity;
  let area = 0;
  for (let i = first; i < end; i++) {
    const v = uv[i] ?? 0;
    low = Math.min(low, v);
    high = Math.max(high, v);
    area += Math.abs(v) * (1000 / rateHz);
  }
  return { peakToPeakUv: high - low, areaUvMs: area };
}

function draw(pad: Pad, channel: SweepChannel, sweep: SweepRecord, all: boolean, a: number, b: number): void {
  const { context, width, height, dpr, em } = pad;
  const rate = store.hello.value?.rate_hz ?? 1;
  const key = sweepKey(channel.branch, channel.channel, channel.role);
  const sweeps = store.sweeps.get(key) ?? [];
  const template = store.templates.get(key);
  const shown = all ? [...sweeps.slice(-MEAN_OF).filter((s) => s.valid), sweep] : [sweep];
  // That of the waterfall, unless it would cut off what is looked at.
  const scale = Math.max(scaleUv(template, sweeps, rate), ...shown.map((s) => 1.05 * peakUv(s, rate)));
  const foot = em * 1.6;
  const x = (ms: number): number => (ms / shownMs()) * width;
  const y = (uv: number): number => ((height - foot) / 2) * (1 - Math.max(-1, Math.min(1, uv / scale)));
  const trace = (uv: Float32Array, firstMs: number, color: string, thick: number, dash: number[] = []): void => {
    context.strokeStyle = color;
    context.lineWidth = thick * dpr;
    context.setLineDash(dash);
    path(context, uv, firstMs, rate, x, y, width);
    context.setLineDash([]);
  };
  context.clearRect(0, 0, width, height);
  context.font = `500 ${em * 0.85}px ${FONT}`;
  for (let ms = 0; ms <= shownMs(); ms += 5) {
    context.fillStyle = '#26323F';
    context.fillRect(x(ms), 0, dpr, height - foot);
    context.fillStyle = '#8593A1';
    if (x(ms) + em * 3 < width) context.fillText(`${ms} ms`, x(ms) + em * 0.25, height - em * 0.4);
  }
  context.fillText(`±${microvolts(scale)} µV`, em * 0.4, em);
  context.fillStyle = '#7AA2FF24';
  context.fillRect(x(Math.min(a, b)), 0, Math.abs(x(b) - x(a)), height - foot);
  if (all) for (const s of sweeps.slice(-MEAN_OF)) if (s.valid) trace(s.uv, (-s.before / rate) * 1000, '#A9E5B540', 1);
  const mean = all ? meanOf(sweeps, MEAN_OF) : null;
  const reference = sweeps.find((s) => s.valid);
  if (mean !== null && reference !== undefined) trace(mean, (-reference.before / rate) * 1000, '#A9E5B5', 2);
  trace(sweep.uv, (-sweep.before / rate) * 1000, '#FFFFFF', 2);
  if (template !== undefined) trace(template.uv, template.firstMs, '#8FA3B8', 2, [em * 0.5, em * 0.35]);
  if (Number.isFinite(sweep.onsetMs)) { // where the detectors see it begin
    const at = x(sweep.onsetMs);
    context.fillStyle = '#FFFFFF';
    context.beginPath();
    context.moveTo(at, y(0) + em * 0.3);
    context.lineTo(at + em * 0.4, y(0) + em);
    context.lineTo(at - em * 0.4, y(0) + em);
    context.fill();
  }
  context.fillStyle = '#7AA2FF';
  for (const [name, ms] of [['A', a], ['B', b]] as const) {
    const aside = x(ms) + em * 1.2 < width ? em * 0.3 : -em;
    context.fillRect(x(ms) - dpr, 0, 2 * dpr, height - foot);
    context.fillText(name, x(ms) + aside, height - foot - em * 0.4);
  }
}

export function SweepDetail({ channel, stimulus }: { channel: SweepChannel; stimulus: number }) {
  const key = sweepKey(channel.branch, channel.channel, channel.role);
  const [at, setAt] = useState(stimulus);
  const [all, setAll] = useState(false);
  const learned = store.templates.get(key)?.windowMs;
  const known = learned !== undefined && Number.isFinite(learned[0]) ? learned : (store.hello.value?.window_ms ?? [6, 25]);
  const [a, setA] = useState(channel.role !== 'direct' ? known[0] : 2);
  const [b, setB] = useState(channel.role !== 'direct' ? Math.min(known[1], shownMs()) : 8);
  const list = store.sweeps.get(key) ?? [];
  // The sweep stays the one that was chosen while newer ones arrive; the oldest leave the memory.
  const index = Math.max(0, list.findIndex((s) => s.stimulus >= at));
  const sweep = list[index];
  const [ref, redraw] = usePad((pad) => { if (sweep !== undefined) draw(pad, channel, sweep, all, a, b); });
  useEffect(redraw, [at, all, a, b]);
  if (sweep === undefined) return <p>{t('waterfall.empty')}</p>;
  const rate = store.hello.value?.rate_hz ?? 1;
  const measured = measureSweep(sweep.uv, sweep.before, rate, Math.max(BLANK_MS, a), b);
  const go = (by: number): void => {
    const next = list[index + by];
    if (next !== undefined) setAt(next.stimulus);
  };
  // The nearer cursor follows the finger.
  const drag = (event: PointerEvent): void => {
    if (event.buttons === 0) return;
    const canvas = event.currentTarget as HTMLCanvasElement;
    const ms = Math.max(0, Math.min(shownMs(), (event.offsetX / canvas.clientWidth) * shownMs()));
    if (Math.abs(ms - a) <= Math.abs(ms - b)) setA(ms);
    else setB(ms);
  };
  return <div class="sweep-detail">
    <div class="row sweep-head">
      <button aria-label={t('replay.back')} disabled={index === 0} onClick={() => go(-1)}><Icon name="back" /></button>
      <b>{timeText(sweep.stimulus)}</b>
      <button aria-label={t('replay.forward')} disabled={index === list.length - 1} onClick={() => go(1)}><Icon name="forward" /></button>
      <span>{!sweep.valid ? `${t('waterfall.invalid')}: ${tCode('reason', sweep.reason ?? '')}`
        : t(sweep.present === true ? 'waterfall.present' : sweep.present === false ? 'waterfall.absent' : 'unit.none')}</span>
      <span class="spring" />
      <OverlayLegend now="waterfall.this" />
      <button aria-pressed={all} onClick={() => setAll(!all)}>{t('waterfall.mean')}</button>
    </div>
    <canvas ref={ref} onPointerDown={drag} onPointerMove={drag} />
    <div class="cursors">
      {([['A', a, setA], ['B', b, setB]] as const).map(([name, value, set]) => <label key={name}>{t('emg.cursor')} {name}
        <input type="range" min={0} max={shownMs()} step={0.05} value={value} onInput={(e) => set(Number(e.currentTarget.value))} />
        <b>{value.toFixed(2)} ms</b></label>)}
    </div>
    <dl class="measures">
      <div><dt>{t('waterfall.latency')}</dt><dd>{Number.isFinite(sweep.onsetMs) ? `${sweep.onsetMs.toFixed(2)} ms` : t('unit.none')}</dd></div>
      <div><dt>B − A</dt><dd>{Math.abs(b - a).toFixed(2)} ms</dd></div>
      <div><dt>{t('waterfall.amplitude')} A…B</dt><dd>{measured === null ? t('unit.none') : `${microvolts(measured.peakToPeakUv)} µV`}</dd></div>
      <div><dt>{t('waterfall.area')} A…B</dt><dd>{measured === null ? t('unit.none') : `${measured.areaUvMs.toFixed(0)} µV·ms`}</dd></div>
    </dl>
  </div>;
}

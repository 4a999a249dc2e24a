// SPDX-License-Identifier: Apache-2.0
// Evoked sweeps: the overlay of baseline and now, and the waterfall of single sweeps.
import { effect } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { dialog, store, timeText, verdict } from '../app';
import { language, t, tCode } from '../i18n/i18n';
import { microvolts } from '../i18n/format';
import type { Key } from '../i18n/en';
import { sweepKey, TAKEN_OUT, type SweepRecord, type Template } from '../store/store';
import type { SweepRole } from '../protocol/codes';
import { FONT, hatchPattern, usePad, type Pad } from './canvas';

export const BLANK_MS = 1.5; // the artifact's own time
export const MEAN_OF = 20;
const ROWS = 24;

export interface SweepChannel { branch: number; channel: number; role: SweepRole; label: string }

// The channels of the branch that the page shows, response channels first; with the control, it is the last.
export function sweepChannels(direct: boolean, control = false): SweepChannel[] {
  const hello = store.hello.value;
  const name = verdict.value?.branch;
  const at = Math.max(0, hello?.branches.findIndex((b) => b.name === name) ?? 0);
  const branch = hello?.branches[at];
  if (hello === null || branch === undefined) return [];
  const label = (c: number): string => hello.channels[c]?.label ?? String(c + 1);
  const out: SweepChannel[] = branch.lateral.map((c) => ({ branch: at, channel: c, role: 'lsr', label: label(c) }));
  if (direct && branch.direct !== null && branch.direct >= 0) out.push({ branch: at, channel: branch.direct, role: 'direct', label: label(branch.direct) });
  if (control && branch.control !== undefined) out.push({ branch: at, channel: branch.control, role: 'control', label: label(branch.control) });
  return out;
}

export function shownMs(): number {
  const window = store.hello.value?.window_ms ?? [6, 25];
  return Math.max(15, Math.ceil(window[1]));
}

function amplitude(uv: Float32Array, firstMs: number, rate: number, fromMs: number, toMs: number): number {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < uv.length; i++) {
    const ms = firstMs + (i / rate) * 1000;
    if (ms < fromMs || ms > toMs) continue;
    const v = uv[i] ?? 0;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return high < low ? 0 : high - low;
}

// How far a sweep goes from zero, behind the artifact.
export function peakUv(s: SweepRecord, rate: number): number {
  const first = s.before + Math.ceil(BLANK_MS * rate / 1000);
  return s.uv.subarray(first, s.before + Math.floor(shownMs() * rate / 1000) + 1).reduce((peak, v) => Math.max(peak, Math.abs(v)), 0);
}

// Half of the height in microvolts: fixed by the baseline, because a gain that follows hides a loss.
export function scaleUv(template: Template | undefined, sweeps: readonly SweepRecord[], rate: number): number {
  let size = template === undefined ? 0 : amplitude(template.uv, template.firstMs, rate, 2, shownMs());
  if (size === 0) for (const s of sweeps.slice(-ROWS)) size = Math.max(size, s.valid ? amplitude(s.uv, (-s.before / rate) * 1000, rate, 2, shownMs()) : 0);
  return Math.max(40, size * 0.85);
}

export function path(context: CanvasRenderingContext2D, uv: Float32Array, firstMs: number, rate: number, x: (ms: number) => number,
  y: (uv: number) => number, width: number): void {
  const step = Math.max(1, Math.floor(((shownMs() / 1000) * rate) / (width * 1.5)));
  let pen = false;
  context.beginPath();
  for (let i = 0; i < uv.length; i += step) {
    const ms = firstMs + (i / rate) * 1000;
    if (ms < BLANK_MS) continue;
    if (ms > shownMs()) break;
    if (pen) context.lineTo(x(ms), y(uv[i] ?? 0));
    else context.moveTo(x(ms), y(uv[i] ?? 0));
    pen = true;
  }
  context.stroke();
}

export function meanOf(sweeps: readonly SweepRecord[], n: number): Float32Array | null {
  const valid = sweeps.filter((s) => s.valid).slice(-n);
  const first = valid[0];
  if (first === undefined) return null;
  const sum = new Float32Array(first.uv.length);
  let count = 0;
  for (const s of valid) {
    if (s.uv.length !== sum.length || s.before !== first.before) continue;
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (s.uv[i] ?? 0);
    count++;
  }
  return sum.map((v) => v / count);
}

function drawOverlay(pad: Pad, c: SweepChannel, axis: boolean): void {
  const { context, width, height, dpr, em } = pad;
  const rate = store.hello.value?.rate_hz ?? 1;
  const key = sweepKey(c.branch, c.channel, c.role);
  const sweeps = store.sweeps.get(key) ?? [];
  const template = store.templates.get(key);
  const foot = axis ? em * 1.15 : 0;
  const end = shownMs();
  const scale = scaleUv(template, sweeps, rate);
  const x = (ms: number): number => (ms / end) * width;
  const y = (uv: number): number => Math.max(1, Math.min(height - foot, ((height - foot) / 2) * (1 - uv / scale)));
  context.clearRect(0, 0, width, height);

  const learned = template !== undefined && Number.isFinite(template.windowMs[0]) ? template.windowMs : store.hello.value?.window_ms;
  if (learned !== undefined && c.role !== 'direct') {
    context.fillStyle = '#7AA2FF24';
    context.fillRect(x(learned[0]), 0, x(learned[1]) - x(learned[0]), height - foot);
  }
  context.strokeStyle = '#26323F';
  context.lineWidth = dpr;
  context.beginPath();
  context.moveTo(0, y(0));
  context.lineTo(width, y(0));
  context.stroke();
  context.font = `500 ${em * 0.85}px ${FONT}`;
  context.fillStyle = '#8593A1';
  context.textBaseline = 'alphabetic';
  for (let ms = 0; ms < end && axis; ms += 10) {
    context.fillRect(x(ms), height - foot, dpr, em * 0.25);
    const label = ms === 0 ? '0' : `${ms} ms`;
    if (x(ms) + em * 0.3 + context.measureText(label).width < width) context.fillText(label, x(ms) + em * 0.2, height - em * 0.12);
  }

  const last = sweeps[sweeps.length - 1];
  if (last !== undefined && last.valid && !store.dead.value) {
    context.strokeStyle = '#A9E5B566';
    context.lineWidth = Math.max(dpr, em / 18);
    path(context, last.uv, (-last.before / rate) * 1000, rate, x, y, width);
  }
  const mean = meanOf(sweeps, MEAN_OF);
  const any = sweeps.find((s) => s.valid);
  const assessed = !store.dead.value && verdict.value?.state !== 'withheld';
  if (mean !== null && any !== undefined && assessed) {
    context.strokeStyle = '#FFFFFF';
    context.lineWidth = 2.2 * Math.max(dpr, em / 16);
    context.lineJoin = 'round';
    path(context, mean, (-any.before / rate) * 1000, rate, x, y, width);
  }
  // On top, so that it shows where both are the same.
  if (template !== undefined) {
    context.strokeStyle = '#8FA3B8';
    context.lineWidth = 2 * Math.max(dpr, em / 16);
    context.setLineDash([em * 0.45, em * 0.3]);
    path(context, template.uv, template.firstMs, rate, x, y, width);
    context.setLineDash([]);
  }
}

// bare: the waves alone, for a place that names them.
export function Overlay({ channel, bare = false }: { channel: SweepChannel; bare?: boolean }) {
  const [ref, redraw] = usePad((pad) => drawOverlay(pad, channel, !bare), 120);
  useEffect(() => effect(() => {
    void store.sweepsVersion.value;
    void store.dead.value;
    redraw();
  }), [channel.channel, channel.branch]);
  const v = verdict.value;
  const amounts = v?.evidence?.channels.find((x) => x.channel === channel.label);
  const dead = store.dead.value;
  return <figure class="overlay">
    {!bare && <figcaption><b>{channel.label}</b>
      {channel.role === 'lsr'
        ? <span>{dead || v?.state === 'withheld' ? '--' : microvolts(amounts?.now_uv)} µV</span>
        : <span>{t('evidence.direct')}</span>}
    </figcaption>}
    <canvas ref={ref} />
  </figure>;
}

export function OverlayLegend({ now = 'evidence.now' }: { now?: Key }) {
  return <span class="legend">
    <svg viewBox="0 0 28 8" class="legend-line" aria-hidden="true"><path d="M1 4 H27" class="dashed" /></svg>{t('evidence.baseline')}
    <svg viewBox="0 0 28 8" class="legend-line" aria-hidden="true"><path d="M1 4 H27" class="solid" /></svg>{t(now)}
  </span>;
}

function drawRow(pad: Pad, s: SweepRecord, top: number, rowHeight: number, scale: number, rate: number,
  hatch: CanvasPattern | string, learned: readonly [number, number] | undefined, role: string): void {
  const { context, width, dpr } = pad;
  const bar = Math.round(5 * Math.max(dpr, pad.em / 16));
  const x = (ms: number): number => bar + (ms / shownMs()) * (width - bar);
  context.save();
  context.beginPath();
  context.rect(0, top, width, rowHeight);
  context.clip();
  context.fillStyle = !s.valid ? hatch : s.present === true && role !== 'direct' ? '#1D2B49' : '#121922';
  context.fillRect(0, top, width, rowHeight - dpr);
  if (learned !== undefined && s.valid && role !== 'direct') {
    context.fillStyle = '#7AA2FF14';
    context.fillRect(x(learned[0]), top, x(learned[1]) - x(learned[0]), rowHeight - dpr);
  }
  if (s.valid && s.present === true) {
    context.fillStyle = '#7AA2FF';
    context.fillRect(0, top, bar - dpr, rowHeight - dpr);
  } else if (s.valid && s.present === false) {
    context.strokeStyle = '#8FA3B8';
    context.lineWidth = dpr;
    context.strokeRect(dpr / 2, top + dpr / 2, bar - 2 * dpr, rowHeight - 2 * dpr);
  }
  context.strokeStyle = !s.valid ? '#5E6B78' : s.present === true ? '#F2F6FA' : '#B6C2CE';
  context.lineWidth = Math.max(1, 1.2 * dpr);
  const middle = top + rowHeight / 2;
  if (s.reason === TAKEN_OUT) {
    context.font = `500 ${Math.min(pad.em * 0.75, rowHeight * 0.9)}px ${FONT}`;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    context.fillStyle = '#B6C2CE';
    context.fillText(t('waterfall.taken_out'), width - pad.em * 0.3, middle);
  }
  path(context, s.uv, (-s.before / rate) * 1000, rate, x, (uv) => middle - Math.max(-1, Math.min(1, uv / scale)) * (rowHeight / 2 - dpr), width);
  context.restore();
}

// A row in words: when, and what was seen.
function rowText(s: SweepRecord | undefined): string {
  if (s === undefined) return t('waterfall.empty');
  return `${timeText(s.stimulus)} ${!s.valid ? tCode('reason', s.reason ?? '') : s.present === true ? `${microvolts(s.amplitudeUv)} µV`
    : s.present === false ? t('waterfall.absent') : t('unit.none')}`;
}

// Where the picked sweep lies among those shown, the newest first. It sinks while newer ones arrive; one that
// has sunk out of the picture leaves the choice with the oldest.
function rowOf(shown: SweepRecord[], picked: number | null): number {
  if (picked === null) return -1;
  const at = shown.findIndex((s) => s.stimulus <= picked);
  return at < 0 ? shown.length - 1 : at;
}

export function Waterfall({ channel }: { channel: SweepChannel }) {
  const drawn = useRef({ stimulus: -1, key: '', scale: 0, rows: 0, taken: 0, picked: null as number | null });
  const [picked, setPicked] = useState<number | null>(null); // the stimulus whose row has the keyboard
  const key = sweepKey(channel.branch, channel.channel, channel.role);
  const [ref, redraw] = usePad((pad, resized) => {
    const { context, width, height } = pad;
    const rate = store.hello.value?.rate_hz ?? 1;
    const sweeps = store.sweeps.get(key) ?? [];
    const template = store.templates.get(key);
    const scale = scaleUv(template, sweeps, rate);
    const rows = Math.max(4, Math.min(ROWS, Math.floor(height / (pad.em * 0.9))));
    const rowHeight = Math.floor(height / rows);
    const hatch = hatchPattern(context, pad.em * 0.6, '#121922', '#2B3744');
    const learned = template !== undefined && Number.isFinite(template.windowMs[0]) ? template.windowMs : undefined;
    const d = drawn.current;
    const fresh = sweeps.filter((s) => s.stimulus > d.stimulus);
    const taken = sweeps.reduce((n, s) => n + Number(s.reason === TAKEN_OUT), 0);
    // A new scale by a tenth is a new picture; less is the noise of a baseline being learned.
    const whole = resized || d.key !== key || Math.abs(scale - d.scale) > d.scale * 0.1 || fresh.length >= rows ||
      sweeps.length === 0 || d.rows !== rows || d.taken !== taken || picked !== null || d.picked !== null;
    const shownScale = whole ? scale : d.scale;
    if (whole) {
      context.clearRect(0, 0, width, height);
      const shown = sweeps.slice(-rows).reverse();
      const at = rowOf(shown, picked);
      shown.forEach((s, i) => {
        drawRow(pad, s, i * rowHeight, rowHeight, shownScale, rate, hatch, learned, channel.role);
        if (i !== at) return;
        context.strokeStyle = '#7AA2FF';
        context.lineWidth = 2 * pad.dpr;
        context.strokeRect(pad.dpr, i * rowHeight + pad.dpr, width - 2 * pad.dpr, rowHeight - 2 * pad.dpr);
      });
    } else {
      for (const s of fresh) {
        context.globalCompositeOperation = 'copy';
        context.drawImage(context.canvas, 0, 0, width, rows * rowHeight - rowHeight, 0, rowHeight, width, rows * rowHeight - rowHeight);
        context.globalCompositeOperation = 'source-over';
        drawRow(pad, s, 0, rowHeight, shownScale, rate, hatch, learned, channel.role);
      }
    }
    drawn.current = { stimulus: sweeps[sweeps.length - 1]?.stimulus ?? -1, key, scale: shownScale, rows, taken, picked };
  }, 60);
  useEffect(() => effect(() => {
    void store.sweepsVersion.value;
    redraw();
  }), [key]);
  useEffect(redraw, [picked]);
  void language.value;
  const sweeps = store.sweeps.get(key);
  void store.sweepsVersion.value;
  const last = sweeps?.[sweeps.length - 1];
  const dead = store.dead.value;
  const pick = (event: MouseEvent): void => {
    if (sweeps === undefined) return;
    const canvas = event.currentTarget as HTMLCanvasElement;
    const at = Math.floor((event.offsetY / canvas.clientHeight) * drawn.current.rows);
    const s = sweeps[sweeps.length - 1 - at];
    if (s !== undefined) dialog.value = { kind: 'sweep', channel, stimulus: s.stimulus };
  };
  const shown = (sweeps ?? []).slice(-Math.max(1, drawn.current.rows)).reverse();
  const row = rowOf(shown, picked);
  const go = (to: number): void => setPicked(shown[Math.max(0, Math.min(shown.length - 1, to))]?.stimulus ?? null);
  const keys = (event: KeyboardEvent): void => {
    const at = Math.max(0, row);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to !== undefined) go(to);
    else if (event.key === 'Enter' && shown[at] !== undefined) dialog.value = { kind: 'sweep', channel, stimulus: shown[at].stimulus };
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return <figure class="waterfall">
    <figcaption><button class="bare sweep-open" onClick={() => { if (last !== undefined) dialog.value = { kind: 'sweep', channel, stimulus: last.stimulus }; }}><b>{channel.label}</b></button>
      {channel.role === 'control' && <span class="role">{t('emg.control_side')}</span>}
      <span>{channel.role === 'direct' ? t('evidence.direct') : dead ? '--' : last === undefined ? '' : !last.valid ? tCode('reason', last.reason ?? '')
        : last.present === true ? `${microvolts(last.amplitudeUv)} µV` : last.present === false ? t('waterfall.absent') : ''}</span>
    </figcaption>
    <canvas ref={ref} onClick={pick} onKeyDown={keys} onFocus={() => go(0)} onBlur={() => setPicked(null)} tabIndex={shown.length === 0 ? -1 : 0}
      role="slider" aria-orientation="vertical" aria-label={`${t('panel.waterfall')} ${channel.label}`} aria-valuemin={1} aria-valuemax={Math.max(1, shown.length)}
      aria-valuenow={Math.max(0, row) + 1} aria-valuetext={rowText(shown[Math.max(0, row)])} />
    {sweeps === undefined && <p class="empty">{t('waterfall.empty')}</p>}
  </figure>;
}

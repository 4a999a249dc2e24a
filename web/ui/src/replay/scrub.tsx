// SPDX-License-Identifier: Apache-2.0
// The whole case on one strip: states, amplitude, phases, events, alarms, labels, time not judged, where
// it stands. A press or a drag goes there.
import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { store } from '../app';
import { language, t, tCode } from '../i18n/i18n';
import { duration } from '../i18n/format';
import type { EndpointState } from '../protocol/codes';
import { FONT, hatchPattern, usePad, type Pad } from '../ui/canvas';
import { answers, blind, differences } from '../learn/training';
import { phasesIn, statesOf, type Overview } from './case';
import { labels, overview } from './overview';
import { loopFrom, position, seek, seekBy } from './steer';

const DRAG_MS = 200; // a drag seeks so often, and once more when it ends
const FLOOR_UV = 2;
// No hue of an alarm: brightness and pattern tell the states apart.
const STATE_FILL: Partial<Record<EndpointState, string>> = {
  baseline: '#26323F', present: '#8FA3B8', attenuated: '#5D6E80', absent: '#D5DEE8', early_loss: '#B79CFF', reached: '#7AA2FF',
  confirmed: '#7AA2FF', recurred: '#F2F6FA', rejected: '#5D6E80',
};
const HATCHED: ReadonlySet<EndpointState> = new Set(['withheld', 'early_loss', 'recurred']);
const TRAINS: ReadonlySet<string> = new Set(['a_train', 'b_train', 'c_train', 'spasm']);

const dragAt = signal<number | null>(null);
const hoverAt = signal<number | null>(null);

interface Scale { x: (sample: number) => number; left: number; right: number; length: number }

function drawStates(pad: Pad, o: Overview, s: Scale, top: number, height: number): void {
  const { context, em } = pad;
  const branches = Math.max(1, store.hello.value?.branches.length ?? 1);
  for (let b = 0; b < branches; b++) {
    const y = top + (height / branches) * b;
    for (const { from, to, state } of statesOf(o.endpoint, b, o.complete ? o.length : o.done)) {
      const w = Math.max(1, s.x(to) - s.x(from));
      context.fillStyle = STATE_FILL[state] ?? '#1A2330';
      context.fillRect(s.x(from), y, w, height / branches - 1);
      if (!HATCHED.has(state)) continue;
      context.fillStyle = hatchPattern(context, em * 0.5, '#121922', state === 'withheld' ? '#5D6E80' : STATE_FILL[state] ?? '#5D6E80');
      context.fillRect(s.x(from), y, w, height / branches - 1);
    }
  }
}

function drawTrend(pad: Pad, o: Overview, s: Scale, top: number, height: number): void {
  const { context, dpr } = pad;
  let most = 100;
  for (const p of o.points) most = Math.max(most, p[4] ?? 0);
  const y = (uv: number): number => top + height - (Math.log(Math.max(FLOOR_UV, uv) / FLOOR_UV) / Math.log(most / FLOOR_UV)) * height;
  for (const [sample, , , present, uv] of o.points) {
    if (uv === null) continue;
    context.fillStyle = present === 0 ? '#5D6E80' : '#F2F6FA';
    context.fillRect(s.x(sample), y(uv) - dpr, 1.6 * dpr, 2.4 * dpr);
  }
}

function drawMarks(pad: Pad, o: Overview, s: Scale): void {
  const { context, height, dpr, em } = pad;
  context.font = `600 ${em * 0.78}px ${FONT}`;
  context.textBaseline = 'top';
  let free = -Infinity;
  for (const { sample, phase } of phasesIn(o.marks, store.hello.value?.rate_hz ?? 1)) {
    const x = s.x(sample);
    context.fillStyle = '#7AA2FF';
    context.fillRect(x, 0, 1.5 * dpr, height);
    const word = tCode('phase', phase);
    const w = context.measureText(word).width;
    const at = x + w + em > s.right ? x - w - em * 0.3 : x + em * 0.3;
    if (at < free) continue;
    context.fillText(word, at, 0);
    free = at + w + em * 0.4;
  }
}

// Half-height ticks along the foot: trains; triangles: alarms; flags: what people said.
function drawFoot(pad: Pad, o: Overview, s: Scale, top: number): void {
  const { context, height, dpr, em } = pad;
  const foot = height - top;
  for (const [start, end, kind] of o.events) {
    context.fillStyle = TRAINS.has(kind) ? '#B79CFF' : '#3A4856';
    context.fillRect(s.x(start), top + foot * (TRAINS.has(kind) ? 0.05 : 0.5), Math.max(1.5 * dpr, s.x(end) - s.x(start)), foot * (TRAINS.has(kind) ? 0.9 : 0.4));
  }
  for (const [sample, raised, , priority] of o.alarms) {
    if (!raised || priority === 'information') continue;
    const x = s.x(sample);
    context.fillStyle = '#F2F6FA';
    context.beginPath();
    context.moveTo(x, top - em * 0.1);
    context.lineTo(x + em * 0.42, height);
    context.lineTo(x - em * 0.42, height);
    context.closePath();
    context.fill();
    context.fillStyle = '#0B0F14';
    context.fillRect(x - dpr, top + foot * 0.3, 2 * dpr, foot * 0.35);
  }
}

function flag(pad: Pad, x: number, y: number, word: string, fill: string): void {
  const { context, dpr, em } = pad;
  context.font = `700 ${em * 0.72}px ${FONT}`;
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  const w = Math.max(em * 1.05, context.measureText(word).width + em * 0.4);
  context.fillStyle = fill;
  context.fillRect(x, y, 1.5 * dpr, pad.height - y);
  context.fillRect(x, y, w, em * 1.05);
  context.fillStyle = '#0B0F14';
  context.fillText(word, x + w / 2, y + em * 0.56);
  context.textAlign = 'left';
}

function drawNotJudged(pad: Pad, o: Overview, s: Scale, top: number, height: number): void {
  const { context, em } = pad;
  context.fillStyle = hatchPattern(context, em * 0.55, 'rgba(11,15,20,0.35)', '#8593A1');
  for (const [start, end] of o.artifacts) context.fillRect(s.x(start), top, Math.max(1, s.x(end) - s.x(start)), height);
}

function draw(pad: Pad): void {
  const { context, width, height, dpr, em } = pad;
  const replay = store.status.value?.replay ?? null;
  const o = overview.value;
  context.clearRect(0, 0, width, height);
  if (replay === null) return;
  const left = em * 0.5;
  const right = width - em * 0.5;
  const length = Math.max(1, replay.length);
  const s: Scale = { left, right, length, x: (sample) => left + (Math.min(length, sample) / length) * (right - left) };
  context.fillStyle = '#0B0F14';
  context.fillRect(left, em, right - left, height - em);
  const stateTop = em;
  const stateHeight = em * 0.62;
  const footTop = height - em * 0.95;
  const trendTop = stateTop + stateHeight + em * 0.2;
  const trendHeight = footTop - trendTop - em * 0.1;
  if (o !== null) {
    if (!blind.value) {
      drawNotJudged(pad, o, s, trendTop, trendHeight);
      drawStates(pad, o, s, stateTop, stateHeight);
      drawTrend(pad, o, s, trendTop, trendHeight);
      drawFoot(pad, o, s, footTop);
    }
    drawMarks(pad, o, s);
    if (!o.complete) {
      context.fillStyle = hatchPattern(context, em * 0.4, '#121922', '#26323F');
      context.fillRect(s.x(o.done), stateTop, right - s.x(o.done), height - stateTop);
    }
  }
  const loop = replay.loop ?? (loopFrom.value === null ? null : [loopFrom.value, position()]);
  if (loop) {
    context.fillStyle = 'rgba(217,179,255,0.22)';
    context.fillRect(s.x(Math.min(...loop)), 0, Math.max(2, Math.abs(s.x(loop[1] ?? 0) - s.x(loop[0] ?? 0))), height);
    flag(pad, s.x(loop[0] ?? 0), 0, 'A', '#D9B3FF');
    if (replay.loop) flag(pad, s.x(loop[1] ?? 0), 0, 'B', '#D9B3FF');
  }
  if (!blind.value) for (const l of labels.value) flag(pad, s.x(l.sample), trendTop, t(`label.short.${l.label}`), '#F2F6FA');
  for (const a of answers.value) flag(pad, s.x(a.sample), trendTop + em * 1.15, t(`answer.short.${a.answer}`), '#D9B3FF');
  for (const d of differences.value) if (d.kind === 'missed') flag(pad, s.x(d.sample), trendTop, t(`answer.short.${d.answer}`), '#7AA2FF');
  const here = s.x(dragAt.value ?? position());
  context.fillStyle = '#D9B3FF';
  context.fillRect(here - dpr, 0, 2.5 * dpr, height);
  context.beginPath();
  context.moveTo(here - em * 0.5, 0);
  context.lineTo(here + em * 0.5, 0);
  context.lineTo(here, em * 0.7);
  context.fill();
}

export function Scrub() {
  const [ref, redraw] = usePad(draw, 60);
  const box = useRef<HTMLDivElement>(null);
  const last = useRef(0);
  useEffect(() => effect(() => {
    void [store.status.value, overview.value, labels.value, language.value, loopFrom.value, dragAt.value, blind.value, answers.value, differences.value];
    redraw();
  }), []);
  const replay = store.status.value?.replay ?? null;
  const rate = store.hello.value?.rate_hz ?? 1;
  const length = replay?.length ?? 0;
  const sampleAt = (event: PointerEvent): number => {
    const r = box.current?.getBoundingClientRect();
    if (r === undefined) return 0;
    const em = Number.parseFloat(getComputedStyle(box.current as HTMLElement).fontSize) * 0.5;
    return Math.max(0, Math.min(1, (event.clientX - r.left - em) / Math.max(1, r.width - 2 * em))) * length;
  };
  const move = (event: PointerEvent): void => {
    hoverAt.value = sampleAt(event);
    if (dragAt.value === null) return;
    dragAt.value = hoverAt.value;
    const now = performance.now();
    if (now - last.current < DRAG_MS || store.status.value?.replay?.seeks_to != null) return;
    last.current = now;
    void seek(dragAt.value);
  };
  const end = (event: PointerEvent): void => {
    if (dragAt.value === null) return;
    const to = sampleAt(event);
    // Until the server says where it stands, the hand's place is shown.
    void seek(to).then(() => setTimeout(() => { dragAt.value = null; }, 300));
  };
  const at = dragAt.value ?? hoverAt.value;
  const keys = (event: KeyboardEvent): void => {
    const by = { PageUp: 60, PageDown: -60, ArrowUp: 10, ArrowDown: -10 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    seekBy(by);
  };
  return <div class="scrub" ref={box} role="slider" tabIndex={0} aria-label={t('replay.position')} aria-valuemin={0} aria-valuemax={Math.round(length / rate)}
    aria-valuenow={Math.round(position() / rate)} aria-valuetext={`${duration(position() / rate)} / ${duration(length / rate)}`} onKeyDown={keys}
    onPointerDown={(e) => { (e.currentTarget as HTMLElement).setPointerCapture(e.pointerId); dragAt.value = sampleAt(e); last.current = performance.now(); void seek(dragAt.value); }}
    onPointerMove={move} onPointerUp={end} onPointerCancel={() => { dragAt.value = null; }} onPointerLeave={() => { hoverAt.value = null; }}>
    <canvas ref={ref} />
    {at !== null && <span class="scrub-time" ref={(e) => { if (e) e.style.left = `${(at / Math.max(1, length)) * 100}%`; }}>{duration(at / rate)}</span>}
  </div>;
}

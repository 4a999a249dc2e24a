// SPDX-License-Identifier: Apache-2.0
// The still picture: where in the last minutes it stands, what it was stopped for, and the way back.
import { signal } from '@preact/signals';
import { act, frozen, store, timeText, toast } from '../app';
import { settings } from '../settings';
import { t } from '../i18n/i18n';
import { duration } from '../i18n/format';
import { Icon } from './glyph';

export interface Spot { from: number; to: number; text: string }
export const spot = signal<Spot | null>(null); // what the picture was stopped for

const windowSamples = (): number => settings.windowS.value * (store.hello.value?.rate_hz ?? 1);

// A picture's end within what is remembered: not before its first full window, not behind its end.
export function heldWithin(end: number, start: number, newest: number, window: number): number {
  return Math.max(Math.min(start + window, newest), Math.min(newest, end));
}

function standAt(end: number): void {
  const tick = store.tick.value;
  if (tick !== null) frozen.value = heldWithin(end, tick.startSample, tick.endSample, windowSamples());
}

export function freeze(): void {
  spot.value = null;
  frozen.value = store.tick.value?.endSample ?? null;
}

export function backToLive(): void {
  spot.value = null;
  frozen.value = null;
}

export function lookBack(bySeconds: number): void {
  const tick = store.tick.value;
  if (tick !== null) standAt((frozen.value ?? tick.endSample) + bySeconds * (store.hello.value?.rate_hz ?? 1));
}

// Stops the picture at a stretch of signal. One that is older than the memory is said to be, and a
// replay goes there instead. A mark of this moment may be newer than what is painted: the picture ends before it.
export function showSignal(what: Spot): void {
  const tick = store.tick.value;
  const rate = store.hello.value?.rate_hz ?? 1;
  if (tick === null) return;
  const isOlder = what.from < tick.startSample;
  if (store.status.value?.replay && (isOlder || what.from > tick.endSample)) {
    void act({ op: 'replay_seek', sample: Math.max(0, Math.round(what.from - rate)) });
    return;
  }
  if (isOlder) {
    toast.value = t('look.too_old', { time: timeText(tick.startSample) });
    return;
  }
  spot.value = what;
  standAt(Math.max(what.from + windowSamples() * 0.6, Math.min(what.to + 0.1 * rate, what.from + windowSamples() * 0.9)));
}

// The stretch itself, over the traces.
export function SpotMark() {
  const still = frozen.value;
  const what = spot.value;
  if (still === null || what === null) return null;
  const window = windowSamples();
  const share = (sample: number): number => Math.max(0, Math.min(1, (sample - (still - window)) / window));
  const from = share(what.from);
  const to = share(what.to);
  if (what.to < still - window || from >= 1) return null;
  return <svg class="spot" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
    <rect x={from * 100} y="0" width={Math.max(0.15, (to - from) * 100)} height="100" />
    <path d={`M${from * 100} 0 V100`} />
  </svg>;
}

// back: with a way back to live of its own, where the panel's head has none.
export function LookBackBar({ back }: { back: boolean }) {
  const still = frozen.value;
  const tick = store.tick.value;
  const hello = store.hello.value;
  if (still === null || tick === null || hello === null) return null;
  const window = windowSamples();
  const { startSample: start, endSample: end } = tick;
  const length = Math.max(1, end - start);
  const x = (sample: number): number => ((sample - start) / length) * 1000;
  const marks: { at: number; kind: string }[] = [];
  for (const { f } of store.events.value) {
    if (f.type === 'emg_event' && f.kind !== 'spike' && f.start_sample >= start) marks.push({ at: x(f.start_sample), kind: 'emg' });
    else if (f.type === 'mark' && f.sample >= start) marks.push({ at: x(f.sample), kind: 'marks' });
    else if (f.type === 'endpoint' && f.decided_sample >= start) marks.push({ at: x(f.decided_sample), kind: 'endpoint' });
  }
  return <div class="look-back">
    <div class="look-head">
      <b>{t('emg.frozen', { time: timeText(still) })}</b>
      <span class="look-what">{spot.value?.text ?? ''}</span>
      <span class="look-ago">{t('look.ago', { time: duration((end - still) / hello.rate_hz) })}</span>
      <button class="bare" aria-label={t('emg.back')} onClick={() => lookBack(-settings.windowS.value / 2)}><Icon name="back" /></button>
      <button class="bare" aria-label={t('emg.forward')} onClick={() => lookBack(settings.windowS.value / 2)}><Icon name="forward" /></button>
      {back && <button class="main" onClick={backToLive}>{t('emg.live')}</button>}
    </div>
    <div class="look-track">
      <svg viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
        <rect class="look-window" x={x(still - window)} y="0" width={Math.max(4, (window / length) * 1000)} height="20" />
        {marks.map((m, i) => <path key={i} class={`look-mark ${m.kind}`} d={`M${m.at.toFixed(1)} 3 V17`} />)}
      </svg>
      <input type="range" aria-label={t('look.position', { time: duration(length / hello.rate_hz) })} min={Math.min(start + window, end)} max={end}
        value={still} step={Math.max(1, Math.round(hello.rate_hz / 10))} onInput={(e) => { spot.value = null; standAt(Number(e.currentTarget.value)); }} />
    </div>
    <div class="look-ends"><span>{timeText(start)}</span><span>{t('look.memory', { time: duration(length / hello.rate_hz) })}</span><span>{timeText(end)}</span></div>
  </div>;
}

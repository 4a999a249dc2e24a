// SPDX-License-Identifier: Apache-2.0
// What a person does with a replay, by button, key or scrub bar.
import { signal } from '@preact/signals';
import { act, store, toast } from '../app';
import { t } from '../i18n/i18n';
import { JUMPS, nextPlace, places, type Jump } from './jump';
import type { LabelKind } from './case';
import { labels, overview } from './overview';

export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 20];
export const jumpKind = signal<Jump>('all');
export const loopFrom = signal<number | null>(null); // A is set, B is not
export const alarmSound = signal(false); // a replay's alarms are silent unless asked for

const rate = (): number => store.hello.value?.rate_hz ?? 1;
const replay = () => store.status.value?.replay ?? null;

export function position(): number {
  const r = replay();
  return r === null ? 0 : r.seeks_to ?? r.position;
}

// What the screen shows last: what a person speaks of.
export function shown(): number {
  const end = store.tick.value?.endSample ?? 0;
  return end > 0 && replay()?.seeks_to == null ? end : position();
}

export function seek(sample: number): Promise<boolean> {
  const length = replay()?.length ?? 0;
  return act({ op: 'replay_seek', sample: Math.round(Math.max(0, Math.min(length, sample))) });
}
export function seekBy(seconds: number): void { void seek(position() + seconds * rate()); }

export function togglePlay(): void { void act({ op: replay()?.playing ? 'replay_pause' : 'replay_play' }); }
export function step(by: 1 | -1): void { void act({ op: 'replay_step', by }); }

export function faster(by: 1 | -1): void {
  const now = replay()?.speed ?? 1;
  const at = SPEEDS.findIndex((s) => s >= now);
  const speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, (at < 0 ? SPEEDS.length - 1 : at) + by))];
  if (speed !== undefined) void act({ op: 'replay_speed', speed });
}

export function jump(by: 1 | -1): void {
  const o = overview.value;
  if (o === null) return;
  const to = nextPlace(places(o, labels.value, jumpKind.value, rate()), position(), by, rate());
  if (to === null) toast.value = t(o.complete ? 'replay.no_more' : 'replay.reading');
  else void seek(to);
}

export function nextKind(): void {
  jumpKind.value = JUMPS[(JUMPS.indexOf(jumpKind.value) + 1) % JUMPS.length] ?? 'all';
}

// First A, then B, then no loop.
export function cycleLoop(): void {
  const r = replay();
  if (r === null) return;
  if (r.loop) {
    loopFrom.value = null;
    void act({ op: 'replay_loop', from: 0, to: 0 });
  } else if (loopFrom.value === null) {
    loopFrom.value = position();
  } else {
    const ends = [loopFrom.value, position()].sort((a, b) => a - b);
    loopFrom.value = null;
    void act({ op: 'replay_loop', from: Math.round(ends[0] ?? 0), to: Math.round(ends[1] ?? 0) });
  }
}

// A label of the moment; with A set, of the stretch from A to here.
export function label(kind: LabelKind, channel: string | null = null): void {
  const here = Math.round(shown());
  const a = loopFrom.value;
  const [sample, end] = a === null ? [here, null] : [Math.min(a, here), Math.max(a, here)];
  loopFrom.value = null;
  void act({ op: 'label', label: kind, sample: Math.round(sample), end_sample: end === null ? null : Math.round(end), channel: channel ?? '' });
}
export function unlabel(at: number): void { void act({ op: 'label_undo', at }); }

// SPDX-License-Identifier: Apache-2.0
// Old data is never shown as live. Three ages decide, each from its own clock: of the newest painted
// data, of the last message, of the last paint. One pure function, so that every break can be tested.

export const LATE_MS = 250;
export const DEAD_MS = 800; // so that the words are on the screen before the second is over
export const START_MS = 2000; // a connection may take so long to its first samples before that is news

export interface Ages {
  now: number; // ms, this machine's monotonic clock, as all times here
  connected: boolean;
  connectedAt: number | null; // when this connection said hello
  lastMessageAt: number | null; // any message of the server
  newestDataAt: number | null; // when the newest painted sample was taken, moved to this clock
  heldDataAt: number | null; // the same of the newest one that the server has
  lastPaintAt: number | null; // when new samples were last painted
  workerAt: number | null; // when the drawing thread was last heard of
  acquisition: 'ok' | 'lost' | 'none';
  paused: boolean; // a replay that stands still: old on purpose, and said so
  visible: boolean; // a hidden page is not painted by the browser
}

export type Freshness = 'live' | 'late' | 'none' | 'paused';
export type Cause = 'start' | 'link' | 'acquisition' | 'device' | 'data' | 'paint' | 'worker' | 'hidden';

export interface Verdict {
  freshness: Freshness;
  cause: Cause | null; // null while live
  ageMs: number | null; // the age that decided
  since: number | null; // when the newest shown data was taken
}

function older(now: number, at: number | null): number {
  return at === null ? Infinity : now - at;
}

export function judge(a: Ages): Verdict {
  const since = a.newestDataAt;
  const none = (cause: Cause, ageMs: number): Verdict =>
    ({ freshness: 'none', cause, ageMs: Number.isFinite(ageMs) ? ageMs : null, since });

  const worker = older(a.now, a.workerAt);
  if (worker >= DEAD_MS) return none(a.workerAt === null ? 'start' : 'worker', worker);
  const link = older(a.now, a.lastMessageAt);
  if (a.lastMessageAt === null) return none('start', Infinity);
  if (link >= DEAD_MS) return none('link', link);
  if (a.acquisition === 'none') return none('device', older(a.now, since));
  // Nobody looks, and nothing is painted. The server is still judged, because a hidden page sounds.
  if (!a.visible) {
    const held = older(a.now, a.heldDataAt);
    return none(a.paused || held < DEAD_MS ? 'hidden' : a.acquisition === 'lost' ? 'acquisition' : 'data', held);
  }
  if (a.paused) return { freshness: 'paused', cause: null, ageMs: null, since };
  const data = older(a.now, since);
  const paint = older(a.now, a.lastPaintAt);
  const worst = Math.max(data, paint);
  if (a.acquisition === 'lost' && worst >= LATE_MS) return none('acquisition', worst);
  if (worst >= DEAD_MS) {
    if (!a.connected) return none('link', worst);
    if (since === null && older(a.now, a.connectedAt) < START_MS) return none('start', worst);
    return none(data >= DEAD_MS ? 'data' : 'paint', worst);
  }
  if (!a.connected || worst >= LATE_MS) {
    return { freshness: 'late', cause: a.connected ? (data >= paint ? 'data' : 'paint') : 'link', ageMs: worst, since };
  }
  return { freshness: 'live', cause: null, ageMs: worst, since };
}

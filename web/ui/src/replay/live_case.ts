// SPDX-License-Identifier: Apache-2.0
// What a replay's page makes of live cases on its machine: which one breaks through, and where its page is. Pure.
import type { Alarm, LiveNotice, LiveSeen } from '../protocol/messages';
import { PRIORITIES } from '../protocol/codes';

export interface LiveShown { key: string; notice: LiveNotice; alarm: Alarm; lost: boolean; more: number }

const RANK = { active: 2, latched: 1, acknowledged: 0 };

export function keyOf(n: LiveNotice): string { return `${n.address}:${n.port}`; }

// A monitor that fell silent is an alarm that only this page can give.
function lostAlarm(seen: boolean): Alarm {
  return { key: 'live_lost', id: 'acquisition_lost', priority: 'medium', state: seen ? 'acknowledged' : 'active', raised_sample: 0, raised_utc_ms: 0,
    cleared_utc_ms: null, channel: null, branch: null, acked_by: null, acked_utc_ms: null };
}

function alarmsOf(n: LiveNotice): Alarm[] {
  return n.alarms.filter((a) => a.priority !== 'information')
    .map((a) => ({ key: `${keyOf(n)}/${a.id}/${a.channel}${a.branch}`, id: a.id, priority: a.priority, state: a.state, raised_sample: 0,
      raised_utc_ms: a.raised_utc_ms, cleared_utc_ms: null, channel: a.channel || null, branch: a.branch || null, acked_by: null, acked_utc_ms: null }));
}

function rank(a: Alarm): number { return RANK[a.state] * 10 + PRIORITIES.indexOf(a.priority); }

function all(live: readonly LiveSeen[], seen: ReadonlySet<string>): LiveShown[] {
  return live.flatMap(({ lost, notice }) => (lost ? [lostAlarm(seen.has(keyOf(notice)))] : alarmsOf(notice))
    .map((alarm) => ({ key: keyOf(notice), notice, alarm, lost, more: 0 })));
}

// The one to show: what nobody has answered before what was, the higher before the lower.
export function worstLive(live: readonly LiveSeen[], seen: ReadonlySet<string>): LiveShown | null {
  const list = all(live, seen).sort((a, b) => rank(b.alarm) - rank(a.alarm));
  const first = list[0];
  const untold = live.reduce((sum, l) => sum + (l.lost ? 0 : l.notice.more), 0);
  return first === undefined ? null : { ...first, more: list.length - 1 + untold };
}

// What sounds here as it sounds there: a sound that was paused or turned off there is off here too.
export function soundingLive(live: readonly LiveSeen[], seen: ReadonlySet<string>): Alarm[] {
  return all(live, seen).filter((l) => l.lost || l.notice.audio === 'on').map((l) => l.alarm);
}

const LOOPBACK = /^(localhost$|127\.|\[?::1\]?$)/;
const ANY = new Set(['', '0.0.0.0', '::']);

// The live page, as seen from where this page was found; null where nobody but its own machine reaches it.
export function liveUrl(n: LiveNotice, here: string): string | null {
  const near = LOOPBACK.test(here);
  if (LOOPBACK.test(n.address) && !near) return null;
  const host = ANY.has(n.address) || !near ? here : n.address.includes(':') ? `[${n.address}]` : n.address;
  return `${n.tls ? 'https' : 'http'}://${host}:${n.port}/`;
}

// SPDX-License-Identifier: Apache-2.0
// A live case over a replay: which alarm is told, which sounds, where its page is.
import { describe, expect, it } from 'vitest';
import { withoutVerdicts } from '../src/learn/blind';
import { liveUrl, soundingLive, worstLive } from '../src/replay/live_case';
import { loudest } from '../src/sound/annunciator';
import type { LiveAlarm, LiveNotice, LiveSeen, Status } from '../src/protocol/messages';

const alarm = (over: Partial<LiveAlarm> = {}): LiveAlarm =>
  ({ id: 'lsr_recurred', priority: 'medium', state: 'active', raised_utc_ms: 0, channel: '', branch: 'zygomatic', ...over });
const notice = (over: Partial<LiveNotice> = {}): LiveNotice =>
  ({ heartbeat_ns: 1, source: 'alsa', site: 'or1', address: '127.0.0.1', port: 8080, tls: false, case: true, audio: 'on', alarms: [], more: 0, ...over });
const alive = (over: Partial<LiveNotice> = {}): LiveSeen => ({ lost: false, notice: notice(over) });
const lost: LiveSeen = { lost: true, notice: notice({ alarms: [alarm({ priority: 'high' })] }) };
const nobody = new Set<string>();
const here = new Set(['127.0.0.1:8080']);

describe('a live case over a replay', () => {
  it('says nothing while nothing is wrong, and nothing of information', () => {
    expect(worstLive([], nobody)).toBeNull();
    expect(worstLive([alive()], nobody)).toBeNull();
    expect(worstLive([alive({ alarms: [alarm({ id: 'endpoint_reached', priority: 'information' })] })], nobody)).toBeNull();
  });

  it('shows what nobody has answered before what was, the higher before the lower, and counts the others', () => {
    const shown = worstLive([alive({ more: 2, alarms: [alarm({ priority: 'high', state: 'acknowledged' }), alarm({ id: 'electrode_off', priority: 'low' }), alarm()] })], nobody);
    expect([shown?.alarm.id, shown?.alarm.priority, shown?.more]).toEqual(['lsr_recurred', 'medium', 4]);
  });

  it('of two theatres shows the worse', () => {
    const shown = worstLive([alive({ alarms: [alarm()] }), alive({ port: 8090, alarms: [alarm({ id: 'train_time', priority: 'high' })] })], nobody);
    expect([shown?.notice.port, shown?.more]).toEqual([8090, 1]);
  });

  it('tells a monitor that fell silent, not what it said last, until somebody has seen it', () => {
    expect(worstLive([lost], nobody)).toMatchObject({ lost: true, more: 0, alarm: { state: 'active', priority: 'medium' } });
    expect(worstLive([lost], here)).toMatchObject({ lost: true, alarm: { state: 'acknowledged' } });
    expect(loudest(soundingLive([lost], nobody))?.priority).toBe('medium');
    expect(loudest(soundingLive([lost], here))).toBeNull();
  });

  it('sounds as there: not when acknowledged, paused or off', () => {
    expect(loudest(soundingLive([alive({ alarms: [alarm()] })], nobody))?.priority).toBe('medium');
    expect(loudest(soundingLive([alive({ alarms: [alarm({ state: 'acknowledged' })] })], nobody))).toBeNull();
    for (const audio of ['paused', 'off'] as const) expect(soundingLive([alive({ audio, alarms: [alarm()] })], nobody)).toEqual([]);
    expect(loudest(soundingLive([alive({ alarms: [alarm({ priority: 'high', state: 'latched' })] })], nobody))?.priority).toBe('high');
  });

  it('comes through while a trainee sees no verdicts', () => {
    const status = { t: 'status', live: [lost] } as unknown as Status;
    expect(withoutVerdicts({ m: status })).toEqual({ m: status });
  });

  it('leads to the live page from where this page was found', () => {
    expect(liveUrl(notice(), 'localhost')).toBe('http://127.0.0.1:8080/');
    expect(liveUrl(notice(), 'or1.hospital')).toBeNull(); // nobody but its own machine reaches it
    expect(liveUrl(notice({ address: '0.0.0.0', tls: true }), 'or1.hospital')).toBe('https://or1.hospital:8080/');
    expect(liveUrl(notice({ address: '10.0.0.7', tls: true }), 'or1.hospital')).toBe('https://or1.hospital:8080/');
    expect(liveUrl(notice({ address: '10.0.0.7', tls: true }), '127.0.0.1')).toBe('https://10.0.0.7:8080/');
    expect(liveUrl(notice({ address: '::1' }), '127.0.0.1')).toBe('http://[::1]:8080/');
  });
});

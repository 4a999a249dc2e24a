// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../src/link/backoff';
import { ServerClock } from '../src/link/clock';
import { DEAD_MS, judge, LATE_MS, type Ages } from '../src/link/stale';

const well: Ages = { now: 100000, connected: true, lastMessageAt: 99990, newestDataAt: 99960, lastPaintAt: 99985, workerAt: 99950,
  acquisition: 'ok', paused: false };

describe('the stale machine', () => {
  it('is live only when everything is', () => {
    expect(judge(well)).toMatchObject({ freshness: 'live', cause: null });
  });

  const breaks: [string, Partial<Ages>, string, string | null][] = [
    ['nothing heard yet', { lastMessageAt: null }, 'none', 'start'],
    ['drawing thread not started', { workerAt: null }, 'none', 'start'],
    ['drawing thread died', { workerAt: 100000 - DEAD_MS }, 'none', 'worker'],
    ['silent link', { lastMessageAt: 100000 - DEAD_MS, newestDataAt: 98900, lastPaintAt: 98900 }, 'none', 'link'],
    ['link closed a moment ago', { connected: false }, 'late', 'link'],
    ['link closed for a second', { connected: false, newestDataAt: 98990, lastPaintAt: 98990 }, 'none', 'link'],
    ['amplifier lost', { acquisition: 'lost', newestDataAt: 99000, lastPaintAt: 99000 }, 'none', 'acquisition'],
    ['no device', { acquisition: 'none' }, 'none', 'device'],
    ['messages but no samples', { newestDataAt: 98900, lastPaintAt: 98900 }, 'none', 'data'],
    ['samples but no painting', { lastPaintAt: 98900 }, 'none', 'paint'],
    ['old samples freshly painted', { newestDataAt: 97000 }, 'none', 'data'],
    ['a little late', { newestDataAt: 100000 - LATE_MS }, 'late', 'data'],
    ['replay stands still', { paused: true, newestDataAt: 5000, lastPaintAt: 5000 }, 'paused', null],
    ['replay stands still, link gone', { paused: true, lastMessageAt: 5000 }, 'none', 'link'],
  ];
  it.each(breaks)('%s', (_, change, freshness, cause) => {
    expect(judge({ ...well, ...change })).toMatchObject({ freshness, cause });
  });

  it('never calls anything live that is a second old', () => {
    for (const key of ['newestDataAt', 'lastPaintAt', 'lastMessageAt', 'workerAt'] as const) {
      expect(judge({ ...well, [key]: well.now - 1000 }).freshness).toBe('none');
    }
  });

  it('says so before the second is over', () => {
    expect(DEAD_MS).toBeLessThan(1000);
  });
});

describe('the server clock', () => {
  it('believes the shortest round trip', () => {
    const clock = new ServerClock();
    clock.add(1000, 51010, 51010, 1020); // 20 ms there and back: offset 50000
    clock.add(2000, 52400, 52400, 2500); // 500 ms, crooked
    expect(clock.offset).toBe(50000);
    expect(clock.rttMs).toBe(20);
  });

  it('keeps sixteen trips', () => {
    const clock = new ServerClock();
    clock.add(0, 100, 100, 2);
    for (let i = 1; i <= 16; i++) clock.add(i * 1000, i * 1000 + 205, i * 1000 + 205, i * 1000 + 10);
    expect(clock.offset).toBe(200);
  });

  it('gives ages over the 32-bit turn of the stamp', () => {
    const clock = new ServerClock();
    clock.add(0, 4294967296 + 50, 4294967296 + 50, 0);
    expect(clock.ageOf(4294967290, 0)).toBe(56);
    expect(clock.ageOf(40, 0)).toBe(10);
    expect(clock.ageOf(60, 0)).toBe(0);
  });

  it('uses the seed until a trip is known', () => {
    const clock = new ServerClock();
    clock.seed(7000, 1000);
    expect(clock.offset).toBe(6000);
    clock.add(1000, 7000, 7000, 1004);
    expect(clock.offset).toBe(5998);
  });
});

describe('coming back', () => {
  it('is quick at first, then every two seconds, for ever and spread', () => {
    expect([0, 1, 2, 3, 4, 5, 5000].map((n) => backoffMs(n, 0.5))).toEqual([100, 200, 500, 1000, 2000, 2000, 2000]);
    expect(backoffMs(9, 0)).toBe(1500);
    expect(backoffMs(9, 0.999)).toBeLessThanOrEqual(2500);
  });
});

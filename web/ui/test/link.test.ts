// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../src/link/backoff';
import { ServerClock } from '../src/link/clock';
import { DEAD_MS, judge, LATE_MS, START_MS, type Ages, type Cause } from '../src/link/stale';

const well: Ages = { now: 100000, connected: true, connectedAt: 50000, lastMessageAt: 99990, newestDataAt: 99960, heldDataAt: 99960,
  lastPaintAt: 99985, workerAt: 99950, acquisition: 'ok', paused: false, visible: true };

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
    ['no samples yet on a new link', { connectedAt: 99000, newestDataAt: null, lastPaintAt: null }, 'none', 'start'],
    ['no samples at all', { connectedAt: 100000 - START_MS, newestDataAt: null, lastPaintAt: null }, 'none', 'data'],
    ['hidden page', { visible: false }, 'none', 'hidden'],
    ['hidden page, not painted', { visible: false, newestDataAt: 5000, lastPaintAt: 5000 }, 'none', 'hidden'],
    ['hidden page, the server has nothing new', { visible: false, heldDataAt: 99000 }, 'none', 'data'],
    ['hidden page, amplifier lost', { visible: false, heldDataAt: 99000, acquisition: 'lost' }, 'none', 'acquisition'],
    ['hidden page, silent link', { visible: false, lastMessageAt: 99000 }, 'none', 'link'],
    ['seen again before anything is painted', { newestDataAt: 5000, lastPaintAt: 5000 }, 'none', 'data'],
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

  // What the page is told after something broke at time 0, by an own clock: samples came every 20 ms,
  // messages four times a second, a paint with every frame.
  const JUDGED_MS = 50; // how often the page asks
  function broken(what: (now: number) => Partial<Ages>): { freshness: string; cause: Cause | null } [] {
    return Array.from({ length: 8000 / JUDGED_MS }, (_, i) => {
      const now = i * JUDGED_MS;
      return judge({ now, connected: true, connectedAt: -60000, lastMessageAt: now, newestDataAt: now - 30, heldDataAt: now - 30,
        lastPaintAt: now, workerAt: now, acquisition: 'ok', paused: false, visible: true, ...what(now) });
    });
  }
  const faults: [string, (now: number) => Partial<Ages>, Cause][] = [
    ['a server that stands still or was killed', () => ({ lastMessageAt: 0, newestDataAt: 0, lastPaintAt: 0 }), 'link'],
    ['a link of three seconds', (now) => ({ lastMessageAt: now < 3000 ? 0 : now, newestDataAt: now < 3000 ? 0 : now - 3000, lastPaintAt: now < 3000 ? 0 : now }), 'data'],
    ['an amplifier pulled out', (now) => ({ newestDataAt: 0, lastPaintAt: 0, acquisition: now > 400 ? 'lost' : 'ok' }), 'acquisition'],
    ['samples that no longer come', () => ({ newestDataAt: 0, lastPaintAt: 0 }), 'data'],
    ['a drawing that stands still', () => ({ lastPaintAt: 0 }), 'paint'],
    ['a drawing thread that died', () => ({ workerAt: 0 }), 'worker'],
    ['a page in the background', () => ({ visible: false }), 'hidden'],
  ];
  it.each(faults)('tells %s before the second is over, and never again as live', (_, what, cause) => {
    const told = broken(what);
    const first = told.findIndex((v) => v.freshness === 'none');
    expect(first * JUDGED_MS).toBeLessThanOrEqual(1000 - JUDGED_MS);
    expect(told.slice(first).every((v) => v.freshness === 'none')).toBe(true);
    expect(told[told.length - 1]?.cause).toBe(cause);
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

  it('never makes a sample younger than it is, however crooked the delay', () => {
    const clock = new ServerClock();
    // Nothing to the server, 1500 ms back; the offset is 50000, and a sample of now is 1500 ms old when it comes.
    for (let t = 0; t < 20; t++) clock.add(t * 1000, t * 1000 + 50000, t * 1000 + 50000, t * 1000 + 1500);
    expect(clock.ageOf(70000 + 50000, 70000 + 1500)).toBeGreaterThanOrEqual(1500);
  });

  it('knows no age before a round trip, nor of another connection, nor after a sleep', () => {
    const clock = new ServerClock();
    clock.seed(51000, 1000);
    expect(clock.ageOf(51000, 1000)).toBe(Infinity);
    clock.add(1000, 51005, 51005, 1010);
    expect(clock.ageOf(51000, 1010)).toBeCloseTo(15);
    expect(clock.ageOf(61000, 1020)).toBe(Infinity); // ten seconds from the future: our clock stood still
    expect(clock.known).toBe(false);
    clock.add(1030, 61035, 61035, 1040);
    clock.forget();
    expect(clock.ageOf(61000, 1050)).toBe(Infinity);
  });

  it('uses the seed until a trip is known, for a countdown', () => {
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

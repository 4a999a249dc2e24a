// SPDX-License-Identifier: Apache-2.0
// The numbers that panels work out for themselves.
import { describe, expect, it, vi } from 'vitest';
import type { Check } from '../src/protocol/messages';

// The panels' modules reach for a browser; these functions do not.
vi.stubGlobal('location', { search: '', pathname: '/', hash: '' });
vi.stubGlobal('document', { documentElement: { dataset: {}, lang: '' }, addEventListener: () => undefined });
vi.stubGlobal('navigator', { language: 'en' });
vi.stubGlobal('Worker', class { postMessage(): void { return; } });
const { measureSweep } = await import('../src/ui/sweep_detail');
const { buckets, ticksOf } = await import('../src/ui/trend_plot');
const trend = await import('../src/ui/trend');
const { markText } = await import('../src/ui/events');
const { heldWithin } = await import('../src/ui/look_back');
const { mWave, outcome } = await import('../src/ui/setup');
const { groupsOf, wallRoom } = await import('../src/ui/wall');
const { limitText } = await import('../src/ui/thresholds');
const { sentence } = await import('../src/ui/verdict');

describe('cursors', () => {
  const uv = [0, 0, 0, 10, -20, 30, 0, 0];
  it('measure span and area between them, in either order', () => {
    expect(measureSweep(uv, 2, 1000, 1, 3)).toEqual({ peakToPeakUv: 50, areaUvMs: 60 });
    expect(measureSweep(uv, 2, 1000, 3, 1)).toEqual({ peakToPeakUv: 50, areaUvMs: 60 });
  });
  it('have nothing to say outside the sweep', () => {
    expect(measureSweep(uv, 2, 1000, 50, 60)).toBeNull();
  });
});

describe('a baseline that responds too seldom', () => {
  const said = (state: 'baseline' | 'not_elicited', valid: number, responses: number): string => sentence({ branch: 'z', state,
    since_sample: 0, reason: null, waits_for: [],
    evidence: { valid, responses, bound_95: null, hold_s: 0, since_sample: 0, m_ratio: null, channels: [], checks: [] } });
  it('is counted until twenty sweeps, and unstable from then on', () => {
    expect(said('baseline', 12, 3)).toBe('12 of 20 valid sweeps');
    expect(said('baseline', 36, 12)).toBe('Not stable: response in 12 of 36 sweeps');
  });
  it('says so where no endpoint can be claimed', () => {
    expect(said('not_elicited', 60, 1)).toBe('Seen in 1 of 10: too seldom for an endpoint');
    expect(said('not_elicited', 60, 0)).toBe('An endpoint cannot be claimed in this case');
  });
});

describe('marks', () => {
  it('show a changed setting from its old value to its new one', () => {
    expect(markText('set=endpoint.hold=60 s was=30 s')).toMatch(/: endpoint\.hold 30 s → 60 s$/);
    expect(markText('set=endpoint.hold=60 s')).toMatch(/: endpoint\.hold=60 s$/);
  });
});

describe('the trend', () => {
  it('keeps extremes and leaves gaps empty', () => {
    const point = (sample: number, amplitudeUv: number, valid = true): Parameters<typeof buckets>[0][number] =>
      ({ sample, amplitudeUv, onsetMs: NaN, present: amplitudeUv > 50, valid });
    const list = buckets([point(1, 10), point(2, 90), point(3, 500, false), point(95, 20)], 0, 100, 10);
    expect(list[0]).toEqual({ low: 10, high: 90, median: 90, present: 1, absent: 1 });
    expect(list.slice(1, 9).every((b) => b === null)).toBe(true);
    expect(list[9]?.median).toBe(20);
  });
});

describe('the set-up check', () => {
  it('looks for the M wave in valid sweeps only', () => {
    const sweep = (valid: boolean, present: boolean | null, amplitudeUv = 900): Parameters<typeof mWave>[0][number] => ({ valid, present, amplitudeUv });
    expect(mWave([])).toEqual({ found: 0, of: 0, uv: null });
    expect(mWave([sweep(true, true), sweep(false, null), sweep(true, false)])).toEqual({ found: 1, of: 2, uv: null });
    expect(mWave(Array.from({ length: 30 }, () => sweep(true, true)))).toEqual({ found: 10, of: 10, uv: 900 });
  });
  it('writes down what it found', () => {
    const row = (channel: string, verdict: 'good' | 'noisy' | 'flat'): Parameters<typeof outcome>[0][number] =>
      ({ channel, verdict, noise_uv: 1, hum_uv: 1, artifact_uv: null });
    expect(outcome([row('OOC', 'good')])).toBe('set-up checked: all good');
    expect(outcome([row('OOC', 'good'), row('MENT', 'noisy'), row('OOR', 'flat')])).toBe('set-up checked: MENT noisy, OOR flat');
  });
});

describe('thresholds', () => {
  it('writes limits as the config file does', () => {
    expect([limitText(0.05, 'ratio'), limitText(0.002, 's'), limitText(5, 's'), limitText(1000, 'uV'), limitText(7, '')])
      .toEqual(['5\u202f%', '2\u202fms', '5\u202fs', '1000\u202fuV', '7']);
  });
});

describe('the trend of activity', () => {
  const { binsOf } = trend;
  it('puts ten-second slots together once they are too narrow to see, and loses none', () => {
    const slots = Array.from({ length: 720 }, (_, i): [number, ...number[]] => [i, 0, 1]); // two hours
    const bins = binsOf(slots, 10, 7200, 1000);
    expect(bins.seconds).toBe(60);
    expect(bins.rows.flat()).toHaveLength(720);
    expect(bins.start[1]).toBe(60000);
  });
  it('leaves what it was not told empty', () => {
    const bins = binsOf([undefined, [1, 0]], 10, 60, 1000);
    expect(bins.rows).toEqual([[], [[1, 0]]]);
  });
});

describe('axes', () => {
  const plot = { unit: '', log: false, low: 0, high: 1, dots: [], steps: [], stacks: [], limits: [] };
  it('have round values, and no more than asked for', () => {
    expect(ticksOf({ ...plot, high: 105 }, 4)).toEqual([0, 50, 100]);
    expect(ticksOf({ ...plot, log: true, low: 2, high: 300 }, 3)).toEqual([10, 100]);
    expect(ticksOf({ ...plot, low: 6, high: 25 }, 4)).toEqual([10, 15, 20, 25]);
  });
});

describe('looking back', () => {
  it('stays within what is remembered', () => {
    expect(heldWithin(50, 100, 1000, 200)).toBe(300); // not before the first full window
    expect(heldWithin(5000, 100, 1000, 200)).toBe(1000);
    expect(heldWithin(500, 100, 1000, 200)).toBe(500);
    expect(heldWithin(10, 0, 100, 200)).toBe(100); // less than a window is known
  });
});

describe('the wall', () => {
  const check = (id: Check['id'], ok: boolean, required = true): Check => ({ id, ok, required, value: null, limit: null });

  it('parts what makes the signal believable from what the endpoint waits for', () => {
    const groups = groupsOf([check('stimulus', true), check('m_wave', false), check('direct', true), check('sweeps', false), check('intensity', false, false)]);
    expect(groups.signal.map((c) => c.id)).toEqual(['stimulus', 'm_wave']);
    expect(groups.endpoint.map((c) => c.id)).toEqual(['sweeps']);
    expect(groupsOf([check('direct', false)]).signal).toHaveLength(1);
  });

  it('drops waves, then checks that hold, and never the numbers', () => {
    expect(wallRoom(782, 3, 4)).toEqual({ tight: false, tiny: false, waves: true, allChecks: true });
    expect(wallRoom(782, 5, 4)).toMatchObject({ waves: false, allChecks: true });
    expect(wallRoom(613, 3, 4)).toMatchObject({ tight: true, waves: false, allChecks: true });
    expect(wallRoom(613, 5, 5).allChecks).toBe(false);
    expect(wallRoom(456, 3, 4)).toMatchObject({ tiny: true, allChecks: false });
  });
});

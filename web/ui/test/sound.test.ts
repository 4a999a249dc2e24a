// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HARMONICS, FUNDAMENTAL_HZ, PATTERNS, RISE, scheduleBurst } from '../src/sound/tones';
import { loudest } from '../src/sound/annunciator';
import { Loudspeaker } from '../src/sound/loudspeaker';
import { signal } from '@preact/signals';
import type { Alarm } from '../src/protocol/messages';

// Pulses between the 90 % points of their ramps.
function pulses(priority: keyof typeof PATTERNS): { length: number; gap: number | null }[] {
  const { pulseS, starts } = PATTERNS[priority];
  const rise = pulseS * RISE;
  const begin = (t: number): number => t + 0.9 * rise;
  const end = (t: number): number => t + pulseS + 0.1 * rise;
  return starts.map((t, i) => ({ length: end(t) - begin(t), gap: i === 0 ? null : begin(t) - end(starts[i - 1] ?? 0) }));
}

describe('alarm tones keep the limits of IEC 60601-1-8', () => {
  it('high: ten pulses in two groups of five', () => {
    const list = pulses('high');
    expect(list).toHaveLength(10);
    for (const p of list) expect(p.length).toBeGreaterThan(0.075), expect(p.length).toBeLessThan(0.2);
    const x = list[1]?.gap ?? 0;
    [1, 2, 4, 6, 7, 9].forEach((i) => expect(list[i]?.gap, `gap ${i}`).toBeGreaterThan(0.05));
    [1, 2, 4, 6, 7, 9].forEach((i) => expect(list[i]?.gap, `gap ${i}`).toBeLessThan(0.125));
    [3, 8].forEach((i) => expect(list[i]?.gap).toBeCloseTo(2 * x + (list[0]?.length ?? 0), 1));
    expect(list[5]?.gap).toBeGreaterThan(0.35);
    expect(list[5]?.gap).toBeLessThan(1.3);
    expect(PATTERNS.high.repeatS).toBeGreaterThanOrEqual(2.5);
    expect(PATTERNS.high.repeatS).toBeLessThanOrEqual(15);
  });

  it('medium: three pulses; low: two', () => {
    for (const [priority, count] of [['medium', 3], ['low', 2]] as const) {
      const list = pulses(priority);
      expect(list).toHaveLength(count);
      for (const p of list) {
        expect(p.length).toBeGreaterThan(0.125);
        expect(p.length).toBeLessThan(0.25);
        if (p.gap !== null) expect(p.gap).toBeGreaterThan(0.125), expect(p.gap).toBeLessThan(0.25);
      }
    }
    expect(PATTERNS.medium.repeatS).toBeLessThanOrEqual(30);
    expect(PATTERNS.low.repeatS).toBeGreaterThan(15);
  });

  it('has at least four harmonics between 300 and 4000 Hz within 15 dB', () => {
    const inBand = HARMONICS.filter((a, i) => (i + 1) * FUNDAMENTAL_HZ >= 300 && (i + 1) * FUNDAMENTAL_HZ <= 4000 && 20 * Math.log10(1 / a) <= 15);
    expect(inBand.length).toBeGreaterThanOrEqual(4);
  });

  it('sounds what the daemon’s own sounder sounds', () => {
    const theirs = JSON.parse(readFileSync(new URL('../../../tests/data/tones.json', import.meta.url), 'utf8')) as typeof PATTERNS;
    for (const priority of ['high', 'medium', 'low'] as const) {
      expect(PATTERNS[priority].pulseS).toBeCloseTo(theirs[priority].pulseS, 3);
      expect(PATTERNS[priority].repeatS).toBe(theirs[priority].repeatS);
      expect(PATTERNS[priority].starts.map((s) => s.toFixed(3))).toEqual(theirs[priority].starts.map((s) => s.toFixed(3)));
    }
  });

  it('lets the loudspeaker step back for each burst', () => {
    const speaker = new Loudspeaker(signal(1), () => undefined);
    const asked: [number, number][] = [];
    const gain = { gain: { setTargetAtTime: (v: number, t: number) => { asked.push([v, t]); } } };
    (speaker as unknown as { duckGain: unknown }).duckGain = gain;
    speaker.duck(5, 8);
    expect(asked[0]?.[0]).toBeCloseTo(10 ** (-12 / 20), 2);
    expect(asked[0]?.[1]).toBeLessThan(5); // before the first pulse
    expect(asked[1]).toEqual([1, 8]);
  });

  it('writes the burst where it is told', () => {
    const written: [number, number][] = [];
    const parameter = { value: 0, setValueAtTime: (v: number, t: number) => { written.push([t, v]); }, linearRampToValueAtTime: (v: number, t: number) => { written.push([t, v]); } };
    let ended = 0;
    const node = { connect: (to: unknown) => to };
    const context = { createPeriodicWave: () => ({}), createGain: () => ({ ...node, gain: parameter }),
      createOscillator: () => ({ ...node, frequency: { value: 0 }, setPeriodicWave: () => undefined, start: () => undefined, stop: (t: number) => { ended = t; } }) };
    const end = scheduleBurst(context as unknown as BaseAudioContext, node as unknown as AudioNode, 'medium', 5);
    expect(written[0]).toEqual([5, 0]);
    expect(end).toBeCloseTo(5 + 2 * 0.37 + 0.18 + 0.027, 6);
    expect(ended).toBeGreaterThan(end);
    expect(written.map(([t]) => t)).toEqual([...written.map(([t]) => t)].sort((a, b) => a - b));
  });
});

describe('what sounds', () => {
  const alarm = (priority: Alarm['priority'], state: Alarm['state']): Alarm => ({ key: `${priority}${state}`, id: 'train_time', priority, state,
    raised_sample: 0, raised_utc_ms: 0, cleared_utc_ms: null, channel: null, branch: null, acked_by: null, acked_utc_ms: null });
  it('is the highest that nobody acknowledged, a high one also when it is over, never information', () => {
    expect(loudest([alarm('low', 'active'), alarm('high', 'acknowledged'), alarm('medium', 'active')])?.priority).toBe('medium');
    expect(loudest([alarm('information', 'active'), alarm('medium', 'latched')])).toBeNull();
    expect(loudest([alarm('high', 'latched')])?.priority).toBe('high'); // nobody has seen it yet
  });
});

// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { JitterBuffer, SOURCE_HZ } from '../src/sound/jitter';
import { eventHz } from '../src/sound/loudspeaker';

const OUT_HZ = 48000;
const FRAME = 320;

// A network and a sound card: frames of 20 ms arrive when `late` says, quanta of 128 are pulled in time.
// The samples are a ramp that says where each belongs, so that anything heard twice or late shows.
function listen(seconds: number, late: (frame: number) => number, value = (n: number) => ((n % 20000) - 10000)) {
  const buffer = new JitterBuffer(OUT_HZ);
  const out: number[] = [];
  const quantum = new Float32Array(128);
  let sent = 0;
  for (let pulled = 0; pulled < seconds * OUT_HZ; pulled += 128) {
    const now = pulled / OUT_HZ;
    while (((sent + 1) * FRAME) / SOURCE_HZ + late(sent) <= now) {
      buffer.push(sent * FRAME, false, Int16Array.from({ length: FRAME }, (_, i) => value(sent * FRAME + i)));
      sent++;
    }
    buffer.pull(quantum);
    out.push(...quantum);
  }
  return { buffer, out };
}

describe('the loudspeaker’s buffer', () => {
  it('plays on without a break when the network is steady, a tenth of a second behind', () => {
    const { buffer } = listen(20, () => 0);
    expect(buffer.state).toMatchObject({ playing: true, underruns: 0, jumps: 0 });
    expect(buffer.state.fillMs).toBeGreaterThan(60);
    expect(buffer.state.fillMs).toBeLessThan(140);
  });

  it('rides out gusts of 60 ms', () => {
    const { buffer } = listen(20, (n) => ((n * 7919) % 13) * 0.005);
    expect(buffer.state.underruns).toBe(0);
  });

  it('runs dry into silence, waits longer afterwards, and repeats nothing', () => {
    const rising = (n: number): number => 1000 + Math.floor((n * 30000) / (6 * SOURCE_HZ));
    const { buffer, out } = listen(6, (n) => (n >= 100 && n < 130 ? (130 - n) * 0.02 : 0), rising);
    expect(buffer.state.underruns).toBe(1);
    expect(buffer.state.targetMs).toBe(120);
    // What sounds only ever rises, outside of the ramps at its ends: what was played already would fall back.
    const steady = out.filter((v, i) => v > 0.02 && Math.abs(v - (out[i - 24] ?? 0)) < 0.001);
    expect(steady.length).toBeGreaterThan(4 * OUT_HZ);
    expect(steady.every((v, i) => i === 0 || v >= (steady[i - 1] ?? 0) - 1e-6)).toBe(true);
    const silent = out.map((v, i) => [v, i] as const).filter(([v, i]) => Math.abs(v) < 0.001 && i > OUT_HZ * 2.2 && i < OUT_HZ * 2.6);
    expect(silent.length).toBeGreaterThan(OUT_HZ * 0.1);
  });

  it('jumps to now when seconds come at once, and does not play them fast', () => {
    const buffer = new JitterBuffer(OUT_HZ);
    for (let n = 0; n < 150; n++) buffer.push(n * FRAME, false, new Int16Array(FRAME).fill(1000));
    expect(buffer.state.fillMs).toBeLessThanOrEqual(300);
  });

  it('never goes back: a frame that was heard already is dropped', () => {
    const buffer = new JitterBuffer(OUT_HZ);
    buffer.push(3200, false, new Int16Array(FRAME));
    const before = buffer.state.fillMs;
    buffer.push(2880, false, new Int16Array(FRAME));
    expect(buffer.state.fillMs).toBe(before);
  });

  it('passes over a hole without a click', () => {
    const buffer = new JitterBuffer(OUT_HZ);
    const out: number[] = [];
    const quantum = new Float32Array(128);
    for (let n = 0; n < 100; n++) {
      const first = (n < 50 ? n : n + 20) * FRAME;
      buffer.push(first, n === 50, new Int16Array(FRAME).fill(n < 50 ? 16000 : -16000));
      for (let k = 0; k < 7; k++) { buffer.pull(quantum); out.push(...quantum); }
    }
    let step = 0;
    out.forEach((v, i) => { step = Math.max(step, Math.abs(v - (out[i - 1] ?? 0))); });
    expect(out.some((v) => v < -0.4) && out.some((v) => v > 0.4)).toBe(true);
    expect(step).toBeLessThan(0.02);
  });

  it('takes another source without anything of the last', () => {
    const buffer = new JitterBuffer(OUT_HZ);
    buffer.push(100000, false, new Int16Array(FRAME));
    buffer.reset();
    buffer.push(0, true, new Int16Array(FRAME));
    expect(buffer.state.fillMs).toBe(20);
  });

  it('plays the pitch that was recorded', () => {
    const { out } = listen(3, () => 0, (n) => Math.round(12000 * Math.sin((2 * Math.PI * 440 * n) / SOURCE_HZ)));
    const part = out.slice(OUT_HZ, 2 * OUT_HZ);
    const rises = part.filter((v, i) => v >= 0 && (part[i - 1] ?? 0) < 0).length;
    expect(Math.abs(rises - 440)).toBeLessThanOrEqual(3); // half a percent may follow the clocks
  });
});

describe('the pitch of events', () => {
  it('is another for each of fifteen muscles and never an alarm’s', () => {
    const all = Array.from({ length: 15 }, (_, i) => eventHz(i));
    expect(new Set(all).size).toBe(15);
    for (const hz of all) expect(Math.abs(hz - 523.25)).toBeGreaterThan(10);
  });
});

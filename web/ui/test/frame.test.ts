// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SWEEP_ROLES } from '../src/protocol/codes';
import { decodeFrame, FRAME_WAVE_ENV, type WaveFrame } from '../src/protocol/frame';

interface Head { type?: number; header?: number; seq?: number; first?: bigint; channels?: number; count?: number; level?: number; format?: number; payload?: number[] }

function bytes(h: Head): ArrayBuffer {
  const header = h.header ?? 32;
  const payload = h.payload ?? [];
  const view = new DataView(new ArrayBuffer(header + payload.length * 2));
  view.setUint8(0, h.type ?? FRAME_WAVE_ENV);
  view.setUint16(2, header, true);
  view.setUint32(4, h.seq ?? 1, true);
  view.setBigUint64(8, h.first ?? 0n, true);
  view.setUint16(16, h.channels ?? 1, true);
  view.setUint16(18, h.count ?? 0, true);
  view.setUint8(20, h.level ?? 4);
  view.setUint8(21, h.format ?? 0);
  view.setUint16(22, 7, true);
  view.setFloat32(24, 0.5, true);
  view.setUint32(28, 123456, true);
  payload.forEach((v, i) => view.setInt16(header + i * 2, v, true));
  return view.buffer;
}

describe('decode of binary frames', () => {
  it('reads an envelope channel after channel', () => {
    const frame = decodeFrame(bytes({ first: 4294967296n + 16n, channels: 2, count: 2, payload: [-3, 4, -5, 6, -7, 8, -9, 10] })) as WaveFrame;
    expect(frame.kind).toBe('wave');
    expect(frame.first).toBe(4294967312);
    expect(frame.uvPerStep).toBe(0.5);
    expect([...frame.data]).toEqual([-3, 4, -5, 6, -7, 8, -9, 10]);
  });

  it('skips bytes between the header it knows and the stated length', () => {
    const frame = decodeFrame(bytes({ header: 40, count: 1, payload: [-1, 1] })) as WaveFrame;
    expect([...frame.data]).toEqual([-1, 1]);
  });

  it('ignores a type it does not know', () => {
    expect(decodeFrame(bytes({ type: 99 })).kind).toBe('unknown');
  });

  it('refuses what contradicts itself', () => {
    expect(decodeFrame(new ArrayBuffer(31)).kind).toBe('broken');
    expect(decodeFrame(bytes({ count: 2, payload: [1, 2] })).kind).toBe('broken');
    expect(decodeFrame(bytes({ count: 1, payload: [1, 2, 3] })).kind).toBe('broken');
    expect(decodeFrame(bytes({ header: 34 })).kind).toBe('broken');
    expect(decodeFrame(bytes({ format: 3 })).kind).toBe('broken');
    expect(decodeFrame(bytes({ level: 0 })).kind).toBe('broken');
    expect(decodeFrame(bytes({ level: 40 })).kind).toBe('broken');
    expect(decodeFrame(bytes({ first: 0xffffffffffffffffn })).kind).toBe('broken');
    expect(decodeFrame(bytes({ type: 3, channels: 1 })).kind).toBe('broken');
  });

  it('never throws on damaged bytes', () => {
    let seed = 1;
    const next = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648);
    const good = new Uint8Array(bytes({ channels: 2, count: 8, payload: Array.from({ length: 32 }, (_, i) => i) }));
    for (let round = 0; round < 3000; round++) {
      const damaged = good.slice(0, next() % (good.length + 1));
      for (let i = 0; i < 3 && damaged.length > 0; i++) damaged[next() % damaged.length] = next() & 255;
      expect(['wave', 'sweep', 'audio', 'unknown', 'broken']).toContain(decodeFrame(damaged.buffer).kind);
    }
  });
});

// Frames that the daemon's encoder wrote, with what they say beside them: both sides read the same files.
const golden = fileURLToPath(new URL('../../../tests/data/frames/', import.meta.url));
describe.skipIf(!existsSync(golden))('golden frames of the daemon', () => {
  const names = existsSync(golden) ? readdirSync(golden).filter((n) => n.endsWith('.json')) : [];
  it.each(names)('%s', (name) => {
    const says = JSON.parse(readFileSync(golden + name, 'utf8')) as Record<string, unknown>;
    const raw = readFileSync(golden + name.replace(/\.json$/, '.bin'));
    const frame = decodeFrame(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) as ArrayBuffer);
    expect(frame.kind).not.toBe('broken');
    expect(frame.kind).not.toBe('unknown');
    const same: Record<string, string> = { flags: 'flags', sequence: 'seq', first_sample: 'first', source_tag: 'sourceTag', made_ms: 'monoMs',
      level: 'level', count: 'count', stimulus_sample: 'stimulus', pre_samples: 'before', channel: 'channel', branch: 'branch', reason: 'reason',
      amplitude_uv: 'amplitudeUv', onset_ms: 'onsetMs', score: 'score' };
    for (const [theirs, ours] of Object.entries(same)) {
      const decoded = (frame as unknown as Record<string, unknown>)[ours];
      if (theirs in says && decoded !== undefined) expect(decoded, theirs).toBe(says[theirs] ?? NaN);
    }
    const payload = says['payload'] as number[];
    if (frame.kind === 'wave') expect([...frame.data]).toEqual(payload);
    if (frame.kind === 'sweep') {
      expect([...frame.judged, ...(frame.raw ?? [])]).toEqual(payload);
      expect(frame.template).toBe(says['type'] === 6);
      expect(frame.role).toBe(SWEEP_ROLES[Number(says['role'])]);
      expect(frame.present).toBe([false, true, null][says['present'] as number]);
      expect(frame.windowMs).toEqual([says['window_start_ms'] ?? NaN, says['window_end_ms'] ?? NaN]);
    }
  });
});

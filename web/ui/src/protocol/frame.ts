// SPDX-License-Identifier: Apache-2.0
// Binary messages of lsrd.v1 (docs/protocol.md): bytes to numbers, without copying the samples.
// A message that contradicts itself is a broken peer: decode returns what is wrong, and the link closes.

import { SWEEP_ROLES, type SweepRole } from './codes';

export const FRAME_WAVE_RAW = 1;
export const FRAME_WAVE_ENV = 2;
export const FRAME_SWEEP = 3;
export const FRAME_AUDIO = 4;
export const FRAME_BACKFILL_ENV = 5;
export const FRAME_TEMPLATE = 6;

export const FLAG_GAP = 1;
export const FLAG_REPLAY = 2;
export const FLAG_SATURATED = 4;
export const FLAG_STIMULUS = 8;
export const FLAG_LAST = 16;

const HEADER = 32;
const SWEEP_HEADER = 72;
const AUDIO_HEADER = 40;
export const AUDIO_LOUDEST = 0xffff; // as a source
const FORMAT_I16 = 0;
const SAFE_HIGH = 0x200000; // 2^53 / 2^32

export interface WaveFrame {
  kind: 'wave';
  type: number;
  flags: number;
  seq: number;
  first: number; // sample index of the case
  channels: number;
  count: number; // samples or blocks per channel
  level: number; // log2 of samples per block, 0 raw
  sourceTag: number;
  uvPerStep: number;
  monoMs: number; // server's clock, mod 2^32
  data: Int16Array; // channel after channel; pairs (min, max) for envelopes
}

export interface SweepFrame {
  kind: 'sweep';
  template: boolean;
  flags: number;
  seq: number;
  first: number; // sample index; of a template, samples from the stimulus (negative before it)
  stimulus: number;
  before: number; // samples before the stimulus
  channel: number;
  branch: number;
  role: SweepRole;
  reason: number; // 0 valid, else the place in hello's reasons
  present: boolean | null;
  amplitudeUv: number; // NaN unknown
  onsetMs: number;
  score: number;
  windowMs: [number, number]; // NaN until learned
  sourceTag: number;
  uvPerStep: number;
  monoMs: number;
  judged: Int16Array;
  raw: Int16Array | null;
}

export interface AudioFrame {
  kind: 'audio';
  flags: number;
  seq: number;
  first: number; // counts 16 kHz samples
  source: number; // what was asked for: a channel, or AUDIO_LOUDEST
  channel: number; // what is heard
  sourceTag: number;
  monoMs: number;
  data: Int16Array;
}

export type Frame = WaveFrame | SweepFrame | AudioFrame;
export type Decoded = Frame | { kind: 'unknown' } | { kind: 'broken'; why: string };

const littleEndianHost = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function broken(why: string): Decoded {
  return { kind: 'broken', why };
}

// A view where alignment and byte order allow, a copy elsewhere.
function samples(buffer: ArrayBuffer, offset: number, count: number): Int16Array {
  if (littleEndianHost && offset % 2 === 0) return new Int16Array(buffer, offset, count);
  const view = new DataView(buffer, offset, count * 2);
  const out = new Int16Array(count);
  for (let i = 0; i < count; i++) out[i] = view.getInt16(i * 2, true);
  return out;
}

function unsigned64(view: DataView, offset: number): number | null {
  const high = view.getUint32(offset + 4, true);
  return high >= SAFE_HIGH ? null : high * 4294967296 + view.getUint32(offset, true);
}

function signed64(view: DataView, offset: number): number {
  return view.getInt32(offset + 4, true) * 4294967296 + view.getUint32(offset, true);
}

function decodeSweep(view: DataView, buffer: ArrayBuffer, header: number, template: boolean): Decoded {
  if (header < SWEEP_HEADER) return broken(`sweep header of ${header} bytes: at least ${SWEEP_HEADER}`);
  const channels = view.getUint16(16, true);
  const count = view.getUint16(18, true);
  if (channels < 1 || channels > 2) return broken(`sweep with ${channels} paths: 1 or 2`);
  const first = template ? signed64(view, 8) : unsigned64(view, 8);
  const stimulus = unsigned64(view, 32);
  if (first === null || stimulus === null) return broken('sample index over 2^53');
  const role = SWEEP_ROLES[view.getUint8(45)];
  if (role === undefined) return { kind: 'unknown' };
  const present = view.getUint8(47);
  return {
    kind: 'sweep',
    template,
    flags: view.getUint8(1),
    seq: view.getUint32(4, true),
    first,
    stimulus,
    before: view.getUint16(40, true),
    channel: view.getUint16(42, true),
    branch: view.getUint8(44),
    role,
    reason: view.getUint8(46),
    present: present === 0 ? false : present === 1 ? true : null,
    amplitudeUv: view.getFloat32(48, true),
    onsetMs: view.getFloat32(52, true),
    score: view.getFloat32(56, true),
    windowMs: [view.getFloat32(60, true), view.getFloat32(64, true)],
    sourceTag: view.getUint16(22, true),
    uvPerStep: view.getFloat32(24, true),
    monoMs: view.getUint32(28, true),
    judged: samples(buffer, header, count),
    raw: channels === 2 ? samples(buffer, header + count * 2, count) : null,
  };
}

export function decodeFrame(buffer: ArrayBuffer): Decoded {
  if (buffer.byteLength < HEADER) return broken(`${buffer.byteLength} bytes: shorter than a header`);
  const view = new DataView(buffer);
  const type = view.getUint8(0);
  if (type < FRAME_WAVE_RAW || type > FRAME_TEMPLATE) return { kind: 'unknown' };
  const header = view.getUint16(2, true);
  if (header < HEADER || header % 4 !== 0 || header > buffer.byteLength) return broken(`header length ${header}`);
  if (view.getUint8(21) !== FORMAT_I16) return broken(`format ${view.getUint8(21)}: 0 is known`);

  const channels = view.getUint16(16, true);
  const count = view.getUint16(18, true);
  const pairs = type === FRAME_WAVE_ENV || type === FRAME_BACKFILL_ENV;
  const payload = channels * count * (pairs ? 4 : 2);
  if (buffer.byteLength !== header + payload) {
    return broken(`${buffer.byteLength} bytes where the header says ${header + payload}`);
  }
  if (type === FRAME_SWEEP || type === FRAME_TEMPLATE) {
    return decodeSweep(view, buffer, header, type === FRAME_TEMPLATE);
  }
  const first = unsigned64(view, 8);
  if (first === null) return broken('sample index over 2^53');
  const common = {
    flags: view.getUint8(1),
    seq: view.getUint32(4, true),
    first,
    sourceTag: view.getUint16(22, true),
    monoMs: view.getUint32(28, true),
  };
  if (type === FRAME_AUDIO) {
    if (channels !== 1) return broken(`audio with ${channels} channels: 1`);
    if (header < AUDIO_HEADER) return broken(`audio header of ${header} bytes: at least ${AUDIO_HEADER}`);
    return { kind: 'audio', ...common, source: view.getUint16(32, true), channel: view.getUint16(34, true), data: samples(buffer, header, count) };
  }
  const level = view.getUint8(20);
  if (level > 24 || pairs !== level > 0) return broken(`level ${level} of a frame of type ${type}`);
  return {
    kind: 'wave',
    type,
    ...common,
    channels,
    count,
    level,
    uvPerStep: view.getFloat32(24, true),
    data: samples(buffer, header, channels * count * (pairs ? 2 : 1)),
  };
}

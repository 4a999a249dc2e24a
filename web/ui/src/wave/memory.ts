// SPDX-License-Identifier: Apache-2.0
// Five minutes to look back on, whatever the sweep speed was meanwhile: the newest part as fine as the
// screen asked for, all of it at the level of a ten-second sweep. Extremes are kept at both.
import { FRAME_WAVE_ENV, type WaveFrame } from '../protocol/frame';
import { EnvelopeRing, type Extent, type Extents } from './ring';

const COARSE_S = 300;
const FINE_S = 60;

export class Memory implements Extents {
  readonly coarseLevel: number;
  private readonly channels: number;
  private readonly rateHz: number;
  private readonly coarse: EnvelopeRing;
  private fine: EnvelopeRing;

  constructor(channels: number, rateHz: number, coarseLevel: number, level: number) {
    this.channels = channels;
    this.rateHz = rateHz;
    this.coarseLevel = coarseLevel;
    this.coarse = new EnvelopeRing(channels, coarseLevel, rateHz, COARSE_S);
    this.fine = this.ringOf(level);
  }

  get level(): number { return this.fine.level; }
  get isEmpty(): boolean { return this.fine.isEmpty && this.coarse.isEmpty; }
  get endSample(): number { return this.fine.isEmpty ? this.coarse.endSample : this.fine.endSample; }
  get startSample(): number {
    return this.coarse.isEmpty ? this.fine.startSample : Math.min(this.coarse.startSample, this.fine.isEmpty ? Infinity : this.fine.startSample);
  }

  // Another sweep speed: what is known stays, at the level that all speeds share.
  setLevel(level: number): void {
    if (level !== this.fine.level) this.fine = this.ringOf(level);
  }

  write(frame: WaveFrame): boolean {
    if (!this.fine.write(frame)) return false;
    if (this.fine !== this.coarse) this.coarse.write(coarser(frame, this.coarseLevel));
    return true;
  }

  extent(channel: number, from: number, to: number): Extent | null {
    if (!this.fine.isEmpty && from >= this.fine.startSample) return this.fine.extent(channel, from, to);
    return this.coarse.covering(channel, from, to);
  }

  private ringOf(level: number): EnvelopeRing {
    return level === this.coarseLevel ? this.coarse : new EnvelopeRing(this.channels, level, this.rateHz, FINE_S);
  }
}

// The same samples in larger blocks; one that begins or ends inside is given in two parts, which the
// ring puts together.
export function coarser(frame: WaveFrame, level: number): WaveFrame {
  const ratio = 2 ** (level - frame.level);
  const first = Math.floor(frame.first / 2 ** frame.level);
  const from = Math.floor(first / ratio);
  const count = Math.floor((first + frame.count - 1) / ratio) - from + 1;
  const pairs = frame.data.length === frame.channels * frame.count * 2;
  const data = new Int16Array(frame.channels * count * 2);
  for (let c = 0; c < frame.channels; c++) {
    for (let i = 0; i < count; i++) {
      data[(c * count + i) * 2] = 32767;
      data[(c * count + i) * 2 + 1] = -32768;
    }
    for (let i = 0; i < frame.count; i++) {
      const at = c * frame.count + i;
      const low = (pairs ? frame.data[at * 2] : frame.data[at]) ?? 0;
      const high = (pairs ? frame.data[at * 2 + 1] : frame.data[at]) ?? 0;
      const to = (c * count + Math.floor((first + i) / ratio) - from) * 2;
      if (low < (data[to] ?? 0)) data[to] = low;
      if (high > (data[to + 1] ?? 0)) data[to + 1] = high;
    }
  }
  return { ...frame, type: FRAME_WAVE_ENV, level, first: from * 2 ** level, count, data };
}

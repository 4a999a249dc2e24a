// SPDX-License-Identifier: Apache-2.0
// The last minutes of every channel as min/max blocks at one level, by absolute block index. Extremes
// are kept, never averaged; what did not arrive is a hole, never a value.
import { FRAME_WAVE_RAW, type WaveFrame } from '../protocol/frame';

const HOLE_MIN = 32767;
const HOLE_MAX = -32768; // min over max: nothing is known of this block

export interface Extent { min: number; max: number } // microvolts

// What a painter needs of a memory.
export interface Extents {
  readonly isEmpty: boolean;
  readonly startSample: number; // the oldest that is kept
  readonly endSample: number; // behind the newest
  extent(channel: number, from: number, to: number): Extent | null;
}

export class EnvelopeRing implements Extents {
  readonly channels: number;
  readonly level: number;
  readonly capacity: number; // blocks
  uvPerStep = 1;
  private readonly data: Int16Array;
  private endBlock = 0; // behind the newest
  private startBlock = 0; // the oldest that is kept
  private empty = true;

  constructor(channels: number, level: number, rateHz: number, seconds: number) {
    this.channels = channels;
    this.level = level;
    this.capacity = Math.max(16, Math.ceil((seconds * rateHz) / 2 ** level));
    this.data = new Int16Array(channels * this.capacity * 2);
  }

  get isEmpty(): boolean { return this.empty; }
  get endSample(): number { return this.endBlock * 2 ** this.level; }
  get startSample(): number { return this.startBlock * 2 ** this.level; }

  // Frames of another level or shape are not ours; returns whether the frame was taken.
  write(frame: WaveFrame): boolean {
    if (frame.level !== this.level || frame.channels !== this.channels) return false;
    this.uvPerStep = frame.uvPerStep;
    const first = Math.floor(frame.first / 2 ** this.level);
    const end = first + frame.count;
    if (this.empty) {
      this.startBlock = this.endBlock = first;
      this.empty = false;
    }
    if (end <= this.endBlock - this.capacity) return false; // older than everything kept
    if (first > this.endBlock) this.punch(Math.max(this.endBlock, first - this.capacity), first);
    const pairs = frame.type !== FRAME_WAVE_RAW;
    for (let c = 0; c < this.channels; c++) {
      const from = c * frame.count * (pairs ? 2 : 1);
      for (let i = 0; i < frame.count; i++) {
        const at = this.place(c, first + i);
        const a = frame.data[pairs ? from + i * 2 : from + i] ?? HOLE_MIN;
        const b = pairs ? (frame.data[from + i * 2 + 1] ?? HOLE_MAX) : a;
        // A block that a gap ended early may be continued behind the gap: both parts count.
        const known = first + i >= this.startBlock && first + i < this.endBlock;
        this.data[at] = known ? Math.min(a, this.data[at] ?? a) : a;
        this.data[at + 1] = known ? Math.max(b, this.data[at + 1] ?? b) : b;
      }
    }
    if (first < this.startBlock) {
      if (end < this.startBlock) this.punch(end, this.startBlock);
      this.startBlock = first;
    }
    this.endBlock = Math.max(this.endBlock, end);
    this.startBlock = Math.max(this.startBlock, this.endBlock - this.capacity);
    return true;
  }

  // Extremes of the blocks that begin in [from, to) samples, in microvolts; null where all are holes.
  extent(channel: number, from: number, to: number): Extent | null {
    const size = 2 ** this.level;
    return this.span(channel, Math.ceil(from / size), Math.ceil(to / size));
  }

  // The same of all blocks that reach into it: for columns that may be narrower than a block.
  covering(channel: number, from: number, to: number): Extent | null {
    const size = 2 ** this.level;
    return this.span(channel, Math.floor(from / size), Math.ceil(to / size));
  }

  private span(channel: number, from: number, to: number): Extent | null {
    if (this.empty) return null;
    const first = Math.max(this.startBlock, from);
    const end = Math.min(this.endBlock, to);
    let min = HOLE_MIN;
    let max = HOLE_MAX;
    let any = false;
    for (let block = first; block < end; block++) {
      const at = this.place(channel, block);
      const low = this.data[at] ?? HOLE_MIN;
      const high = this.data[at + 1] ?? HOLE_MAX;
      if (low > high) continue;
      any = true;
      if (low < min) min = low;
      if (high > max) max = high;
    }
    return any ? { min: min * this.uvPerStep, max: max * this.uvPerStep } : null;
  }

  private place(channel: number, block: number): number {
    return (channel * this.capacity + (block % this.capacity)) * 2;
  }

  private punch(from: number, to: number): void {
    for (let c = 0; c < this.channels; c++) {
      for (let block = from; block < to; block++) {
        const at = this.place(c, block);
        this.data[at] = HOLE_MIN;
        this.data[at + 1] = HOLE_MAX;
      }
    }
  }
}

// The coarsest level on offer that still has two blocks in a column; 0 (raw) where none is fine enough.
export function chooseLevel(levels: readonly number[], samplesPerColumn: number): number {
  let best = 0;
  for (const level of levels) if (2 ** level * 2 <= samplesPerColumn && level > best) best = level;
  return levels.includes(best) ? best : Math.min(...levels, Infinity) === Infinity ? 0 : Math.min(...levels);
}

// SPDX-License-Identifier: Apache-2.0
// From samples to columns of the sweep: column = floor(sample x columns / window), counted from the
// start of the case; its place on the screen is that modulo the width. The seam draws no line.
import type { Extent, Extents } from './ring';

export interface Sweep {
  columns: number; // across the canvas
  windowSamples: number; // that one pass shows
}

export function columnOf(sweep: Sweep, sample: number): number {
  return Math.floor((sample * sweep.columns) / sweep.windowSamples);
}

// First sample of a column.
export function columnStart(sweep: Sweep, column: number): number {
  return Math.ceil((column * sweep.windowSamples) / sweep.columns);
}

export function columnExtent(ring: Extents, sweep: Sweep, channel: number, column: number): Extent | null {
  return ring.extent(channel, columnStart(sweep, column), columnStart(sweep, column + 1));
}

// Stretches a column's extent to touch its left neighbour, so that a steep trace has no breaks. The
// neighbour is null at a hole and at the seam, and then nothing is stretched.
export function joined(now: Extent, before: Extent | null): Extent {
  if (before === null) return now;
  return { min: Math.min(now.min, before.max), max: Math.max(now.max, before.min) };
}

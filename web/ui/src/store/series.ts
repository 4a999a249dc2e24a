// SPDX-License-Identifier: Apache-2.0
// Amplitudes of every sweep of the case, per branch, channel and role, for the trend. Bounded: when a
// series is full, every second of its older half goes.

const CAPACITY = 16000;

export interface SweepPoint {
  sample: number;
  amplitudeUv: number; // NaN where not measured
  onsetMs: number;
  present: boolean | null;
  valid: boolean;
}

export class Series {
  readonly points: SweepPoint[] = []; // ascending by sample

  add(point: SweepPoint): void {
    const last = this.points[this.points.length - 1];
    if (last !== undefined && point.sample <= last.sample) return; // already known
    this.points.push(point);
    if (this.points.length > CAPACITY) {
      const half = CAPACITY / 2;
      const thinned = this.points.filter((_, i) => i >= half || i % 2 === 0);
      this.points.splice(0, this.points.length, ...thinned);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// The loudspeaker's buffer between a network that comes in gusts and a sound card that never waits. It
// fades to silence when it runs dry, jumps to now when too much has piled up, and never plays anything
// twice. Pure: no audio context, no clock; time is the samples pulled.

export const SOURCE_HZ = 16000;
const TARGET_MS = 100;
const LEAST_MS = 60;
const MOST_MS = 200;
const DRY_MS = 20; // more after running dry ...
const CALM_MS = 5; // ... and less again after a calm minute
const CALM_S = 60;
const TOO_MUCH = 3; // times the target: jumps to now
const RAMP_MS = 5;
const DRIFT = 0.005; // two clocks differ; so much faster or slower is not heard
const KEPT = SOURCE_HZ * 2;

const samplesOf = (ms: number): number => Math.round((ms * SOURCE_HZ) / 1000);
const RAMP = samplesOf(RAMP_MS);

export interface JitterState { playing: boolean; fillMs: number; targetMs: number; underruns: number; jumps: number }

export class JitterBuffer {
  private readonly step: number; // source samples an output sample
  private readonly ring = new Float32Array(KEPT);
  private end = 0; // behind the newest, in samples since reset
  private at = 0; // where we read
  private expected: number | null = null; // index of the next sample on the case's axis
  private playing = false;
  private sinceStart = 0; // output ramps in over the first samples
  private tail = 0; // what fades out when it has run dry
  private old: { at: number; left: number } | null = null; // faded out after a jump
  private targetMs = TARGET_MS;
  private calm = 0; // seconds
  private underruns = 0;
  private jumps = 0;
  private readonly outputHz: number;

  constructor(outputHz: number) {
    this.outputHz = outputHz;
    this.step = SOURCE_HZ / outputHz;
  }

  // Another source: nothing of the last one is left.
  reset(): void {
    this.end = this.at = 0;
    this.expected = null;
    this.playing = false;
    this.old = null;
  }

  push(first: number, gap: boolean, samples: Int16Array): void {
    if (this.expected !== null && first < this.expected) return; // heard already
    if (this.expected !== null && (gap || first !== this.expected)) this.seam(samples);
    this.expected = first + samples.length;
    for (const sample of samples) this.ring[this.end++ % KEPT] = sample / 32768;
    if (this.end - this.at > TOO_MUCH * samplesOf(this.targetMs)) this.jump();
  }

  pull(out: Float32Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.next();
    if (!this.playing) return;
    this.calm += out.length / this.outputHz;
    if (this.calm < CALM_S) return;
    this.calm = 0;
    this.targetMs = Math.max(LEAST_MS, this.targetMs - CALM_MS);
  }

  get state(): JitterState {
    return { playing: this.playing, fillMs: ((this.end - this.at) * 1000) / SOURCE_HZ, targetMs: this.targetMs,
      underruns: this.underruns, jumps: this.jumps };
  }

  // Something is missing between what is here and what comes: both ends are ramped.
  private seam(samples: Int16Array): void {
    for (let i = 1; i <= RAMP && this.end - i > this.at; i++) this.ring[(this.end - i) % KEPT] = (this.ring[(this.end - i) % KEPT] ?? 0) * ((i - 1) / RAMP);
    for (let i = 0; i < RAMP && i < samples.length; i++) samples[i] = (samples[i] ?? 0) * (i / RAMP);
  }

  private jump(): void {
    if (this.playing) this.old = { at: this.at, left: RAMP };
    this.at = this.end - samplesOf(this.targetMs);
    if (this.playing) this.jumps++;
  }

  private read(at: number): number {
    const first = Math.floor(at);
    const a = this.ring[first % KEPT] ?? 0;
    const b = this.ring[(first + 1) % KEPT] ?? 0;
    return a + (b - a) * (at - first);
  }

  private next(): number {
    const fill = this.end - this.at;
    const target = samplesOf(this.targetMs);
    if (!this.playing) {
      this.tail *= 1 - 5 / ((RAMP / SOURCE_HZ) * this.outputHz);
      if (fill < target) return this.tail;
      this.playing = true;
      this.sinceStart = 0;
    }
    if (fill < 2) {
      this.playing = false;
      this.old = null;
      this.underruns++;
      this.calm = 0;
      this.targetMs = Math.min(MOST_MS, this.targetMs + DRY_MS);
      return this.tail;
    }
    let value = this.read(this.at) * Math.min(1, this.sinceStart / RAMP);
    if (this.old !== null) {
      const share = this.old.left / RAMP;
      value = value * (1 - share) + this.read(this.old.at) * share;
      this.old.at += this.step;
      this.old.left -= this.step;
      if (this.old.left <= 0) this.old = null;
    }
    this.sinceStart += this.step;
    this.at += this.step * (1 + Math.max(-DRIFT, Math.min(DRIFT, ((fill - target) / target) * 2 * DRIFT)));
    this.tail = value;
    return value;
  }
}

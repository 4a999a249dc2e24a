// SPDX-License-Identifier: Apache-2.0
// What an alarm sounds like, as numbers: pulse times of a burst by priority (IEC 60601-1-8, figures in
// docs), and one function that writes a burst into any audio context. Pure but for that context.
import type { Priority } from '../protocol/codes';

export interface Pattern {
  pulseS: number;
  starts: number[]; // of each pulse from the burst's begin, seconds
  repeatS: number; // from one burst's begin to the next
}

const HIGH_PULSE = 0.12;
const HIGH_X = 0.09;
const HIGH_BETWEEN = 0.7;
const MEDIUM_PULSE = 0.18;
const MEDIUM_Y = 0.19;

function startsOf(pulseS: number, gaps: number[]): number[] {
  const starts = [0];
  for (const gap of gaps) starts.push((starts[starts.length - 1] ?? 0) + pulseS + gap);
  return starts;
}

const five = [HIGH_X, HIGH_X, 2 * HIGH_X + HIGH_PULSE, HIGH_X];

export const PATTERNS: Record<Exclude<Priority, 'information'>, Pattern> = {
  high: { pulseS: HIGH_PULSE, starts: startsOf(HIGH_PULSE, [...five, HIGH_BETWEEN, ...five]), repeatS: 7 },
  medium: { pulseS: MEDIUM_PULSE, starts: startsOf(MEDIUM_PULSE, [MEDIUM_Y, MEDIUM_Y]), repeatS: 15 },
  low: { pulseS: MEDIUM_PULSE, starts: startsOf(MEDIUM_PULSE, [MEDIUM_Y]), repeatS: 60 },
};

export const FUNDAMENTAL_HZ = 523.25;
export const HARMONICS = [1, 0.7, 0.5, 0.4, 0.3, 0.2];
export const RISE = 0.15; // of the pulse
export const CHIME_HZ = [659.25, 880]; // information: two soft sines, no burst
export const CHIME_S = 0.9;

// Writes one burst that begins at `at` (context seconds) into `output`. Returns its end.
export function scheduleBurst(context: BaseAudioContext, output: AudioNode, priority: keyof typeof PATTERNS,
  at: number): number {
  const pattern = PATTERNS[priority];
  const wave = context.createPeriodicWave(new Float32Array(HARMONICS.length + 1), Float32Array.from([0, ...HARMONICS]));
  const tone = context.createOscillator();
  tone.setPeriodicWave(wave);
  tone.frequency.value = FUNDAMENTAL_HZ;
  const gain = context.createGain();
  gain.gain.setValueAtTime(0, at);
  tone.connect(gain).connect(output);
  const rise = pattern.pulseS * RISE;
  let end = at;
  for (const start of pattern.starts) {
    const t = at + start;
    gain.gain.setValueAtTime(0, t);
    gain.gain.linearRampToValueAtTime(1, t + rise);
    gain.gain.setValueAtTime(1, t + pattern.pulseS);
    end = t + pattern.pulseS + rise;
    gain.gain.linearRampToValueAtTime(0, end);
  }
  tone.start(at);
  tone.stop(end + 0.01);
  return end;
}

export function scheduleChime(context: BaseAudioContext, output: AudioNode, at: number): number {
  CHIME_HZ.forEach((hz, i) => {
    const tone = context.createOscillator();
    const gain = context.createGain();
    const t = at + i * 0.28;
    tone.frequency.value = hz;
    gain.gain.setValueAtTime(0, t);
    gain.gain.linearRampToValueAtTime(0.5, t + 0.03);
    gain.gain.exponentialRampToValueAtTime(0.001, t + CHIME_S);
    tone.connect(gain).connect(output);
    tone.start(t);
    tone.stop(t + CHIME_S);
  });
  return at + 0.28 + CHIME_S;
}

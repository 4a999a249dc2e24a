// SPDX-License-Identifier: Apache-2.0
// When to try again: quickly at first, then every two seconds for ever, spread so that twenty displays
// do not come back in the same millisecond.

const STEPS_MS = [100, 200, 500, 1000, 2000];

// attempt counts from 0; random is in [0, 1). The jitter is a quarter up or down.
export function backoffMs(attempt: number, random: number): number {
  const base = STEPS_MS[Math.min(attempt, STEPS_MS.length - 1)] ?? 2000;
  return Math.round(base * (0.75 + 0.5 * random));
}

// SPDX-License-Identifier: Apache-2.0
// Places worth going to. One lands a second behind their beginning, so that what begins is on the screen.
import { phasesIn, type Label, type Overview } from './case';

export const JUMPS = ['all', 'endpoint', 'alarms', 'events', 'phases', 'labels'] as const;
export type Jump = (typeof JUMPS)[number];

const BEHIND_S = 1;
const NEAR_S = 0.2; // of where one stands already

export function places(o: Overview, labels: readonly Label[], kind: Jump, rate: number): number[] {
  const found: number[] = [];
  const wants = (k: Jump): boolean => kind === 'all' || kind === k;
  if (wants('endpoint')) found.push(...o.endpoint.map((e) => e[0]));
  if (wants('alarms')) found.push(...o.alarms.filter((a) => a[1]).map((a) => a[0]));
  if (wants('events')) found.push(...o.events.filter((e) => e[2] !== 'burst').map((e) => e[0]));
  if (wants('phases')) found.push(...phasesIn(o.marks, rate).map((p) => p.sample));
  if (wants('labels')) found.push(...labels.map((l) => l.sample));
  return found.map((sample) => Math.min(o.length, sample + BEHIND_S * rate)).sort((a, b) => a - b);
}

export function nextPlace(all: readonly number[], position: number, by: 1 | -1, rate: number): number | null {
  const near = NEAR_S * rate;
  if (by > 0) return all.find((s) => s > position + near) ?? null;
  let best: number | null = null;
  for (const s of all) if (s < position - near) best = s;
  return best;
}

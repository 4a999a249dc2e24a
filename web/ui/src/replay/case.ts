// SPDX-License-Identifier: Apache-2.0
// What is known of a whole recorded case (docs/protocol.md), and what follows from it. Pure.
import type { EndpointState, Priority } from '../protocol/codes';
import { heard, phasesOf, type PhaseMark, type Said } from '../store/said';

export type Point = [sample: number, channel: number, branch: number, present: 0 | 1 | 2, uv: number | null];
export type MarkEntry = [sample: number, text: string, by: string | null];
export type StateEntry = [sample: number, branch: number, state: EndpointState];
export type AlarmEntry = [sample: number, raised: boolean, id: string, priority: Priority, channel: string | null];
export type Stretch = [start: number, end: number, kind: string, channel: string | null];

export interface Overview {
  length: number;
  done: number; // samples that the pass has seen
  complete: boolean;
  points: Point[];
  marks: MarkEntry[];
  endpoint: StateEntry[];
  alarms: AlarmEntry[];
  events: Stretch[];
  artifacts: Stretch[];
}

export const LABEL_KINDS = ['lsr_gone', 'lsr_returned', 'true_train', 'artifact'] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];
export interface Label {
  sample: number;
  end_sample: number | null;
  label: LabelKind;
  channel: string | null;
  by: string;
  utc: string;
}

export function phasesIn(marks: readonly MarkEntry[], rate: number): PhaseMark[] {
  return phasesOf(marks.reduce<readonly Said[]>((list, [sample, text, by]) => heard(list, sample, text, by), []), rate);
}

// Stretches of one branch's states; the last one goes on to `end`.
export function statesOf(entries: readonly StateEntry[], branch: number, end: number): { from: number; to: number; state: EndpointState }[] {
  const own = entries.filter((e) => e[1] === branch);
  return own.map(([from, , state], i) => ({ from, to: own[i + 1]?.[0] ?? end, state }));
}

// SPDX-License-Identifier: Apache-2.0
// What is known of a whole recorded case (docs/protocol.md), and what follows from it. Pure.
import type { EndpointState, Priority } from '../protocol/codes';

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

// Phases as they hold: an undone one is gone, `since` moves one back.
export function phasesOf(marks: readonly MarkEntry[], rate: number): { sample: number; phase: string }[] {
  let list: { at: number; sample: number; phase: string }[] = [];
  for (const [sample, text] of marks) {
    if (text.startsWith('phase=')) {
      const [phase = '', ...options] = text.slice(6).split(' ');
      const since = options.find((o) => o.startsWith('since='));
      const seconds = since === undefined ? 0 : Number.parseFloat(since.slice(6)) || 0;
      list.push({ at: sample, sample: Math.max(0, sample + Math.min(0, seconds) * rate), phase });
    } else if (text.startsWith('undo=')) {
      list = list.filter((p) => p.at !== Number(text.slice(5)));
    }
  }
  return list;
}

// Stretches of one branch's states; the last one goes on to `end`.
export function statesOf(entries: readonly StateEntry[], branch: number, end: number): { from: number; to: number; state: EndpointState }[] {
  const own = entries.filter((e) => e[1] === branch);
  return own.map(([from, , state], i) => ({ from, to: own[i + 1]?.[0] ?? end, state }));
}

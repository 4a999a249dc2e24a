// SPDX-License-Identifier: Apache-2.0
// The whole recorded case at once, as the server's pass over it knows it so far, and its labels. Asked
// for again while the pass goes on, and when a label was added.
import { effect, signal } from '@preact/signals';
import { ask, dialog, store } from '../app';
import type { Label, Overview } from './case';

export const overview = signal<Overview | null>(null);
export const labels = signal<Label[]>([]);

const EVERY_MS = 1000; // while the pass goes on
let asking = false;
let askedAt = 0;
let askedOf: object | null = null; // the hello as it was then: a file whose channels were named anew has another
let labelsVersion = -1;
let caseName: string | null = null;

async function refresh(): Promise<void> {
  asking = true;
  askedAt = performance.now();
  askedOf = store.hello.peek();
  const reply = await ask({ op: 'overview' });
  asking = false;
  if (reply.ok && reply.result !== undefined) overview.value = reply.result as Overview;
}

async function refreshLabels(): Promise<void> {
  const reply = await ask({ op: 'labels' });
  if (reply.ok && Array.isArray(reply.result)) labels.value = reply.result as Label[];
}

// Follows the status, four times a second.
export function followOverview(): void {
  effect(() => {
    const replay = store.status.value?.replay ?? null;
    const name = store.hello.value?.case.name ?? null;
    if (replay === null || replay.indexed === undefined) return;
    if (name !== caseName) {
      // Nothing can be judged before somebody says what the channels are.
      if (store.hello.value?.branches.length === 0 && dialog.peek() === null) dialog.value = { kind: 'map' };
      caseName = name;
      labelsVersion = -1;
      overview.value = null;
      labels.value = [];
    }
    const known = overview.peek();
    const isSame = store.hello.value === askedOf;
    const news = known === null || known.done !== replay.indexed || known.complete !== replay.complete || !isSame;
    if (news && !asking && ((replay.complete && isSame) || performance.now() - askedAt > EVERY_MS)) void refresh();
    if (replay.labels !== labelsVersion) {
      labelsVersion = replay.labels ?? 0;
      void refreshLabels();
    }
  });
}

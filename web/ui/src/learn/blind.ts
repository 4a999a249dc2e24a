// SPDX-License-Identifier: Apache-2.0
// Training: what the detectors say does not get into the page at all. Signals, stimuli, sweeps and what
// people marked pass; verdicts, events, artifacts, alarms and judged amplitudes do not.
import { signal } from '@preact/signals';
import type { Alarms, Finding, Hello, ServerMessage } from '../protocol/messages';
import type { Item } from '../worker_messages';

export const blind = signal(false);

const SILENT: Alarms = { list: [], audio: { state: 'on', until_mono_ms: null, by: null } };
// Marks that tell what somebody concluded.
const CONCLUSIONS = new Set(['confirm', 'reject', 'ack']);

function passes(f: Finding): Finding | null {
  switch (f.type) {
    case 'stimulus': return { ...f, delivered: null };
    case 'mark': return CONCLUSIONS.has(f.text.split('=')[0] ?? '') ? null : f;
    case 'case': return f;
    default: return null;
  }
}

function message(m: ServerMessage): ServerMessage | null {
  switch (m.t) {
    case 'hello': return { ...m, alarms: SILENT, evidence: [] } satisfies Hello;
    case 'finding': {
      const f = passes(m.f);
      return f === null ? null : { ...m, f };
    }
    case 'alarms': case 'evidence': case 'trend': return null;
    default: return m;
  }
}

export function withoutVerdicts(item: Item): Item | null {
  if ('m' in item) {
    const m = message(item.m);
    return m === null ? null : { m };
  }
  return { s: { ...item.s, present: null, reason: 0, amplitudeUv: NaN, onsetMs: NaN, score: NaN } };
}

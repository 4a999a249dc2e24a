// SPDX-License-Identifier: Apache-2.0
// JSON messages of lsrd.v1 (docs/protocol.md and the journal's findings). Unknown fields are ignored.
import type { AlarmId, ArtifactKind, CheckId, EmgKind, EndpointReason, EndpointState, Priority,
  SweepReason, SweepRole } from './codes';

export const PROTOCOL = 'lsrd.v1';

export interface ChannelInfo { label: string; muscle?: string | null; side?: string | null }
export interface BranchInfo { name: string; direct: number | null; lateral: number[]; control?: number }

export interface Check {
  id: CheckId;
  ok: boolean;
  value: number | null;
  limit: number | null;
  required: boolean;
}

export interface Evidence {
  valid: number;
  taken_out?: number; // of the valid ones again: an event recognised later ran through them
  responses: number;
  bound_95: number | null;
  hold_s: number;
  since_sample: number;
  m_ratio: number | null;
  channels: { channel: string; baseline_uv: number | null; now_uv: number | null }[];
  checks: Check[];
}

export interface BranchVerdict {
  branch: string;
  state: EndpointState;
  since_sample: number;
  reason: EndpointReason | null;
  evidence: Evidence | null;
  taken_out_samples?: number[]; // stimuli of sweeps that were counted and taken out again
  waits_for: CheckId[];
}

export interface Alarm {
  key: string;
  id: AlarmId;
  priority: Priority;
  state: 'active' | 'acknowledged' | 'latched';
  raised_sample: number;
  raised_utc_ms: number;
  cleared_utc_ms: number | null;
  channel: string | null;
  branch: string | null;
  acked_by: string | null;
  acked_utc_ms: number | null;
}

export interface AudioState { state: 'on' | 'paused' | 'off'; until_mono_ms: number | null; by: string | null; reminders?: number }
export interface Alarms { list: Alarm[]; audio: AudioState }

export interface CaseInfo {
  open: boolean;
  name: string | null; // of its directory
  title?: string | null; // as a person gave it
  recording: 'yes' | 'no' | 'stopped';
  started_utc_ms: number | null;
  samples: number;
  free_s: number | null;
}

export interface Display {
  name: string;
  role: string;
  audio: 'on' | 'blocked' | 'off';
  listens?: number | null; // to a channel's sound; -1 the loudest
  visible: boolean;
  painted_age_ms: number | null;
}

export interface ReplayInfo {
  playing: boolean;
  speed: number;
  position: number;
  length: number;
  indexed: number; // samples that the overview knows
  complete: boolean;
  seeks_to: number | null;
  loop: [from: number, to: number] | null;
  labels: number; // changes with them
}

export interface Hello {
  t: 'hello';
  proto: string;
  build: string;
  source_tag: number;
  kind: 'live' | 'replay';
  source: string;
  site: string | null;
  calibration?: string | null;
  rate_hz: number;
  channels: ChannelInfo[];
  branches: BranchInfo[];
  levels: number[];
  reasons: (string | null)[];
  window_ms: [number, number];
  filters?: { free: [number, number]; evoked: [number, number]; hum_hz: number };
  endpoint_hold_s?: number;
  mono_ms: number;
  utc_ms: number;
  case: CaseInfo;
  last_finding: number;
  you: { name: string; role: string };
  alarms: Alarms | Alarm[];
  evidence: BranchVerdict[];
  phase: string | null;
  said?: [sample: number, text: string, by: string | null][]; // marks that stand
}

export interface Status {
  t: 'status';
  mono_ms: number;
  utc_ms: number;
  newest_sample: number;
  newest_mono_ms: number;
  acquisition: 'ok' | 'lost' | 'none';
  case: CaseInfo;
  phase: string | null;
  stimulation: 'on' | 'off';
  control: string | null;
  displays: Display[];
  sounder?: 'ok' | 'broken' | 'off' | null; // of the server's machine
  lost_samples: number;
  latency_us: number;
  rate_ppm?: number | null;
  timing?: { decision: Timing | null; socket: Timing | null; paint: Timing | null };
  replay: ReplayInfo | null;
  live?: LiveSeen[]; // of a replay: live daemons on its machine
}

export interface LiveAlarm {
  id: AlarmId; priority: Priority; state: 'active' | 'acknowledged' | 'latched'; raised_utc_ms: number; channel: string; branch: string;
}
export interface LiveNotice {
  heartbeat_ns: number; source: string; site: string; address: string; port: number; tls: boolean; case: boolean;
  audio: 'on' | 'paused' | 'off'; alarms: LiveAlarm[]; more: number;
}
export interface LiveSeen { lost: boolean; notice: LiveNotice } // lost: silent, and nobody ended it

// From a sample's arrival; worst_us is the worst of the case.
export interface Timing { now_us: number | null; worst_us: number }

interface Decided { decided_sample: number }
export interface CaseFinding extends Decided { type: 'case'; rate_hz: number; channels: string[]; endpoint_hold_s: number }
export interface MarkFinding extends Decided { type: 'mark'; sample: number; text: string; by: string | null }
export interface ArtifactFinding extends Decided {
  type: 'artifact'; kind: ArtifactKind; channel: string; start_sample: number; end_sample: number;
}
export interface StimulusFinding extends Decided {
  type: 'stimulus'; sample: number; branch: string; source: 'trigger' | 'artifact'; delivered: boolean | null;
}
export interface SweepFinding extends Decided {
  type: 'sweep'; stimulus_sample: number; channel: string; branch?: string; role: SweepRole;
  valid: boolean; reason: SweepReason | null; present: boolean | null; score: number;
  amplitude_uv: number | null; onset_ms: number | null;
}
export interface EmgEventFinding extends Decided {
  type: 'emg_event'; kind: EmgKind; channel: string; start_sample: number; end_sample: number;
  frequency_hz: number | null; amplitude_uv: number;
}
export interface EndpointFinding extends Decided {
  type: 'endpoint'; branch: string; state: EndpointState; from: EndpointState; reason: EndpointReason; evidence: Evidence;
}
export interface AlarmFinding extends Decided {
  type: 'alarm'; id: AlarmId; priority: Priority; state: 'raised' | 'cleared'; channel?: string | null;
  branch?: string | null; text: string;
}
export interface SummaryFinding extends Decided { type: 'summary' }
export type Finding = CaseFinding | MarkFinding | ArtifactFinding | StimulusFinding | SweepFinding |
  EmgEventFinding | EndpointFinding | AlarmFinding | SummaryFinding;

export interface FindingMessage { t: 'finding'; id: number; f: Finding }
export interface EvidenceMessage extends BranchVerdict { t: 'evidence' }
export interface AlarmsMessage extends Alarms { t: 'alarms' }
export interface Reply { t: 'reply'; id: number; ok: boolean; error?: string | null; result?: unknown }
export interface TimeMessage { t: 'time'; c0: number; s1: number; s2: number }
export interface Bye { t: 'bye'; reason: string; text?: string }
export interface ControlMessage { t: 'control'; holder: string | null; yours: boolean }
export type TrendPoint = [stimulus: number, channel: number, branch: number, role: number, present: number,
  valid: number, amplitude: number | null, onset?: number | null];
export interface TrendMessage { t: 'trend'; points: TrendPoint[] }

// slot, events by EMG_KINDS (six), train time so far in s, bursts of the last minute, shared within
// 3 ms, shared 5 to 8 ms apart, mean lag in ms
export type SlotRow = [slot: number, ...counts: (number | null)[]];

export interface Activity { train_limits_s: number[]; slot_s: number; slots: SlotRow[] }

export interface QualityRow {
  channel: string; noise_uv: number | null; hum_uv: number | null; artifact_uv: number | null;
  verdict: 'unknown' | 'good' | 'flat' | 'saturated' | 'hum' | 'noisy' | 'off' | 'artifact';
}

// What a proposed threshold would say.
export interface Preview {
  key: string; was: string; value: string;
  sweeps: { branch: string; channel: string; judged: number; now: number; then: number }[];
  branches: { branch: string; state: EndpointState; then_state: EndpointState; held: number; then_held: number; required: number }[];
}

export interface OptionRow {
  key: string; type: string; unit: string; value: string; default: string;
  min?: number | null; max?: number | null; live: boolean; stage: string | null; help: string;
}

export type ServerMessage = Hello | FindingMessage | EvidenceMessage | AlarmsMessage | Status | Reply |
  TimeMessage | Bye | TrendMessage | ControlMessage;

const known = new Set(['hello', 'finding', 'evidence', 'alarms', 'status', 'reply', 'time', 'bye', 'trend',
  'control']);

// Returns null for what this page does not know; throws where the text is no JSON object at all.
export function parseMessage(text: string): ServerMessage | null {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not a JSON object');
  const t = (value as { t?: unknown }).t;
  return typeof t === 'string' && known.has(t) ? (value as ServerMessage) : null;
}

export type Command = { op: string } & Record<string, unknown>;

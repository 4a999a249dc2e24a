// SPDX-License-Identifier: Apache-2.0
// What the page knows, as signals: only this file changes it, from the server's messages. Nothing here
// invents a value; what is unknown is null.
import { batch, computed, signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { SWEEP_ROLES, type SweepRole } from '../protocol/codes';
import type { SweepFrame } from '../protocol/frame';
import type { Alarms, BranchVerdict, Finding, Hello, SlotRow, ServerMessage, Status } from '../protocol/messages';
import { judge, type Verdict } from '../link/stale';
import type { Item, Tick } from '../worker_messages';
import { heard, keyAndValue, phasesOf, type PhaseMark, type Said } from './said';
import { Series, type SweepPoint } from './series';

const KEPT_EVENTS = 3000;
const KEPT_SWEEPS = 60;
const KEPT_STIMULI = 400;
export const TAKEN_OUT = 'taken_out'; // a reason of the page's own

export interface EventEntry { id: number; f: Finding }

export interface SweepRecord {
  stimulus: number;
  valid: boolean;
  reason: string | null;
  present: boolean | null;
  amplitudeUv: number;
  onsetMs: number;
  before: number; // samples before the stimulus
  uv: Float32Array;
}

export interface Template {
  firstMs: number;
  uv: Float32Array;
  windowMs: [number, number];
}

export interface Stimulation { rateHz: number | null; delivered: boolean | null; lastSample: number | null }

const SILENT: Alarms = { list: [], audio: { state: 'on', until_mono_ms: null, by: null } };
const AGE_EVERY_MS = 250; // faster than a person reads
const UNKNOWN: Verdict = { freshness: 'none', cause: 'start', ageMs: null, since: null };

// Of the newest stimuli, samples in order. What lies before a pause, an outage or a gap does not count: an interval
// of over a second and three times the usual one, as the endpoint knows a stimulator that has fallen silent.
export function stimulusRate(samples: readonly number[], rateHz: number): number | null {
  const intervals = samples.slice(1).map((s, i) => s - (samples[i] ?? s));
  const usual = [...intervals].sort((a, b) => a - b)[Math.floor(intervals.length / 2)] ?? 0;
  const pause = Math.max(rateHz, 3 * usual);
  const last = intervals.slice(intervals.map((i) => i > pause).lastIndexOf(true) + 1);
  const span = last.reduce((sum, i) => sum + i, 0);
  return last.length < 2 || span <= 0 ? null : (last.length * rateHz) / span;
}

export function sweepKey(branch: number, channel: number, role: SweepRole): string {
  return `${branch}:${channel}:${role}`;
}

export class Store {
  readonly hello: Signal<Hello | null> = signal(null);
  readonly status: Signal<Status | null> = signal(null);
  readonly verdicts: Signal<ReadonlyMap<string, BranchVerdict>> = signal(new Map());
  readonly alarms: Signal<Alarms> = signal(SILENT);
  readonly lastCase: Signal<string | null> = signal(null); // that this page saw end
  readonly phase: Signal<string | null> = signal(null);
  readonly said: Signal<readonly Said[]> = signal([]); // what people marked and did not take back
  readonly phases: ReadonlySignal<PhaseMark[]> = computed(() => phasesOf(this.said.value, this.hello.value?.rate_hz ?? 0));
  readonly control: Signal<{ holder: string | null; yours: boolean }> = signal({ holder: null, yours: false });
  readonly events: Signal<EventEntry[]> = signal([]);
  readonly stimulation: Signal<Stimulation> = signal({ rateHz: null, delivered: null, lastSample: null });
  readonly tick: Signal<Tick | null> = signal(null);
  readonly fresh: Signal<Verdict> = signal(UNKNOWN);
  readonly visible: Signal<boolean> = signal(true); // this page, in its window
  readonly dead: ReadonlySignal<boolean> = computed(() => this.fresh.value.freshness === 'none');
  // Wall-clock time of sample 0, by the server's clock. Outside a case it is reckoned back from now, to the
  // second, so that it stands still.
  readonly startUtc: ReadonlySignal<number | null> = computed(() => {
    const hello = this.hello.value;
    const status = this.status.value;
    if (hello === null) return null;
    const started = status?.case.started_utc_ms ?? hello.case.started_utc_ms ?? null;
    if (started !== null || status === null) return started;
    return Math.round((status.utc_ms - (status.newest_sample / hello.rate_hz) * 1000) / 1000) * 1000;
  });
  readonly heard: Signal<number | null> = signal(null); // channel on the loudspeaker
  readonly trouble: Signal<string | null> = signal(null);
  readonly needToken: Signal<boolean> = signal(false);
  // Counters that say "changed" for the large things which are not copied.
  readonly sweepsVersion: Signal<number> = signal(0);
  readonly trendVersion: Signal<number> = signal(0);
  readonly sweeps = new Map<string, SweepRecord[]>(); // newest last
  readonly templates = new Map<string, Template>();
  readonly series = new Map<string, Series>();
  readonly off: Signal<ReadonlyMap<string, string>> = signal(new Map()); // channels switched off, with the reason
  readonly slots: SlotRow[] = []; // of activity, ten seconds each
  private stimuli: { sample: number; delivered: boolean | null }[] = [];
  private readonly takenOut = new Set<string>(); // sweeps, as branch:stimulus
  private pendingEvents: EventEntry[] = [];
  private tickHeardAt: number | null = null;
  private toldAt = -Infinity; // when `fresh` was last set
  private lastId = 0;

  take(items: readonly Item[]): void {
    batch(() => {
      for (const item of items) {
        if ('m' in item) this.message(item.m);
        else this.sweep(item.s);
      }
      this.flushEvents();
    });
  }

  onTick(tick: Tick, now: number): void {
    this.tickHeardAt = now;
    this.tick.value = tick;
    this.judge(now, true);
  }

  // How long the drawing thread has said nothing, in ms.
  silentFor(now: number): number { return this.tickHeardAt === null ? 0 : now - this.tickHeardAt; }

  takeSlots(rows: readonly SlotRow[]): void {
    for (const row of rows) this.slots[row[0]] = row;
    this.trendVersion.value++;
  }

  // Ten times a second or more; changes the signal when the words change. tellsAge: and for a person to read it.
  judge(now: number, tellsAge = false): void {
    const tick = this.tick.value;
    const status = this.status.value;
    const replay = status?.replay ?? null;
    const next = judge({
      now,
      connected: tick?.connected ?? false,
      connectedAt: tick?.connectedAt ?? null,
      lastMessageAt: tick?.lastMessageAt ?? null,
      newestDataAt: tick?.newestDataAt ?? null,
      heldDataAt: status === null || tick === null ? null : status.newest_mono_ms - tick.offset,
      lastPaintAt: tick?.lastPaintAt ?? null,
      workerAt: this.tickHeardAt,
      acquisition: status?.acquisition ?? 'ok',
      paused: replay !== null && !replay.playing,
      visible: this.visible.value,
    });
    const old = this.fresh.value;
    const isOld = tellsAge && now - this.toldAt >= AGE_EVERY_MS;
    if (next.freshness === old.freshness && next.cause === old.cause && !isOld) return;
    this.toldAt = now;
    this.fresh.value = next;
  }

  // Wall-clock time of a sample, by the server's clock; null before anything is known.
  utcOf(sample: number): number | null {
    const start = this.startUtc.value;
    return start === null ? null : start + (sample / (this.hello.value?.rate_hz ?? 1)) * 1000;
  }

  branchIndex(name: string): number {
    return this.hello.value?.branches.findIndex((b) => b.name === name) ?? -1;
  }

  channelIndex(label: string): number {
    return this.hello.value?.channels.findIndex((c) => c.label === label) ?? -1;
  }

  private reset(): void {
    this.verdicts.value = new Map();
    this.said.value = [];
    this.events.value = [];
    this.pendingEvents = [];
    this.sweeps.clear();
    this.templates.clear();
    this.series.clear();
    this.slots.length = 0;
    this.off.value = new Map();
    this.stimuli = [];
    this.takenOut.clear();
    this.stimulation.value = { rateHz: null, delivered: null, lastSample: null };
    this.lastId = 0;
    this.sweepsVersion.value++;
    this.trendVersion.value++;
  }

  private message(m: ServerMessage): void {
    switch (m.t) {
      case 'hello': {
        if (this.hello.value?.source_tag !== m.source_tag) this.reset();
        this.hello.value = m;
        for (const [sample, text, by] of m.said ?? []) this.said.value = heard(this.said.value, sample, text, by);
        this.alarms.value = Array.isArray(m.alarms) ? { ...SILENT, list: m.alarms } : m.alarms;
        this.phase.value = m.phase;
        this.verdicts.value = new Map(m.evidence.map((e) => [e.branch, e]));
        for (const e of m.evidence) this.takeOut(e);
        this.needToken.value = false;
        this.trouble.value = null;
        break;
      }
      case 'status':
        if (this.status.value?.case.recording === 'yes' && !m.case.open) this.lastCase.value = this.status.value.case.name;
        this.status.value = m;
        if (m.phase !== this.phase.value) this.phase.value = m.phase;
        break;
      case 'evidence': {
        const { t: _, ...verdict } = m;
        const next = new Map(this.verdicts.value);
        next.set(m.branch, verdict);
        this.verdicts.value = next;
        this.takeOut(m);
        break;
      }
      case 'alarms':
        this.alarms.value = { list: m.list, audio: m.audio };
        break;
      case 'control':
        this.control.value = { holder: m.holder, yours: m.yours };
        break;
      case 'finding':
        if (m.id <= this.lastId) break;
        this.lastId = m.id;
        this.finding(m.id, m.f);
        break;
      case 'trend':
        for (const [sample, channel, branch, role, present, valid, amplitude, onset] of m.points) {
          this.addPoint(branch, channel, SWEEP_ROLES[role] ?? 'lsr', { sample, amplitudeUv: amplitude ?? NaN,
            onsetMs: onset ?? NaN, present: present === 2 ? null : present === 1, valid: valid === 1 });
        }
        this.trendVersion.value++;
        break;
      case 'bye':
        if (m.reason === 'token') this.needToken.value = true;
        this.trouble.value = m.text ?? m.reason;
        break;
      case 'reply':
      case 'time':
        break;
    }
  }

  private finding(id: number, f: Finding): void {
    switch (f.type) {
      case 'stimulus': {
        this.stimuli.push({ sample: f.sample, delivered: f.delivered });
        if (this.stimuli.length > KEPT_STIMULI) this.stimuli.shift();
        const rate = this.hello.value?.rate_hz ?? 0;
        this.stimulation.value = {
          rateHz: stimulusRate(this.stimuli.slice(-11).map((s) => s.sample), rate),
          delivered: f.delivered,
          lastSample: f.sample,
        };
        return;
      }
      case 'sweep': {
        const branch = f.branch === undefined ? 0 : this.branchIndex(f.branch);
        this.addPoint(branch, this.channelIndex(f.channel), f.role, { sample: f.stimulus_sample,
          amplitudeUv: f.amplitude_uv ?? NaN, onsetMs: f.onset_ms ?? NaN, present: f.present, valid: f.valid });
        this.trendVersion.value++;
        return;
      }
      case 'mark': {
        const [key, value] = keyAndValue(f.text);
        if (key === 'channel_off' || key === 'channel_on') this.switchChannel(key === 'channel_off', value);
        this.said.value = heard(this.said.value, f.sample, f.text, f.by);
        this.pendingEvents.push({ id, f });
        return;
      }
      case 'endpoint': {
        const next = new Map(this.verdicts.value);
        const before = next.get(f.branch);
        next.set(f.branch, {
          branch: f.branch, state: f.state, since_sample: f.decided_sample, reason: f.reason, evidence: f.evidence,
          waits_for: f.evidence.checks.filter((c) => c.required && !c.ok).map((c) => c.id),
        });
        // A snapshot in hello is newer than the findings that are repeated behind it.
        if (before === undefined || f.decided_sample >= before.since_sample) this.verdicts.value = next;
        this.pendingEvents.push({ id, f });
        return;
      }
      case 'artifact':
      case 'emg_event':
      case 'alarm':
        this.pendingEvents.push({ id, f });
        return;
      case 'case':
      case 'summary':
        return;
    }
  }

  // Counted, and then an event was recognised that had run through them: they are shown as not judged.
  private takeOut(v: BranchVerdict): void {
    const branch = this.branchIndex(v.branch);
    const fresh = (v.taken_out_samples ?? []).filter((s) => !this.takenOut.has(`${branch}:${s}`));
    if (fresh.length === 0) return;
    for (const s of fresh) this.takenOut.add(`${branch}:${s}`);
    for (const [key, list] of this.sweeps) for (const s of list) this.mend(key, s, s.stimulus);
    for (const [key, series] of this.series) for (const p of series.points) this.mend(key, p, p.sample);
    this.sweepsVersion.value++;
    this.trendVersion.value++;
  }

  private mend(key: string, sweep: { valid: boolean; reason?: string | null }, stimulus: number): void {
    if (!sweep.valid || !key.endsWith(':lsr') || !this.takenOut.has(`${key.slice(0, key.indexOf(':'))}:${stimulus}`)) return;
    sweep.valid = false;
    if (sweep.reason !== undefined) sweep.reason = TAKEN_OUT;
  }

  // The longest label that the mark begins with; what follows is the reason.
  private switchChannel(off: boolean, text: string): void {
    const labels = (this.hello.value?.channels ?? []).map((c) => c.label).filter((l) => text === l || text.startsWith(`${l} `));
    const label = labels.sort((a, b) => b.length - a.length)[0];
    if (label === undefined) return;
    const next = new Map(this.off.value);
    if (off) next.set(label, text.slice(label.length + 1));
    else next.delete(label);
    this.off.value = next;
  }

  private flushEvents(): void {
    if (this.pendingEvents.length === 0) return;
    const all = this.events.value.concat(this.pendingEvents);
    this.pendingEvents = [];
    this.events.value = all.length > KEPT_EVENTS ? all.slice(all.length - KEPT_EVENTS) : all;
  }

  private addPoint(branch: number, channel: number, role: SweepRole, point: SweepPoint): void {
    this.mend(sweepKey(branch, channel, role), point, point.sample);
    this.seriesOf(branch, channel, role).add(point);
  }

  private seriesOf(branch: number, channel: number, role: SweepRole): Series {
    const key = sweepKey(branch, channel, role);
    let series = this.series.get(key);
    if (series === undefined) this.series.set(key, (series = new Series()));
    return series;
  }

  private sweep(frame: SweepFrame): void {
    const key = sweepKey(frame.branch, frame.channel, frame.role);
    const uv = new Float32Array(frame.judged.length); // by hand: from() with a function takes ten times as long
    for (let i = 0; i < uv.length; i++) uv[i] = (frame.judged[i] ?? 0) * frame.uvPerStep;
    const rate = this.hello.value?.rate_hz ?? 1;
    if (frame.template) {
      this.templates.set(key, { firstMs: (frame.first / rate) * 1000, uv, windowMs: frame.windowMs });
    } else {
      let list = this.sweeps.get(key);
      if (list === undefined) this.sweeps.set(key, (list = []));
      const last = list[list.length - 1];
      if (last !== undefined && frame.stimulus <= last.stimulus) return;
      list.push({
        stimulus: frame.stimulus,
        valid: frame.reason === 0,
        reason: frame.reason === 0 ? null : (this.hello.value?.reasons[frame.reason] ?? null),
        present: frame.present,
        amplitudeUv: frame.amplitudeUv,
        onsetMs: frame.onsetMs,
        before: frame.before,
        uv,
      });
      if (list.length > KEPT_SWEEPS) list.shift();
    }
    this.sweepsVersion.value++;
  }
}

// The branch that the case shows: the one that stands worst.
const ORDER = ['recurred', 'withheld', 'present', 'attenuated', 'early_loss', 'rejected', 'absent', 'reached',
  'confirmed', 'baseline', 'setup', 'not_elicited'];

export function worstVerdict(verdicts: ReadonlyMap<string, BranchVerdict>): BranchVerdict | null {
  let worst: BranchVerdict | null = null;
  for (const verdict of verdicts.values()) {
    if (worst === null || ORDER.indexOf(verdict.state) < ORDER.indexOf(worst.state)) worst = verdict;
  }
  return worst;
}

// SPDX-License-Identifier: Apache-2.0
// The page's one running instance: store, worker, commands. Panels import from here; nothing here draws.
import { computed, signal } from '@preact/signals';
import { clock, duration } from './i18n/format';
import { LOUDEST, settings } from './settings';
import type { Said } from './store/said';
import { Store, worstVerdict } from './store/store';
import type { Command, Finding, Reply } from './protocol/messages';
import { nowMs, type FromWorker, type LayoutWish, type ToWorker } from './worker_messages';
import { blind, withoutVerdicts } from './learn/blind';
import type { RecordedDialog } from './replay/kinds';
import type { SweepChannel } from './ui/sweeps';
import { Annunciator } from './sound/annunciator';
import { Loudspeaker } from './sound/loudspeaker';

const ANSWER_MS = 1000;
const JUDGE_MS = 50;
const ALIVE_MS = 250;

export const BUILD = __BUILD__;
export const store = new Store();
export const verdict = computed(() => worstVerdict(store.verdicts.value));
export const frozen = signal<number | null>(null); // end sample of the window that stands still
export const dialog = signal<Dialog | null>(null);
export const toast = signal<string | null>(null);
export const annunciator = new Annunciator(settings.volume, (from, to) => loudspeaker.duck(from, to));
export const loudspeaker = new Loudspeaker(settings.speakerVolume, (port) => post({ k: 'speaker', port }, [port]));

export type Dialog = RecordedDialog
  | { kind: 'phase'; phase: string } | { kind: 'take_back'; mark: Said } | { kind: 'note' } | { kind: 'intensity' } | { kind: 'tof' }
  | { kind: 'case_start' } | { kind: 'channel_off'; label: string } | { kind: 'case_end' } | { kind: 'baseline' } | { kind: 'confirm' } | { kind: 'reject' }
  | { kind: 'take_from'; then: Command | null } | { kind: 'audio_off' } | { kind: 'help' } | { kind: 'thresholds' } | { kind: 'what_if' }
  | { kind: 'sweep'; channel: SweepChannel; stimulus: number } | { kind: 'more' } | { kind: 'who' } | { kind: 'speaker' } | { kind: 'alarm_log' } | { kind: 'setup' } | { kind: 'display' } | { kind: 'name'; then: Command | null };

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const waiting = new Map<number, (reply: Reply) => void>();
let nextId = 1;

function post(message: ToWorker, transfer: Transferable[] = []): void { worker.postMessage(message, transfer); }

// A burst or train that just ended, in the pitch of its muscle; what is told again after a reconnect is
// old news.
const EVENT_NEWS_S = 1;
function soundEvent(f: Finding): void {
  if (f.type !== 'emg_event' || f.kind === 'spike' || settings.eventTones.value === 0) return;
  const rate = store.hello.value?.rate_hz ?? 1;
  if (store.fresh.value.freshness !== 'live' || (store.tick.value?.paintedSample ?? 0) - f.decided_sample > EVENT_NEWS_S * rate) return;
  for (const label of f.channel.split(',')) {
    const place = store.channelIndex(label);
    if (place >= 0) loudspeaker.event(place, nowMs());
  }
}

function listen(): void {
  const wish = settings.listens.value;
  loudspeaker.follow(annunciator.context, wish !== '');
  const sounds = loudspeaker.state.value === 'silent' || loudspeaker.state.value === 'playing';
  const place = wish === LOUDEST ? -1 : store.channelIndex(wish);
  post({ k: 'listen', to: sounds && (wish === LOUDEST || place >= 0) ? place : null });
}

function fromWorker(message: FromWorker): void {
  switch (message.k) {
    case 'tick':
      store.onTick(message, nowMs()); // judges too: timers of a hidden page are slow, messages are not
      break;
    case 'items':
      store.take(blind.value ? message.items.map(withoutVerdicts).filter((i) => i !== null) : message.items);
      for (const item of message.items) {
        if (!('m' in item)) continue;
        if (item.m.t === 'reply') waiting.get(item.m.id)?.(item.m);
        if (item.m.t === 'hello') frozen.value = null;
        if (item.m.t === 'finding') soundEvent(item.m.f);
      }
      break;
    case 'trouble':
      store.trouble.value = message.why;
      break;
    case 'heard':
      store.heard.value = message.channel;
      break;
    case 'closed':
      if (message.code === 4003) store.needToken.value = true;
      break;
  }
}

function tokenOf(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given !== null) sessionStorage.setItem('lsrd.token', given);
  return given ?? sessionStorage.getItem('lsrd.token');
}

export function setToken(token: string): void {
  sessionStorage.setItem('lsrd.token', token);
  location.reload();
}

function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');
}

export function start(viewName: string): void {
  worker.onmessage = (event: MessageEvent<FromWorker>) => fromWorker(event.data);
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  post({ k: 'open', url: `${scheme}://${location.host}/ws`, name: settings.name.value || viewName, token: tokenOf(),
    client: randomName() });
  const look = (): void => {
    store.visible.value = document.visibilityState === 'visible';
    post({ k: 'alive', visible: store.visible.value, audio: annunciator.ability });
    store.judge(nowMs());
    listen();
  };
  setInterval(look, ALIVE_MS);
  document.addEventListener('visibilitychange', look);
  setInterval(() => store.judge(nowMs()), JUDGE_MS);
}

// When a sample was: by the clock in a live case, from the start of the recording in a replay, whose
// clock would be that of another day.
export function timeText(sample: number): string {
  const hello = store.hello.value;
  if (hello === null) return clock(null);
  return hello.kind === 'replay' ? duration(sample / hello.rate_hz) : clock(store.utcOf(sample));
}

// Training: no verdict gets in until it is over.
export function setBlind(on: boolean): void {
  blind.value = on;
  post({ k: 'blind', on });
}

// ---- canvases in the worker
export function giveCanvas(id: string, canvas: HTMLCanvasElement): void {
  const off = canvas.transferControlToOffscreen();
  post({ k: 'canvas', id, canvas: off }, [off]);
}
export function dropCanvas(id: string): void { post({ k: 'drop', id }); }
export function layCanvas(id: string, layout: LayoutWish): void { post({ k: 'layout', id, layout }); }
export function giveLabels(labels: Map<string, ImageBitmap>): void { post({ k: 'labels', labels }, [...labels.values()]); }
export function freezeCanvas(id: string, endSample: number | null): void { post({ k: 'freeze', id, endSample }); }

// ---- commands
function raw(command: Command, ms = ANSWER_MS): Promise<Reply> {
  const id = nextId++;
  return new Promise((resolve) => {
    const settle = (reply: Reply): void => {
      clearTimeout(timer);
      waiting.delete(id);
      resolve(reply);
    };
    const timer = setTimeout(() => settle({ t: 'reply', id, ok: false, error: null }), ms);
    waiting.set(id, settle);
    post({ k: 'command', id, command });
  });
}

// ms: how long the answer may take; what is made first takes its time.
// In training nobody asks what the detectors made of it; the overview is needed for the score and not shown.
const VERDICTS: ReadonlySet<string> = new Set(['activity', 'quality', 'what_if', 'preview', 'alarm_log']);

export function ask(command: Command, ms = ANSWER_MS): Promise<Reply> {
  return blind.value && VERDICTS.has(command.op) ? Promise.resolve({ t: 'reply', id: 0, ok: false, error: null }) : raw(command, ms);
}

// Does a command. Control that nobody holds is taken on the way; control that somebody else holds is
// asked for first, in a dialogue.
export async function act(command: Command, then?: (result: unknown) => void): Promise<boolean> {
  const reply = await actFor(command);
  if (reply?.ok) then?.(reply.result);
  return reply?.ok ?? false;
}

// The same with the answer, which may take ms; null where a dialogue came between.
export async function actFor(command: Command, ms = ANSWER_MS): Promise<Reply | null> {
  if (settings.name.value === '') {
    dialog.value = { kind: 'name', then: command };
    return null;
  }
  const control = store.control.value;
  if (!control.yours && command.op !== 'control_take') {
    if (control.holder !== null) {
      dialog.value = { kind: 'take_from', then: command };
      return null;
    }
    const taken = await raw({ op: 'control_take' }, ms);
    if (!taken.ok) return answer(taken);
  }
  return answer(await raw(command, ms));
}

function answer(reply: Reply): Reply {
  if (!reply.ok) toast.value = reply.error ?? '';
  return reply;
}

export function mark(text: string): Promise<boolean> { return act({ op: 'mark', text }); }

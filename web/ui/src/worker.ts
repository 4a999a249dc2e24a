// SPDX-License-Identifier: Apache-2.0
// The drawing thread: socket in, columns out. Nothing the main thread does can hold up a trace, and a
// main thread that has died is noticed here and written across the canvas.
import { AUDIO_LOUDEST, FLAG_GAP, FLAG_LAST, FRAME_BACKFILL_ENV, type AudioFrame, type Frame } from './protocol/frame';
import type { Finding, Hello, ServerMessage } from './protocol/messages';
import { Link } from './link/link';
import { DEAD_MS, LATE_MS } from './link/stale';
import { Memory } from './wave/memory';
import { chooseLevel } from './wave/ring';
import { Painter, type Band } from './wave/painter';
import type { SpeakerMessage } from './sound/emg_worklet';
import { nowMs, type FromWorker, type Item, type LayoutWish, type ToWorker } from './worker_messages';

const MAIN_DEAD_MS = 2500;
const OLD_SOUND_MS = 500; // never heard later: a stimulus takes a tenth of a second to be known, a frame 20 ms
const KEPT_BANDS = 4000;
// A display too slow for its waves must not be sent the last minute as well, or it never catches up: it waits
// until it keeps up again, and longer each time.
const REFILL_CALM_MS = 2000;
const REFILL_EVERY_MS = 10000;
const REFILL_SELDOM_MS = 160000;
const KEPT_STIMULI = 6000;

interface Surface { painter: Painter; wish: LayoutWish | null }

const surfaces = new Map<string, Surface>();
const bands: Band[] = [];
const stimuli: number[] = [];
let labels = new Map<string, ImageBitmap>();
let link: Link | null = null;
let hello: Hello | null = null;
let ring: Memory | null = null;
let items: Item[] = [];
let flushing = false;
let lastMainAt = nowMs();
let visible = true;
let audio: 'on' | 'blocked' | 'off' = 'off';
let hiddenAt: number | null = null;
let newest = { at: null as number | null, sample: 0, seq: 0 }; // in the ring
let painted = { at: null as number | null, dataAt: null as number | null, sample: 0, seq: 0 };
let handledSeq = 0; // up to here painted, or kept for later because it is old
let speaker: MessagePort | null = null;
let listens: number | null = null;
let heard: number | null = null;
let lastSeq: number | null = null;
let skipped = 0;
let refilledAt = -Infinity;
let refillEvery = REFILL_EVERY_MS;
let refillOwed = false;
let filled = false; // the look back that was asked for has come whole
let troubledAt = -Infinity; // when a wave last came late or was left out
let jump = false; // old frames went into the ring unpainted: the next fresh one paints everything
let frames = 0;
let framesSince = nowMs();
let framesPerS = 0;
let lastFindingId = 0;
let mainDead = false;
let blind = false;

const scope = self as unknown as {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  requestAnimationFrame(callback: () => void): number;
};

function push(item: Item): void {
  items.push(item);
  if (flushing) return;
  flushing = true;
  setTimeout(() => {
    flushing = false;
    const batch = items;
    items = [];
    scope.postMessage({ k: 'items', items: batch });
  }, 12);
}

function clearSource(): void {
  sound(null);
  ring = null;
  lastSeq = null;
  bands.length = 0;
  stimuli.length = 0;
  newest = { at: null, sample: 0, seq: 0 };
  painted = { at: null, dataAt: null, sample: 0, seq: 0 };
  handledSeq = 0;
  lastFindingId = 0;
  for (const surface of surfaces.values()) surface.painter.setRing(null);
}

const sounds = (): object => ({ audio: listens !== null, audio_channel: listens === null || listens < 0 ? null : listens });

// One level serves every canvas: the finest that any of them needs.
function subscribe(force: boolean): void {
  if (link === null || hello === null) return;
  let finest = Infinity;
  for (const { painter, wish } of surfaces.values()) {
    if (wish !== null) finest = Math.min(finest, painter.samplesPerColumn);
  }
  if (!Number.isFinite(finest)) {
    if (force) link.send({ t: 'sub', wave: null, sweeps: true, live: false, ...sounds() });
    return;
  }
  const tenSeconds = chooseLevel(hello.levels, (10 * hello.rate_hz) / 1800);
  const level = Math.min(tenSeconds, chooseLevel(hello.levels, finest));
  if (ring?.level === level && !force) return;
  if (ring === null) {
    ring = new Memory(hello.channels.length, hello.rate_hz, tenSeconds, level);
    for (const surface of surfaces.values()) surface.painter.setRing(ring);
  } else ring.setLevel(level);
  lastSeq = null;
  filled = false;
  link.send({ t: 'sub', wave: { level }, sweeps: true, live: false, ...sounds() });
}

// What the server left out while this display did not read comes again, as a look back.
function refill(): void {
  const now = nowMs();
  if (link === null || ring === null || now - troubledAt < REFILL_CALM_MS || now - refilledAt < refillEvery) return;
  refillEvery = now - refilledAt > REFILL_SELDOM_MS ? REFILL_EVERY_MS : Math.min(refillEvery * 2, REFILL_SELDOM_MS);
  refilledAt = now;
  refillOwed = false;
  link.send({ t: 'sub', wave: null, sweeps: true, live: false, ...sounds() });
  subscribe(true);
}

function layOut(): void {
  if (hello === null) return;
  for (const { painter, wish } of surfaces.values()) {
    if (wish !== null) painter.setLayout({ ...wish, rateHz: hello.rate_hz });
  }
  subscribe(false);
}

function onHello(message: Hello): void {
  const same = hello !== null && hello.source_tag === message.source_tag;
  hello = message;
  if (!same) clearSource();
  layOut();
  subscribe(true);
}

function channelIndex(label: string): number | null {
  const at = hello?.channels.findIndex((c) => c.label === label) ?? -1;
  return at < 0 ? null : at;
}

function addBand(band: Band): void {
  if (blind) return;
  bands.push(band);
  if (bands.length > KEPT_BANDS) bands.splice(0, KEPT_BANDS / 8);
  for (const surface of surfaces.values()) surface.painter.addBand(band);
}

function onFinding(f: Finding): void {
  if (f.type === 'stimulus') {
    const last = stimuli[stimuli.length - 1];
    if (last !== undefined && f.sample <= last) return;
    stimuli.push(f.sample);
    for (const surface of surfaces.values()) surface.painter.addStimulus(f.sample);
    if (stimuli.length > KEPT_STIMULI) stimuli.splice(0, KEPT_STIMULI / 8);
  } else if (f.type === 'artifact') {
    if (f.kind === 'gap') return; // a hole speaks for itself
    addBand({ kind: 'artifact', channel: f.channel === '*' ? null : channelIndex(f.channel), start: f.start_sample,
      end: f.end_sample, label: `artifact.${f.kind}` });
  } else if (f.type === 'emg_event' && f.kind !== 'spike') {
    for (const name of f.channel.split(',')) {
      const channel = channelIndex(name);
      if (channel === null) continue;
      addBand({ kind: 'event', channel, start: f.start_sample, end: f.end_sample, label: `event.${f.kind}` });
    }
  }
}

function onMessage(message: ServerMessage): void {
  if (message.t === 'hello') onHello(message);
  if (message.t === 'finding') {
    if (message.id <= lastFindingId) return;
    lastFindingId = message.id;
    if (hello !== null) link?.seen(hello.source_tag, message.id);
    onFinding(message.f);
  }
  push({ m: message });
}

function sound(message: SpeakerMessage): void { speaker?.postMessage(message, message === null ? [] : [message.data.buffer]); }

function onAudio(frame: AudioFrame): void {
  if (link === null || hello === null || listens === null) return;
  if (frame.source !== (listens < 0 ? AUDIO_LOUDEST : listens)) return;
  if (hello.kind === 'live' && link.clock.ageOf(frame.monoMs, nowMs()) > OLD_SOUND_MS) return;
  if (frame.channel !== heard) scope.postMessage({ k: 'heard', channel: (heard = frame.channel) });
  sound({ first: frame.first, gap: (frame.flags & FLAG_GAP) !== 0, data: frame.data });
}

function onFrame(frame: Frame): void {
  if (hello === null || frame.sourceTag !== hello.source_tag) return;
  if (frame.kind === 'audio') {
    onAudio(frame);
    return;
  }
  if (frame.kind === 'sweep') {
    push({ s: frame });
    return;
  }
  if (frame.kind !== 'wave' || ring === null || link === null || frame.level !== ring.level) return;
  const backfill = frame.type === FRAME_BACKFILL_ENV;
  const end = frame.first + frame.count * 2 ** frame.level;
  const hole = ring.isEmpty ? 0 : frame.first - ring.endSample;
  if (!ring.write(frame)) return;
  if (backfill) {
    jump = true;
    filled ||= (frame.flags & FLAG_LAST) !== 0;
    return;
  }
  if (lastSeq !== null && frame.seq > lastSeq + 1 && frame.flags & FLAG_GAP) {
    skipped += frame.seq - lastSeq - 1;
    troubledAt = nowMs();
    refillOwed ||= hole > (hello.rate_hz * DEAD_MS) / 1000;
  }
  lastSeq = frame.seq;
  const now = nowMs();
  const age = link.clock.ageOf(frame.monoMs, now);
  newest = { at: Number.isFinite(age) ? now - age : null, sample: end, seq: frame.seq };
  if (age > LATE_MS) {
    jump = true;
    troubledAt = now;
  }
}

// A stretch that nobody saw live stays told from what was seen, when it is filled in afterwards.
function noteLate(): void {
  const rate = hello?.rate_hz ?? 1;
  if (painted.at === null || newest.sample - painted.sample < (rate * DEAD_MS) / 1000) return;
  addBand({ kind: 'late', channel: null, start: painted.sample, end: newest.sample, label: 'late' });
}

function paint(): void {
  scope.requestAnimationFrame(paint);
  const now = nowMs();
  frames++;
  if (now - framesSince >= 1000) {
    framesPerS = (frames * 1000) / (now - framesSince);
    frames = 0;
    framesSince = now;
  }
  if (link === null) return;
  const fresh = newest.at !== null && now - newest.at <= LATE_MS;
  const replay = hello?.kind === 'replay';
  let any = false;
  if (jump && fresh && !replay) noteLate();
  for (const { painter } of surfaces.values()) {
    if (jump && (fresh || replay)) painter.repaint();
    // Frames that come out of a full pipe are kept, not played back fast.
    if (!jump || fresh || replay || painter.frozen || painted.at === null) any = painter.paint() || any;
  }
  if (fresh || replay) jump = false;
  // What is too old to be painted as now is acknowledged all the same: the server sends nothing newer
  // before that.
  handledSeq = newest.seq;
  if (newest.seq !== painted.seq || newest.sample !== painted.sample) {
    if (any || surfaces.size === 0) painted = { at: now, dataAt: newest.at ?? painted.dataAt, sample: newest.sample, seq: newest.seq };
  }
  const dead = now - lastMainAt > MAIN_DEAD_MS;
  if (dead !== mainDead) {
    mainDead = dead;
    for (const { painter } of surfaces.values()) dead ? painter.cross() : painter.repaint();
  }
}

function tick(): void {
  if (link === null) return;
  link.tend();
  if (refillOwed) refill();
  scope.postMessage({
    k: 'tick',
    at: nowMs(),
    connected: link.connected,
    connectedAt: link.connectedAt,
    attempts: link.attempts,
    offset: link.clock.offset,
    rttMs: link.clock.rttMs,
    lastMessageAt: link.lastMessageAt,
    newestDataAt: painted.dataAt,
    lastPaintAt: painted.at,
    paintedSample: painted.sample,
    paintedSeq: painted.seq,
    startSample: ring?.startSample ?? 0,
    endSample: ring?.endSample ?? 0,
    filled: filled && !jump,
    framesPerS,
    skipped,
  });
}

function acknowledge(): void {
  if (link?.connected) link.send({ t: 'ack', seq: handledSeq, sample: painted.sample, visible, audio });
}

function show(now: boolean): void {
  if (now === visible) return;
  visible = now;
  if (!now) hiddenAt = nowMs();
  else if (hiddenAt !== null && nowMs() - hiddenAt > 1000) {
    jump = true;
    refillOwed = true;
  }
}

scope.onmessage = (event) => {
  const message = event.data;
  lastMainAt = nowMs();
  switch (message.k) {
    case 'open':
      link = new Link(message, {
        message: onMessage,
        frame: onFrame,
        trouble: (why) => scope.postMessage({ k: 'trouble', why }),
        closed: (code) => scope.postMessage({ k: 'closed', code }),
        changed: (connected) => { if (!connected) lastSeq = null; },
      }, nowMs);
      link.connect();
      break;
    case 'canvas': {
      const painter = new Painter(message.canvas);
      painter.setMarks(bands, stimuli);
      painter.setLabels(labels);
      painter.setRing(ring);
      surfaces.set(message.id, { painter, wish: null });
      break;
    }
    case 'drop':
      surfaces.delete(message.id);
      break;
    case 'layout': {
      const surface = surfaces.get(message.id);
      if (surface === undefined) break;
      surface.wish = message.layout;
      layOut();
      break;
    }
    case 'labels':
      labels = message.labels;
      for (const surface of surfaces.values()) surface.painter.setLabels(labels);
      break;
    case 'freeze':
      surfaces.get(message.id)?.painter.freeze(message.endSample);
      break;
    case 'command':
      link?.command(message.id, message.command);
      break;
    case 'speaker':
      speaker = message.port;
      break;
    case 'listen':
      if (message.to === listens) break;
      listens = message.to;
      heard = null;
      sound(null);
      subscribe(true);
      break;
    case 'blind':
      blind = message.on;
      break;
    case 'alive':
      audio = message.audio;
      show(message.visible);
      break;
  }
};

scope.requestAnimationFrame(paint);
setInterval(tick, 100);
setInterval(acknowledge, 250);

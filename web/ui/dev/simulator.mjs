// SPDX-License-Identifier: Apache-2.0
// A server of lsrd.v1 without a daemon, for work on the page alone: node dev/simulator.mjs [--port 8080]
// [--from SECONDS of the story] [--speed N of the story] [--channels N]. It tells one operation in four
// minutes. Nothing here is a detector: verdicts follow the script below.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';

const arg = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const PORT = Number(arg('port', 8080));
const FROM = Number(arg('from', 0));
const CHANNELS = Number(arg('channels', 8));
const RATE = 20000;
const FRAME = 400; // samples in 20 ms
const STEP_UV = 0.5;
const LEVELS = [2, 3, 4, 5, 6, 7];
const STIM_EVERY = RATE / 3;
const dist = fileURLToPath(new URL('../dist/', import.meta.url));

const MUSCLES = [['FRO', 'frontalis'], ['OOC', 'orbicularis oculi'], ['ZYG', 'zygomaticus'], ['OOR', 'orbicularis oris'],
  ['MENT', 'mentalis'], ['MAS', 'masseter'], ['TRA', 'trapezius'], ['CTR', 'orbicularis oris']];
const channels = Array.from({ length: CHANNELS }, (_, i) => {
  const [label, muscle] = MUSCLES[i % 8];
  return { label: i < 8 ? label : `${label}${i >> 3}`, muscle, side: i === 7 ? 'right' : 'left' };
});
const DIRECT = 1;
const LATERAL = [3, 4];
const BASE_UV = { 1: 3100, 3: 148, 4: 212 };

// The story: second, what is true from then on.
const STORY = [
  [0, { state: 'baseline', lsr: 1 }],
  [14, { state: 'present', lsr: 1 }],
  [24, { phase: 'dura_open', lsr: 0.8 }],
  [34, { event: ['a_train', 'MENT', 1.6, 92, 140] }],
  [38, { alarm: ['train_time', 'medium', 'MENT'] }],
  [48, { clear: 'train_time', lsr: 0.35, state: 'attenuated' }],
  [58, { artifact: ['cautery', '*', 5] }],
  [70, { state: 'present', lsr: 0.9 }],
  [80, { phase: 'decompressed', state: 'absent', lsr: 0 }],
  [114, { state: 'reached', information: 'endpoint_reached' }],
  [140, { state: 'recurred', lsr: 0.5, alarm: ['lsr_recurred', 'medium', 'MENT'] }],
  [152, { state: 'absent', lsr: 0, clear: 'lsr_recurred' }],
  [166, { state: 'withheld', reason: 'stimulus', silent: true, alarm: ['stimulus_lost', 'medium', null] }],
  [180, { state: 'absent', silent: false, clear: 'stimulus_lost' }],
  [214, { state: 'reached', information: 'endpoint_reached' }],
  [226, { phase: 'closing', event: ['burst', 'OOR', 0.2, 60, 90] }],
];

let sample = Math.round(FROM * RATE);
const startedAt = Date.now() - FROM * 1000;
const mono = () => Math.round(performance.now() + 5000);
let told = 0;
let now = { state: 'setup', lsr: 1, silent: false, reason: 'sweeps', since: 0 };
let phase = null;
let findings = [];
let alarms = [];
let audio = { state: 'on', until_mono_ms: null, by: null };
let control = null;
let active = null; // a running event
let cautery = null;
let sweepLog = [];
let nextStim = 0;
let counted = 0;
let sourceTag = 7;
const seqs = {};
const clients = new Set();
let gaussSpare = 0;

function gauss() {
  gaussSpare = gaussSpare * 0.3 + (Math.random() + Math.random() + Math.random() - 1.5) * 2;
  return gaussSpare;
}

function bump(t, at, width, uv) { // a biphasic wave
  const x = (t - at) / width;
  return Math.abs(x) > 4 ? 0 : uv * 1.1 * x * Math.exp(0.5 - x * x / 2) * -0.9;
}

function finding(f) {
  const m = { t: 'finding', id: findings.length + 1, f: { decided_sample: sample, ...f } };
  findings.push(m);
  tell(m);
}

function evidence() {
  const held = Math.max(0, (sample - now.since) / RATE);
  const absent = ['absent', 'reached', 'confirmed'].includes(now.state);
  const valid = absent ? counted : now.state === 'baseline' ? Math.min(20, counted) : 10;
  const checks = [
    ['stimulus', !now.silent, now.silent ? 0.4 : 1, 1, true], ['m_wave', true, 0.96, 0.5, true],
    ['electrodes', true, null, null, true], ['cautery', !cautery, null, null, true],
    ['sweeps', absent && valid >= 30, absent ? valid : 0, 30, true],
    ['hold', absent && held >= 30, absent ? held : 0, 30, true],
    ['phase', phase === 'decompressed' || phase === 'closing', null, null, true],
    ['branches', true, 1, 1, true], ['intensity', false, 21, 21, false],
    ['train_of_four', true, 3, 2, false], ['anaesthetic', true, 42, 15, false], ['direct', true, null, null, true],
  ].map(([id, ok, value, limit, required]) => ({ id, ok, value, limit, required }));
  return {
    valid, responses: absent ? 0 : 10, bound_95: absent ? 1 - 0.05 ** (1 / Math.max(1, valid)) : 1,
    hold_s: absent ? held : 0, since_sample: now.since, m_ratio: now.silent ? null : 0.96,
    channels: LATERAL.map((c) => ({ channel: channels[c].label, baseline_uv: BASE_UV[c], now_uv: BASE_UV[c] * now.lsr + 3 })),
    checks,
  };
}

function verdict() {
  const e = evidence();
  return { branch: 'zygomatic', state: now.state, since_sample: now.since, reason: now.reason ?? 'sweeps', evidence: e,
    waits_for: e.checks.filter((c) => c.required && !c.ok).map((c) => c.id) };
}

function tell(message) {
  const text = JSON.stringify(message);
  for (const c of clients) if (c.ready) c.socket.send(text);
}

function tellAlarms() { tell({ t: 'alarms', list: alarms, audio }); }

function act(e) {
  const before = now.state;
  if (e.phase) {
    phase = e.phase;
    finding({ type: 'mark', sample, text: `phase=${e.phase}`, by: 'Li Wei' });
  }
  if (e.event) active = { kind: e.event[0], channel: e.event[1], start: sample, end: sample + e.event[2] * RATE, hz: e.event[3], uv: e.event[4] };
  if (e.artifact) cautery = { kind: e.artifact[0], channel: e.artifact[1], start: sample, end: sample + e.artifact[2] * RATE };
  if (e.alarm) {
    const [id, priority, channel] = e.alarm;
    alarms.push({ key: `${id}:${sample}`, id, priority, state: 'active', raised_sample: sample, raised_utc_ms: Date.now(),
      cleared_utc_ms: null, channel, branch: id === 'lsr_recurred' ? 'zygomatic' : null, acked_by: null, acked_utc_ms: null });
    finding({ type: 'alarm', id, priority, state: 'raised', channel, branch: null, text: id });
    tellAlarms();
  }
  if (e.information) {
    alarms = alarms.filter((a) => a.id !== e.information);
    alarms.push({ key: `${e.information}:${sample}`, id: e.information, priority: 'information', state: 'active', raised_sample: sample,
      raised_utc_ms: Date.now(), cleared_utc_ms: null, channel: null, branch: 'zygomatic', acked_by: null, acked_utc_ms: null });
    finding({ type: 'alarm', id: e.information, priority: 'information', state: 'raised', channel: null, branch: 'zygomatic', text: e.information });
    tellAlarms();
  }
  if (e.clear) {
    alarms = alarms.filter((a) => a.id !== e.clear);
    finding({ type: 'alarm', id: e.clear, priority: 'medium', state: 'cleared', channel: null, branch: null, text: e.clear });
    tellAlarms();
  }
  const { state, lsr, silent, reason } = e;
  now = { ...now, ...(lsr === undefined ? {} : { lsr }), ...(silent === undefined ? {} : { silent }) };
  if (state) {
    const restart = state === 'absent' || before === 'setup';
    now = { ...now, state, reason: reason ?? 'sweeps', since: restart ? sample : now.since };
    if (restart) counted = 0;
    finding({ type: 'endpoint', branch: 'zygomatic', state, from: before, reason: now.reason, evidence: evidence() });
    if (state !== 'reached' && alarms.some((a) => a.id === 'endpoint_reached')) {
      alarms = alarms.filter((a) => a.id !== 'endpoint_reached');
      tellAlarms();
    }
  }
}

function header(bytes, type, flags, seq, first, C, N, level) {
  const b = Buffer.alloc(bytes);
  b[0] = type; b[1] = flags; b.writeUInt16LE(bytes, 2); b.writeUInt32LE(seq, 4);
  b.writeBigInt64LE(BigInt(Math.round(first)), 8); b.writeUInt16LE(C, 16); b.writeUInt16LE(N, 18);
  b[20] = level; b.writeUInt16LE(sourceTag, 22); b.writeFloatLE(STEP_UV, 24); b.writeUInt32LE(mono() % 4294967296, 28);
  return b;
}

const steps = (uv) => Math.max(-32768, Math.min(32767, Math.round(uv / STEP_UV)));

// One second of envelopes is kept a level, sixty for back-fill.
const past = new Map(LEVELS.map((k) => [k, []]));

function wave(first, raw, stimulated) {
  for (const k of LEVELS) {
    const size = 2 ** k;
    // Frames hold whole blocks: what does not fill one stays for the next.
    const store = (wave.rest ??= new Map());
    const rest = store.get(k) ?? { first, data: raw.map(() => []) };
    raw.forEach((r, c) => { for (const v of r) rest.data[c].push(v); });
    const N = Math.floor(rest.data[0].length / size);
    const body = Buffer.alloc(CHANNELS * N * 4);
    rest.data.forEach((d, c) => {
      for (let i = 0; i < N; i++) {
        let lo = Infinity;
        let hi = -Infinity;
        for (let j = i * size; j < (i + 1) * size; j++) { if (d[j] < lo) lo = d[j]; if (d[j] > hi) hi = d[j]; }
        body.writeInt16LE(steps(lo), (c * N + i) * 4);
        body.writeInt16LE(steps(hi), (c * N + i) * 4 + 2);
      }
    });
    seqs[k] = (seqs[k] ?? 0) + 1;
    const frame = Buffer.concat([header(32, 2, stimulated ? 8 : 0, seqs[k], rest.first, CHANNELS, N, k), body]);
    store.set(k, { first: rest.first + N * size, data: rest.data.map((d) => d.slice(N * size)) });
    const kept = past.get(k);
    kept.push(frame);
    if (kept.length > 3000) kept.shift();
    for (const c of clients) if (c.level === k && c.socket.bufferedAmount < 65536) c.socket.send(frame);
  }
}

function sweepFrame(type, c, stim, reason, present, uv, values, before) {
  const N = values.length;
  const b = header(72, type, 0, (seqs.sweep = (seqs.sweep ?? 0) + 1), type === 6 ? -before : stim - before, 1, N, 0);
  b.writeBigInt64LE(BigInt(type === 6 ? 0 : stim), 32); b.writeUInt16LE(before, 40); b.writeUInt16LE(c, 42);
  b[45] = c === DIRECT ? 0 : 1; b[46] = reason; b[47] = present;
  b.writeFloatLE(uv, 48); b.writeFloatLE(present === 1 ? 10.4 : NaN, 52); b.writeFloatLE(present === 1 ? 12 : -9, 56);
  b.writeFloatLE(c === DIRECT ? 2.5 : 8.6, 60); b.writeFloatLE(c === DIRECT ? 8 : 17, 64);
  const body = Buffer.alloc(N * 2);
  values.forEach((v, i) => body.writeInt16LE(steps(v), i * 2));
  return Buffer.concat([b, body]);
}

function sweepShape(c, lsr, noise) {
  const before = 100;
  const jitter = (Math.random() - 0.5) * 0.5;
  return Array.from({ length: 800 }, (_, i) => {
    const t = ((i - before) / RATE) * 1000;
    let v = noise * gauss() * 2.4;
    if (t > -0.05 && t < 1.2) v += 900 * Math.exp(-t / 0.25);
    if (c === DIRECT) v += bump(t, 4.2, 0.8, BASE_UV[1]);
    else v += bump(t, 4.4, 0.7, 26) + bump(t, 11.2 + jitter, 1.0, BASE_UV[c] * lsr * 0.72) + bump(t, 14.1 + jitter * 1.5, 0.7, BASE_UV[c] * lsr * 0.35);
    return v;
  });
}

function stimulus(at) {
  const delivered = !now.silent;
  finding({ type: 'stimulus', sample: at, branch: 'zygomatic', source: 'trigger', delivered });
  const invalid = now.silent ? ['stimulus', 4] : cautery ? ['artifact', 1] : [null, 0];
  if (!invalid[1]) counted++;
  for (const c of [DIRECT, ...LATERAL]) {
    const factor = now.lsr * (0.75 + Math.random() * 0.5);
    const uv = c === DIRECT ? BASE_UV[1] * (0.94 + Math.random() * 0.05) : BASE_UV[c] * factor + 4 + Math.random() * 3;
    const learned = now.state !== 'setup' && now.state !== 'baseline';
    const present = invalid[1] || !learned ? 2 : c === DIRECT || uv > 25 ? 1 : 0;
    finding({ type: 'sweep', stimulus_sample: at, channel: channels[c].label, branch: 'zygomatic', role: c === DIRECT ? 'direct' : 'lsr',
      valid: !invalid[1], reason: invalid[0], present: present === 2 ? null : present === 1, score: 3, amplitude_uv: uv,
      onset_ms: present === 1 ? 10.4 : null });
    const frame = sweepFrame(3, c, at, invalid[1], present, uv, sweepShape(c, now.silent ? 0 : factor, cautery ? 30 : 1), 100);
    sweepLog.push(frame);
    if (sweepLog.length > 72) sweepLog.shift();
    for (const client of clients) if (client.sweeps) client.socket.send(frame);
  }
}

function period() {
  while (told < STORY.length && STORY[told][0] * RATE <= sample) act(STORY[told++][1]);
  const end = sample + FRAME;
  let stimulated = false;
  const raw = channels.map((_, c) => {
    const out = new Float32Array(FRAME);
    for (let i = 0; i < FRAME; i++) out[i] = 3.2 * gauss() + (c === 5 ? 4 * gauss() : 0);
    return out;
  });
  if (cautery) for (const r of raw) for (let i = 0; i < FRAME; i++) r[i] += 900 * gauss();
  if (active) {
    const c = channels.findIndex((x) => x.label === active.channel);
    for (let i = 0; i < FRAME; i++) {
      const t = ((sample + i - active.start) / RATE) * 1000;
      const period = 1000 / active.hz;
      raw[c][i] += bump(t % period, period / 2, 1.1, active.uv);
    }
  }
  while (nextStim < end) {
    if (nextStim >= sample && !now.silent) {
      stimulated = true;
      const from = Math.round(nextStim) - sample;
      for (const [c, r] of raw.entries()) {
        for (let i = from; i < FRAME; i++) {
          const t = ((i - from) / RATE) * 1000;
          r[i] += 700 * Math.exp(-t / 0.3) * (c === DIRECT ? 1.5 : 0.5);
          if (c === DIRECT) r[i] += bump(t, 4.2, 0.8, 900);
          if (LATERAL.includes(c)) r[i] += bump(t, 11.2, 1, BASE_UV[c] * now.lsr * 0.7);
        }
      }
    }
    if (nextStim >= sample) pendingStim.push(Math.round(nextStim));
    nextStim += STIM_EVERY;
  }
  wave(sample, raw, stimulated);
  sample = end;
  while (pendingStim.length && pendingStim[0] + 800 < sample) stimulus(pendingStim.shift());
  if (active && active.end < sample) {
    finding({ type: 'emg_event', kind: active.kind, channel: active.channel, start_sample: active.start, end_sample: active.end,
      frequency_hz: active.hz, amplitude_uv: active.uv });
    active = null;
  }
  if (cautery && cautery.end < sample) {
    finding({ type: 'artifact', kind: cautery.kind, channel: cautery.channel, start_sample: cautery.start, end_sample: cautery.end });
    cautery = null;
  }
}
const pendingStim = [];

function caseInfo() {
  return { open: true, name: 'sim-0231', recording: 'yes', started_utc_ms: startedAt, samples: sample, free_s: 86400 };
}

function status() {
  tell({ t: 'status', mono_ms: mono(), utc_ms: Date.now(), newest_sample: sample, newest_mono_ms: mono(), acquisition: 'ok',
    case: caseInfo(), phase, stimulation: 'on', control,
    displays: [...clients].filter((c) => c.ready).map((c) => ({ name: c.name, role: 'control', audio: c.audio ?? 'off', visible: c.visible ?? true, painted_age_ms: 40 })),
    lost_samples: 0, latency_us: 1800, replay: null });
  tell({ t: 'evidence', ...verdict() });
}

function command(client, m) {
  const mark = (text) => finding({ type: 'mark', sample, text, by: client.name });
  switch (m.op) {
    case 'control_take': control = client.name; for (const c of clients) c.socket.send(JSON.stringify({ t: 'control', holder: control, yours: c === client })); return null;
    case 'control_release': control = null; tell({ t: 'control', holder: null, yours: false }); return null;
    case 'options': return null;
  }
  if (control !== client.name) return control ? `${control} holds control` : 'take control first';
  switch (m.op) {
    case 'mark':
      mark(m.text);
      if (m.text.startsWith('phase=')) phase = m.text.slice(6).split(' ')[0];
      if (m.text === 'confirm') act({ state: 'confirmed', reason: 'confirm' });
      if (m.text === 'reject') act({ state: 'rejected', reason: 'reject' });
      return null;
    case 'ack':
      for (const a of alarms) if (a.key === m.key) { a.state = 'acknowledged'; a.acked_by = client.name; a.acked_utc_ms = Date.now(); }
      tellAlarms();
      return null;
    case 'audio_pause': audio = { state: 'paused', until_mono_ms: mono() + m.seconds * 1000, by: client.name }; tellAlarms(); return null;
    case 'audio_resume': audio = { state: 'on', until_mono_ms: null, by: client.name }; tellAlarms(); return null;
    case 'audio_off': audio = { state: 'off', until_mono_ms: null, by: client.name }; tellAlarms(); return null;
    default: return `${m.op}: not simulated`;
  }
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2', '.svg': 'image/svg+xml' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "worker-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const http = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://x').pathname;
  const file = ['/', '/wall', '/phone'].includes(path) ? 'index.html' : path.slice(1);
  try {
    if (file.includes('..')) throw new Error('no');
    const body = await readFile(join(dist, file));
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP }).end(body);
  } catch {
    response.writeHead(404).end();
  }
});
const server = new WebSocketServer({ server: http, path: '/ws', handleProtocols: (p) => (p.has('lsrd.v1') ? 'lsrd.v1' : false) });
server.on('connection', (socket) => {
  const client = { socket, ready: false, level: null, sweeps: false, name: '?' };
  clients.add(client);
  socket.on('close', () => clients.delete(client));
  socket.on('message', (data) => {
    const m = JSON.parse(String(data));
    const send = (x) => socket.send(JSON.stringify(x));
    if (m.t === 'hi') {
      client.name = m.name;
      client.ready = true;
      const from = m.resume?.source_tag === sourceTag ? m.resume.last_finding : 0;
      send({ t: 'hello', proto: 'lsrd.v1', build: 'simulator', source_tag: sourceTag, kind: 'live', source: 'patient', site: 'or1',
        rate_hz: RATE, channels, branches: [{ name: 'zygomatic', direct: DIRECT, lateral: LATERAL }], levels: LEVELS,
        reasons: ['valid', 'artifact', 'saturated', 'electrode', 'stimulus', 'activity', 'gap', 'settling', 'rate'], window_ms: [6, 25],
        filters: { free: [30, 3000], evoked: [10, 5000], hum_hz: 50 }, mono_ms: mono(), utc_ms: Date.now(), case: caseInfo(),
        last_finding: findings.length, you: { name: m.name, role: 'control' }, alarms: { list: alarms, audio }, evidence: [verdict()], phase });
      send({ t: 'control', holder: control, yours: control === m.name });
      for (const f of findings.slice(from)) send(f);
    }
    if (m.t === 'sub') {
      client.sweeps = m.sweeps;
      if (m.sweeps) {
        for (const c of [DIRECT, ...LATERAL]) socket.send(sweepFrame(6, c, 0, 0, 2, BASE_UV[c], sweepShape(c, 1, 0.2), 100));
        for (const f of sweepLog) socket.send(f);
      }
      client.level = m.wave?.level ?? null;
      for (const f of past.get(client.level) ?? []) { const b = Buffer.from(f); b[0] = 5; socket.send(b); }
    }
    if (m.t === 'ack') { client.audio = m.audio; client.visible = m.visible; }
    if (m.t === 'time') send({ t: 'time', c0: m.c0, s1: mono(), s2: mono() });
    if (m.t === 'cmd') { const error = command(client, m); send({ t: 'reply', id: m.id, ok: error === null, error }); }
  });
});

// Catch up to where the story starts without sending, so that a late start has its past.
if (FROM > 0) {
  const target = sample;
  sample = Math.max(0, target - 60 * RATE);
  nextStim = sample;
  while (told < STORY.length && STORY[told][0] * RATE < sample) act(STORY[told++][1]);
  while (sample < target) period();
}
const zero = performance.now() - (sample / RATE) * 1000;
setInterval(() => { while (zero + ((sample + FRAME) / RATE) * 1000 <= performance.now()) period(); }, 10);
setInterval(status, 250);
http.listen(PORT, '127.0.0.1', () => console.log(`simulator on http://127.0.0.1:${PORT}/`));

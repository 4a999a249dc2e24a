// SPDX-License-Identifier: Apache-2.0
// Starts the real daemon on a free port and a real Chromium, and speaks TAP.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../web/ui/package.json', import.meta.url));
export const { chromium } = require('playwright-core');
export const WebSocket = require('ws');
export const esbuild = require('esbuild');
const axeSource = require('axe-core').source;
const root = fileURLToPath(new URL('../../', import.meta.url));
export const binary = process.env['LSRD_BIN'] ?? join(root, 'build/lsrd');
export const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'];
export const shortScenario = join(root, 'tests/e2e/short.scenario');

// Daemons of one test hear of each other, and of nobody else's.
const runtime = mkdtempSync(join(tmpdir(), 'lsrd-run-'));

// Whatever a test ends by, no daemon and no folder outlives it.
const started = new Map();
process.on('exit', () => {
  for (const child of started.keys()) child.kill('SIGKILL');
  // One that dies this moment may still be writing there.
  for (const directory of [runtime, ...started.values()]) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// A page must say what is wrong within a second: five times that catches a hang, and a slow machine is none.
export const SAFETY_MS = 5000;
// For everything else. How fast things are is measured by the benches.
const HANG_MS = 30000;

// Waits until `look` gives something true; says what it waited for when it never does.
export async function until(what, look, ms = HANG_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

// prepare: makes what the daemon needs in its folder; sets may be a function of that folder.
export async function startDaemon({ port, sets = {}, command = ['run'], scenario = shortScenario, environment = {}, prepare, bare = false } = {}) {
  port ??= await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'lsrd-e2e-'));
  const replay = command[0] === 'replay';
  prepare?.(directory);
  const usual = { 'stimulus.trigger': 'STIM', 'branch.zygomatic.direct': 'OOC', 'branch.zygomatic.lateral': 'MENT,OOR', 'endpoint.hold': '5s',
    ...(replay ? {} : { 'device.source': 'patient', 'device.scenario': scenario, 'device.autostart': 'yes' }) };
  const all = { 'web.port': port, ...(bare ? {} : usual), ...(typeof sets === 'function' ? sets(directory) : sets) };
  const args = [...command, ...Object.entries(all).flatMap(([k, v]) => ['--set', `${k}=${v}`])];
  const child = spawn(binary, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, XDG_RUNTIME_DIR: runtime, ...environment } });
  started.set(child, directory);
  let log = '';
  let ended = false;
  child.stderr.on('data', (d) => { log += d; });
  const gone = new Promise((resolve) => child.on('exit', () => { ended = true; resolve(); }));
  const url = `http://127.0.0.1:${port}/`;
  await until('the daemon answers', async () => {
    if (ended) throw new Error(`the daemon ended: ${log}`);
    return fetch(url).then((r) => r.ok, () => false);
  });
  return {
    port, url, child, directory,
    log: () => log,
    signal: (name) => child.kill(name),
    stop: async () => {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await gone;
      clearTimeout(timer);
      rmSync(directory, { recursive: true, force: true });
    },
    kill: async () => { child.kill('SIGKILL'); await gone; },
  };
}

export async function startBrowser() {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS });
}

// Opens a page that keeps what it complained about and whom it asked. before: runs in it ahead of its own code.
export async function openPage(browser, url, { width = 1920, height = 1080, ready = true, before } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, screen: { width, height } });
  const page = await context.newPage();
  if (before) await page.addInitScript(before);
  page.complaints = [];
  page.hosts = new Set();
  page.on('console', (m) => { if (m.type() === 'error' && !/WebSocket connection|ERR_CONNECTION/.test(m.text())) page.complaints.push(m.text()); });
  page.on('pageerror', (e) => page.complaints.push(String(e)));
  page.on('request', (r) => page.hosts.add(new URL(r.url()).host));
  await page.goto(url, { waitUntil: 'domcontentloaded', timeout: 60000 }); // fonts come when they come
  if (ready) await live(page);
  return page;
}

// What axe finds on the page as it stands, or in a part of it.
export async function axeFindings(page, part = 'html') {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
  return page.evaluate(async (where) => {
    const { violations } = await window.axe.run(where, { resultTypes: ['violations'] });
    return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).slice(0, 3).join(' | ')}`);
  }, part);
}

export const freshness = (page) => page.evaluate(() => document.querySelector('.fresh')?.className.replace('fresh', '').trim() ?? '');
export const live = (page, ms = HANG_MS) => until('the page is live', async () => (await freshness(page)) === 'live', ms);
export const textOf = (page, selector) => page.evaluate((s) => document.querySelector(s)?.textContent ?? '', selector);
export const stateOf = (page) => page.evaluate(() => document.querySelector('.verdict')?.className.replace('verdict', '').replace('hatch', '').trim() ?? '');

const tests = [];
export function test(name, body) { tests.push([name, body]); }

export async function run() {
  const only = process.argv[2];
  const chosen = only === undefined ? tests : tests.filter(([name]) => name.includes(only));
  console.log(`1..${chosen.length}`);
  let failed = 0;
  for (const [i, [name, body]] of chosen.entries()) {
    try {
      await body();
      console.log(`ok ${i + 1} - ${name}`);
    } catch (error) {
      failed++;
      console.log(`not ok ${i + 1} - ${name}`);
      console.log(String(error?.stack ?? error).split('\n').map((l) => `# ${l}`).join('\n'));
    }
  }
  process.exit(failed > 0 ? 1 : 0);
}

export function same(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: ${JSON.stringify(actual)} where ${JSON.stringify(expected)} was due`);
}
export function ok(value, what) { if (!value) throw new Error(what); }

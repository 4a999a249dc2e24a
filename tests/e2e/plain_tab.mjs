// SPDX-License-Identifier: Apache-2.0
// A tab without the driver of the other tests, which tells every page that it is seen and holds back the
// thread that renders sound.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLAGS, freePort, until, WebSocket } from './harness.mjs';

export async function startPlainBrowser() {
  const port = await freePort();
  const profile = mkdtempSync(join(tmpdir(), 'lsrd-tabs-'));
  const child = spawn(process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    ['--headless', ...FLAGS, `--remote-debugging-port=${port}`, `--user-data-dir=${profile}`, '--window-size=1920,1080'], { stdio: 'ignore', detached: true });
  const kill = () => { try { process.kill(-child.pid, 'SIGKILL'); } catch { /* it has ended */ } };
  process.on('exit', kill);
  const base = `http://127.0.0.1:${port}/json`;
  await until('the browser answers', () => fetch(`${base}/version`).then((r) => r.ok, () => false));
  return {
    // first: runs in the page before its own scripts.
    open: async (url, first) => {
      const tab = await connect(await (await fetch(`${base}/new?about:blank`, { method: 'PUT' })).json());
      await tab.send('Page.enable');
      if (first) await tab.send('Page.addScriptToEvaluateOnNewDocument', { source: `(${first})()` });
      await tab.send('Page.navigate', { url });
      return tab;
    },
    show: (tab) => fetch(`${base}/activate/${tab.id}`),
    stop: async () => {
      kill();
      await new Promise((resolve) => child.on('exit', resolve));
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function connect(target) {
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); });
  const waiting = new Map();
  let last = 0;
  socket.on('message', (text) => {
    const { id, result } = JSON.parse(text);
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  const send = (method, params = {}) => new Promise((resolve) => {
    waiting.set(++last, resolve);
    socket.send(JSON.stringify({ id: last, method, params }));
  });
  const evaluate = async (what, argument) => {
    const { result, exceptionDetails } = (await send('Runtime.evaluate', { expression: `(${what})(${JSON.stringify(argument) ?? ''})`,
      returnByValue: true, awaitPromise: true })) ?? {};
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result?.value; // nothing while the page is being loaded
  };
  const picture = async (selector) => {
    const clip = await evaluate((s) => {
      const { x, y, width, height } = document.querySelector(s).getBoundingClientRect();
      return { x, y, width, height, scale: 1 };
    }, selector);
    return (await send('Page.captureScreenshot', { format: 'png', clip })).data;
  };
  return { id: target.id, send, evaluate, picture };
}

// SPDX-License-Identifier: Apache-2.0
// Brings the replay of a recorded case to a second and holds it there, for tests and pictures of a state.
import { freshness, textOf, until, WebSocket } from './harness.mjs';

const SLOW = 60000; // a busy machine

// Holds control of a replay and brings it to a second, exactly.
export async function conductor(daemon) {
  const socket = new WebSocket(`ws://127.0.0.1:${daemon.port}/ws`, 'lsrd.v1', { origin: `http://127.0.0.1:${daemon.port}` });
  let status = null;
  let rate = 20000;
  let id = 1;
  const say = (m) => socket.send(JSON.stringify(m));
  await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); });
  socket.on('message', (data, binary_) => {
    if (binary_) return;
    const m = JSON.parse(String(data));
    if (m.t === 'status') status = m;
    if (m.t === 'hello') rate = m.rate_hz;
  });
  say({ t: 'hi', token: null, name: 'screenshots', client: 'screenshots-1', resume: null });
  const timer = setInterval(() => say({ t: 'ack', seq: 0, sample: 0, visible: false, audio: 'off' }), 250);
  const command = (op, fields = {}) => say({ t: 'cmd', id: id++, op, ...fields });
  command('control_take');
  return {
    to: async (second) => {
      command('replay_pause');
      command('replay_seek', { sample: Math.round(second * rate) });
      await until(`the replay stands at ${second} s`, () => status?.replay && !status.replay.playing &&
        Math.abs(status.replay.position - second * rate) < rate / 4 && Math.abs(status.newest_sample - second * rate) < rate / 4, SLOW);
    },
    play: async (speed) => {
      command('replay_speed', { speed });
      command('replay_play');
      await until('the replay plays', () => status?.replay?.playing, SLOW);
    },
    second: () => (status?.replay?.position ?? 0) / rate,
    end: () => { clearInterval(timer); socket.terminate(); },
  };
}

// The page stands at the second, and its look back is whole and painted.
export async function settled(page, second) {
  const at = `${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, '0')}`;
  await until(`the page stands at ${at}`, async () => (await freshness(page)) === 'paused' && (await textOf(page, '.clock')) === at, SLOW);
  await until('the traces are whole', () => page.evaluate(() => window.lsrd.store.tick.value?.filled), SLOW);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

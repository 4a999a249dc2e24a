// SPDX-License-Identifier: Apache-2.0
// The same envelopes of the same daemon, drawn by uPlot on the main thread: one plot for each channel, its
// data replaced in every frame, as a page without a drawing module of its own would do it.
import uPlot from 'uplot';
import { decodeFrame } from '../src/protocol/frame.ts';
import { chooseLevel, EnvelopeRing } from '../src/wave/ring.ts';
import { columnExtent, columnOf, columnStart } from '../src/wave/columns.ts';

const WINDOW_S = 10;
const socket = new WebSocket(`ws://${location.host}/ws`, 'lsrd.v1');
socket.binaryType = 'arraybuffer';
let hello = null;
let ring = null;
let sweep = null;
let plots = [];
let seq = 0;
let sample = 0;
window.frames_drawn = [];

function begin() {
  const width = 1000;
  sweep = { columns: width, windowSamples: WINDOW_S * hello.rate_hz };
  const level = chooseLevel(hello.levels, sweep.windowSamples / sweep.columns);
  ring = new EnvelopeRing(hello.channels.length, level, hello.rate_hz, 60);
  document.body.textContent = '';
  plots = hello.channels.map(() => new uPlot({ width, height: Math.floor(innerHeight / hello.channels.length), legend: { show: false }, cursor: { show: false },
    scales: { x: { time: false }, y: { range: [-200, 200] } }, axes: [{ show: false }, { show: false }],
    series: [{}, { stroke: '#A9E5B5', points: { show: false } }] }, [[], []], document.body));
  socket.send(JSON.stringify({ t: 'sub', wave: { level }, sweeps: true, live: false, audio: false }));
}

socket.onopen = () => socket.send(JSON.stringify({ t: 'hi', token: null, name: 'uplot', client: 'uplot-bench-page', resume: null }));
socket.onmessage = ({ data }) => {
  if (typeof data === 'string') {
    const m = JSON.parse(data);
    if (m.t === 'hello') { hello = m; begin(); }
    return;
  }
  const frame = decodeFrame(data);
  if (frame.kind !== 'wave' || ring === null || frame.sourceTag !== hello.source_tag || frame.level !== ring.level) return;
  ring.write(frame);
  seq = Math.max(seq, frame.seq);
  sample = ring.endSample;
};
setInterval(() => { if (socket.readyState === 1) socket.send(JSON.stringify({ t: 'ack', seq, sample, visible: true, audio: 'off' })); }, 250);

function draw(now) {
  requestAnimationFrame(draw);
  window.frames_drawn.push(now);
  if (ring === null || ring.isEmpty) return;
  const newest = columnOf(sweep, ring.endSample - 1);
  plots.forEach((plot, channel) => {
    const x = [];
    const y = [];
    for (let c = newest - sweep.columns + 1; c <= newest; c++) {
      const extent = columnExtent(ring, sweep, channel, c);
      const at = columnStart(sweep, c);
      x.push(at, at + 1);
      y.push(extent?.min ?? null, extent?.max ?? null);
    }
    plot.setData([x, y]);
  });
}
requestAnimationFrame(draw);

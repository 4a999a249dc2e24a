// SPDX-License-Identifier: Apache-2.0
// What is heard: alarm tones measured from the browser's own rendering, and the EMG loudspeaker from the
// daemon's mixer to the output of the audio graph.
import { startPlainBrowser } from './plain_tab.mjs';
import { esbuild, live, ok, run, same, startBrowser, startDaemon, test, textOf, until } from './harness.mjs';

const RATE = 44100;
// Limits of IEC 60601-1-8, tables 3 and 4, in seconds: pulse, gaps in order, from burst to burst.
const X = [0.05, 0.125];
const Y = [0.125, 0.25];
const WIDE = [2 * 0.05 + 0.075, 2 * 0.125 + 0.2]; // 2x and a pulse
const FIVE = [X, X, WIDE, X];
const LIMITS = {
  high: { pulse: [0.075, 0.2], gaps: [...FIVE, [0.35, 1.3], ...FIVE], repeat: [2.5, 15] },
  medium: { pulse: [0.125, 0.25], gaps: [Y, Y], repeat: [2.5, 30] },
  low: { pulse: [0.125, 0.25], gaps: [Y], repeat: [15, Infinity] },
};

const browser = await startBrowser();
const bundle = await esbuild.build({ entryPoints: [new URL('../../web/ui/src/sound/tones.ts', import.meta.url).pathname], bundle: true,
  write: false, format: 'iife', globalName: 'tones' });

// Renders what `call` writes into an offline context; the samples.
async function rendered(call, seconds) {
  const page = await (await browser.newContext()).newPage();
  await page.evaluate(bundle.outputFiles[0].text.replace('var tones', 'window.tones'));
  const text = await page.evaluate(async ({ code, rate, length }) => {
    const context = new OfflineAudioContext(1, rate * length, rate);
    new Function('tones', 'context', code)(window.tones, context);
    const data = (await context.startRendering()).getChannelData(0);
    return Array.from(data, (v) => Math.round(v * 1e6)).join();
  }, { code: call, rate: RATE, length: seconds });
  const repeat = await page.evaluate(() => Object.fromEntries(Object.entries(window.tones.PATTERNS).map(([k, v]) => [k, v.repeatS])));
  await page.context().close();
  return { data: Float64Array.from(text.split(','), (v) => Number(v) / 1e6), repeat };
}

// The largest sample within a period of the fundamental to either side.
function envelope(data) {
  const reach = Math.round(RATE / 523);
  const out = new Float64Array(data.length);
  const queue = [];
  for (let i = 0; i < data.length + reach; i++) {
    if (i < data.length) {
      while (queue.length && Math.abs(data[queue[queue.length - 1]]) <= Math.abs(data[i])) queue.pop();
      queue.push(i);
    }
    while (queue[0] < i - 2 * reach) queue.shift();
    if (i >= reach) out[i - reach] = Math.abs(data[queue[0]]);
  }
  return out;
}

// Pulses between their 90 % points, as the standard measures them, and how long they rise from 10 to 90 %.
function pulsesOf(data) {
  const e = envelope(data);
  const reach = Math.round(RATE / 523); // the envelope begins so much early and ends so much late
  const top = e.reduce((m, v) => Math.max(m, v), 0);
  const found = [];
  let from = -1;
  for (let i = 0; i <= e.length; i++) {
    const loud = i < e.length && e[i] > top * 0.05;
    if (loud && from < 0) from = i;
    if (loud || from < 0) continue;
    const part = e.slice(from, i);
    const peak = part.reduce((m, v) => Math.max(m, v), 0);
    const at = (share) => part.findIndex((v) => v >= share * peak);
    const last = part.length - 1 - [...part].reverse().findIndex((v) => v >= 0.9 * peak);
    found.push({ start: (from + at(0.9) + reach) / RATE, end: (from + last - reach) / RATE, rise: (at(0.9) - at(0.1)) / RATE, peak });
    from = -1;
  }
  return found;
}

function strength(data, from, to, hz) {
  let re = 0;
  let im = 0;
  const n = Math.round((to - from) * RATE);
  for (let i = 0; i < n; i++) {
    const w = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / n);
    const v = data[Math.round(from * RATE) + i] * w;
    re += v * Math.cos((2 * Math.PI * hz * i) / RATE);
    im += v * Math.sin((2 * Math.PI * hz * i) / RATE);
  }
  return Math.hypot(re, im);
}

const within = (value, [low, high], what) => ok(value >= low && value <= high, `${what} of ${value.toFixed(4)}, where ${low} to ${high} are due`);

for (const priority of ['high', 'medium', 'low']) {
  test(`the ${priority} burst that the browser renders keeps the limits`, async () => {
    const limits = LIMITS[priority];
    const { data, repeat } = await rendered(`tones.scheduleBurst(context, context.destination, '${priority}', 0.1)`, 5);
    const pulses = pulsesOf(data);
    same(pulses.length, limits.gaps.length + 1, 'pulses');
    pulses.forEach((p, i) => {
      within(p.end - p.start, limits.pulse, `pulse ${i}`);
      within(p.rise / (p.end - p.start), [0.05, 0.4], `rise of pulse ${i} as a share`);
      ok(Math.abs(20 * Math.log10(p.peak / pulses[0].peak)) <= 10, `pulse ${i} is as loud as the first`);
      if (i > 0) within(p.start - pulses[i - 1].end, limits.gaps[i - 1], `gap before pulse ${i}`);
    });
    within(repeat[priority], limits.repeat, 'from burst to burst');
    const { start, end } = pulses[0];
    const partials = Array.from({ length: 20 }, (_, k) => ({ hz: 523.25 * (k + 1), db: 20 * Math.log10(strength(data, start, end, 523.25 * (k + 1)) / strength(data, start, end, 523.25)) }));
    const heard = partials.filter((p) => p.hz >= 300 && p.hz <= 4000 && Math.abs(p.db) <= 15);
    ok(heard.length >= 4, `partials between 300 and 4000 Hz within 15 dB: ${heard.length}`);
    within(523.25, [150, 1000], 'fundamental');
    console.log(`# ${priority}: ${pulses.length} pulses of ${pulses.map((p) => ((p.end - p.start) * 1000).toFixed(0)).join(' ')} ms, gaps ${
      pulses.slice(1).map((p, i) => ((p.start - pulses[i].end) * 1000).toFixed(0)).join(' ')} ms, partials ${heard.map((p) => p.db.toFixed(1)).join(' ')} dB`);
  });
}

test('the chime is no alarm: two notes that ring out, without partials, softer than a burst', async () => {
  const { data } = await rendered('tones.scheduleChime(context, context.destination, 0.1)', 3);
  const burst = (await rendered("tones.scheduleBurst(context, context.destination, 'medium', 0.1)", 3)).data;
  const most = (d) => d.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  ok(pulsesOf(data).length <= 2, 'two notes at most can be told apart');
  ok(most(data) <= most(burst), 'it is no louder than a burst');
  ok(strength(data, 0.12, 0.35, 659.25) > 20 * strength(data, 0.12, 0.35, 2 * 659.25), 'the first note is a sine');
  ok(strength(data, 0.5, 0.8, 880) > 20 * strength(data, 0.5, 0.8, 523.25), 'the second is another note, and none of an alarm');
});

// Puts a meter between the page and the sound card, and one where the muscles' sound begins.
function meter() {
  const meterIn = (context) => Object.assign(context.createAnalyser(), { fftSize: 8192 });
  window.AudioContext = class extends AudioContext {
    constructor(options) {
      super(options);
      const tap = meterIn(this);
      tap.connect(super.destination);
      Object.defineProperty(this, 'destination', { get: () => tap });
      window.tap = tap;
    }
  };
  window.AudioWorkletNode = class extends AudioWorkletNode {
    constructor(context, ...rest) {
      super(context, ...rest);
      this.connect(window.source = meterIn(context));
    }
  };
  const data = new Float32Array(8192);
  window.loudness = (tap) => {
    tap.getFloatTimeDomainData(data);
    return Math.sqrt(data.reduce((s, v) => s + v * v, 0) / data.length);
  };
}
const loudness = (page) => page.evaluate(() => window.loudness(window.tap));
// However often a slow machine lets the sound break off, this much of it comes out.
const gain = (page) => page.evaluate(() => window.loudness(window.tap) / window.loudness(window.source));
const press = (page, name) => page.evaluate((wanted) => {
  const button = [...document.querySelectorAll('button')].find((b) => b.textContent === wanted);
  button?.click();
  return button !== undefined;
}, name);

test('the loudspeaker sounds what the daemon hears, says when it cannot, and comes back at now', async () => {
  const daemon = await startDaemon();
  const tabs = await startPlainBrowser();
  const page = await tabs.open(`${daemon.url}?lang=en&name=Li&view=desk&listen=FRONT`, meter);
  await live(page);
  const says = () => textOf(page, '.speaker');
  await until('it says what is heard', async () => (await says()) === 'FRONT');
  await until('something is heard', async () => (await loudness(page)) > 0.0005);
  await press(page, 'FRONT'); // opens its dialogue
  const setVolume = (volume) => until('the slider', () => page.evaluate((v) => {
    const slider = document.querySelector('.dialog input[type=range]');
    if (slider === null) return false;
    slider.value = String(v);
    return slider.dispatchEvent(new Event('input', { bubbles: true }));
  }, volume));
  for (const volume of [1, 0.1, 1]) {
    await setVolume(volume);
    await until(`volume ${volume}`, async () => Math.abs((await gain(page)) / volume - 1) < 0.1);
  }
  await until('the choice', () => press(page, 'Loudest'));
  await until('the loudest is named', async () => /^Loudest: (FRONT|OOC|OOR|MENT)$/.test(await says()));
  daemon.signal('SIGSTOP');
  try {
    await until('silence is told', async () => (await says()) === 'Speaker: no sound arrives');
  } finally {
    daemon.signal('SIGCONT');
  }
  await until('it is back', async () => (await says()).startsWith('Loudest: '));
  await until('the server knows who listens', async () => {
    await press(page, 'Displays');
    return (await textOf(page, '.dialog')).includes('loudspeaker: Loudest');
  });
  await press(page, 'Close');
  await press(page, await says());
  await until('off', () => press(page, 'Speaker off'));
  await until('it says that it is off', async () => (await says()) === 'Speaker off');
  await until('it is silent', async () => (await loudness(page)) < 0.0001);
  await tabs.stop();
  await daemon.stop();
});

await run();

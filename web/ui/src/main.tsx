// SPDX-License-Identifier: Apache-2.0
// Starts the page: chooses the view by address and size, then hands over to panels and worker.
import { render } from 'preact';
import { effect } from '@preact/signals';
import './css/fonts.css';
import './css/tokens.css';
import './css/base.css';
import './css/panels.css';
import './css/views.css';
import './css/desk.css';
import './css/wall.css';
import './css/what_if.css';
import './css/replay.css';
import './css/live_case.css';
import './css/alarm.css';
import './css/dead_man.css';
import './css/sound.css';
import { act, annunciator, ask, BUILD, dialog, start, store } from './app';
import { coverPage, putOff } from './ui/dead_man';
import { settings } from './settings';
import { language, t } from './i18n/i18n';
import { localSounds } from './ui/alarm_bar';
import { followOverview, labels, overview } from './replay/overview';
import { alarmSound, jumpKind } from './replay/steer';
import { liveSounds } from './replay/live_notice';
import { loudest } from './sound/annunciator';
import { onKey } from './ui/keys';
import { nowMs } from './worker_messages';
import { arcMinute, viewHeight } from './ui/display';
import { Page, view, type View } from './ui/views';

const TABLET_WIDTH = 1400;
const PHONE_WIDTH = 700;

function chooseView(): View {
  if (location.pathname === '/wall') return 'wall';
  const asked = new URLSearchParams(location.search).get('view');
  if (asked === 'desk' || asked === 'tablet' || asked === 'phone' || asked === 'wall') return asked;
  if (location.pathname === '/phone' || innerWidth < PHONE_WIDTH) return 'phone';
  return innerWidth < TABLET_WIDTH ? 'tablet' : 'desk';
}

// Pixels of an arc minute at the viewing distance: type on the wall is sized by it.
function measureDisplay(): void {
  viewHeight.value = innerHeight;
  const pitchMm = (settings.diagonal.value * 25.4) / Math.hypot(screen.width, screen.height);
  arcMinute.value = (settings.distance.value * 1000 * Math.tan(Math.PI / 10800)) / pitchMm;
  document.documentElement.style.setProperty('--u', `${arcMinute.value}px`);
}

effect(measureDisplay);
view.value = chooseView();
addEventListener('resize', () => {
  view.value = chooseView();
  measureDisplay();
});
effect(() => { document.documentElement.dataset['view'] = view.value; });
addEventListener('keydown', onKey);
addEventListener('pointerdown', () => void annunciator.enable());
effect(() => {
  void language.value;
  const replay = store.hello.value?.kind === 'replay';
  document.documentElement.dataset['kind'] = replay ? 'replay' : 'live';
  document.title = `${replay ? `${t('status.replay')} · ` : ''}lsrd${store.hello.value?.site ? ` · ${store.hello.value.site}` : ''}`;
});

// A page from another build than the server's is loaded again, once, and not during a recording.
effect(() => {
  const hello = store.hello.value;
  if (hello === null || hello.build === BUILD || !/^[0-9a-f]{12}$/.test(hello.build) || hello.case.recording === 'yes') return;
  if (sessionStorage.getItem('lsrd.reloaded') === hello.build) return;
  sessionStorage.setItem('lsrd.reloaded', hello.build);
  location.reload();
});

// To open the sound card stops the page for up to half a second: the first picture goes first.
const SOUND_AFTER_MS = 1000;
setTimeout(() => void annunciator.enable(), SOUND_AFTER_MS);
// Over a replay a live case sounds, and nothing else then.
const sound = (): void => {
  const live = liveSounds.value;
  if (loudest(live) !== null) annunciator.update({ list: live, audio: { state: 'on', until_mono_ms: null, by: null } }, false, false);
  else annunciator.update(store.alarms.value, localSounds.value, store.hello.value?.kind === 'replay' && !alarmSound.value);
};
effect(() => {
  void store.tick.value; // a hidden page's timers are slow
  sound();
});
setInterval(sound, 250);
// Along with the pictures that come anyway; by itself when the drawing thread is silent.
effect(() => {
  void store.tick.value;
  putOff();
});
setInterval(() => putOff(150), 50);

// The wall stays lit where the browser allows it (it does so only over TLS or on this machine).
async function stayAwake(): Promise<void> {
  if (view.value !== 'wall' || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
  await navigator.wakeLock.request('screen').catch(() => null);
}
document.addEventListener('visibilitychange', () => void stayAwake());
void stayAwake();

// A drawing thread that died cannot be had back: the page begins anew, but not over and over.
const DEAD_WORKER_MS = 5000;
const RELOAD_EVERY_MS = 60000;
setInterval(() => {
  const fresh = store.fresh.value;
  if (fresh.cause !== 'worker' || store.silentFor(nowMs()) < DEAD_WORKER_MS) return;
  if (Date.now() - Number(sessionStorage.getItem('lsrd.revived') ?? 0) < RELOAD_EVERY_MS) return;
  sessionStorage.setItem('lsrd.revived', String(Date.now()));
  location.reload();
}, 1000);

coverPage();
// For a person at the browser's console, and for the browser tests: nothing that the page does not offer.
Object.assign(window, { lsrd: { store, act, ask, dialog, language, overview, labels, jumpKind, alarmSound } });

followOverview();
start(view.value);
const root = document.getElementById('page');
if (root) render(<Page />, root);

// SPDX-License-Identifier: Apache-2.0
// Keys for everything that is done often. None works while somebody types.
import { act, dialog, frozen, store } from '../app';
import { settings } from '../settings';
import { language } from '../i18n/i18n';
import { PHASES } from '../protocol/codes';
import { acknowledge, shownAlarm } from './alarm_bar';
import { changeGain, changeWindow } from './emg';
import { backToLive, freeze, lookBack } from './look_back';
import { replayKeys } from '../replay/keys';

function arrows(by: number): void { lookBack((by * settings.windowS.value) / 4); }

export function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement | null;
  // The focus may have gone with the button that had it.
  if (event.key === 'Escape' && dialog.value !== null && target === document.body) dialog.value = null;
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.value !== null) return;
  if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
  const press: Record<string, () => void> = {
    ' ': () => {
      if (frozen.value === null) freeze();
      else backToLive();
    },
    ArrowLeft: () => arrows(-1),
    ArrowRight: () => arrows(1),
    '+': () => changeGain(null, 1),
    '=': () => changeGain(null, 1),
    '-': () => changeGain(null, -1),
    '[': () => changeWindow(-1),
    ']': () => changeWindow(1),
    Escape: backToLive,
    n: () => { dialog.value = { kind: 'note' }; },
    i: () => { dialog.value = { kind: 'intensity' }; },
    a: () => {
      const alarm = shownAlarm.value;
      if (alarm !== null) acknowledge(alarm);
    },
    p: () => void act({ op: 'audio_pause', seconds: 120 }),
    c: () => {
      const control = store.control.value;
      if (control.yours) void act({ op: 'control_release' });
      else if (control.holder === null) void act({ op: 'control_take' });
      else dialog.value = { kind: 'take_from', then: null };
    },
    s: () => { dialog.value = { kind: 'speaker' }; },
    h: () => { dialog.value = { kind: 'alarm_log' }; },
    l: () => { language.value = language.value === 'en' ? 'zh' : 'en'; },
    w: () => { location.href = '/wall'; },
    '?': () => { dialog.value = { kind: 'help' }; },
  };
  PHASES.forEach((phase, i) => { press[String(i + 1)] = () => { dialog.value = { kind: 'phase', phase }; }; });
  if (store.hello.value?.kind === 'replay') Object.assign(press, replayKeys(event.shiftKey));
  // A button under the focus keeps its own space bar.
  if (event.key === ' ' && target instanceof HTMLButtonElement) return;
  const action = press[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

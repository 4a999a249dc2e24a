// SPDX-License-Identifier: Apache-2.0
// A page whose main thread hangs cannot take its numbers away, so it is done beforehand: a cover lies over
// everything and is about to appear, and a living page puts that off a few times a second. The
// browser's compositor runs the animation, whatever becomes of the page's own thread.
import { effect } from '@preact/signals';
import { DEAD_MS } from '../link/stale';
import { t } from '../i18n/i18n';

let appearing: Animation | null = null;
let putOffAt = 0;

export function coverPage(): void {
  const cover = document.createElement('div');
  cover.className = 'dead-man hatch';
  cover.setAttribute('aria-hidden', 'true'); // a page that hangs has nobody to tell
  const words = document.createElement('p');
  cover.append(words);
  document.body.append(cover);
  effect(() => { words.textContent = t('cause.hung'); });
  appearing = cover.animate([{ opacity: 0 }, { opacity: 0, offset: 0.999 }, { opacity: 1 }], { duration: DEAD_MS, fill: 'forwards' });
}

// The page has judged its ages and lives. afterMs: not if it was put off so short a time ago.
export function putOff(afterMs = 0): void {
  const now = performance.now();
  if (appearing === null || now - putOffAt < afterMs) return;
  putOffAt = now;
  appearing.currentTime = 0;
}

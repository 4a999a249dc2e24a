// SPDX-License-Identifier: Apache-2.0
// The pictures of the states: the baseline's wave as a dashed ghost, what is there now as a solid line.
// Each has a silhouette of its own, so that the state reads without its colour and from three metres.
import type { EndpointState } from '../protocol/codes';

const GHOST = 'M4 42 H30 C38 42 40 8 48 8 C56 8 58 60 65 60 C71 60 72 42 78 42 H96';
const SMALL = 'M4 42 H34 C40 42 42 28 48 28 C54 28 55 50 62 50 C68 50 69 42 75 42 H96';
const FLAT = 'M4 42 H96';

export function StateGlyph({ state }: { state: EndpointState | null }) {
  const ghost = <path d={GHOST} class="ghost" />;
  const inner = (() => {
    switch (state) {
      case 'present': return <path d={GHOST} class="now" />;
      case 'recurred': return <g><path d={GHOST} class="now" /><path d="M82 8 A10 10 0 1 1 72 18 M72 18 l-5 -6 M72 18 l6 -5" class="thin" /></g>;
      case 'attenuated': return <g>{ghost}<path d={SMALL} class="now" /></g>;
      case 'absent': return <g>{ghost}<path d={FLAT} class="now" /></g>;
      case 'early_loss': return <g>{ghost}<path d="M4 42 H40 M60 42 H96" class="now" /><path d="M46 34 L54 50 M54 34 L46 50" class="thin" /></g>;
      case 'reached': case 'confirmed': return <g><path d={FLAT} class="now" /><path d="M30 26 L45 40 L74 8" class="check" /></g>;
      case 'rejected': return <g>{ghost}<path d="M30 14 L70 56 M70 14 L30 56" class="now" /></g>;
      case 'withheld': return <g><path d="M36 20 C36 4 64 4 64 20 C64 32 50 30 50 44" class="now" /><circle cx="50" cy="58" r="4.5" class="dot" /></g>;
      case 'not_elicited': return <g><path d={FLAT} class="ghost" /><circle cx="50" cy="34" r="24" class="thin" /><path d="M33 51 L67 17" class="thin" /></g>;
      case 'baseline': return <g><path d={GHOST} class="ghost" /></g>;
      default: return <g><circle cx="26" cy="36" r="5" class="dot" /><circle cx="50" cy="36" r="5" class="dot" /><circle cx="74" cy="36" r="5" class="dot" /></g>;
    }
  })();
  return <svg class="glyph" viewBox="0 0 100 68" aria-hidden="true">{inner}</svg>;
}

// A ring that fills: how far a check has come. 1 is drawn with a tick.
export function CheckMark({ ok, share }: { ok: boolean; share: number | null }) {
  if (ok) {
    return <svg class="check-mark ok" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="10" class="fill" /><path d="M7 12.5 L10.8 16 L17 8.5" class="tick" /></svg>;
  }
  const round = 2 * Math.PI * 9;
  const filled = Math.max(0, Math.min(1, share ?? 0)) * round;
  return <svg class="check-mark" viewBox="0 0 24 24" aria-hidden="true">
    <circle cx="12" cy="12" r="9" class="ring" />
    {filled > 0 && <circle cx="12" cy="12" r="9" class="arc" stroke-dasharray={`${filled} ${round}`} transform="rotate(-90 12 12)" />}
  </svg>;
}

export function Bell({ crossed, dashed }: { crossed: boolean; dashed: boolean }) {
  return <svg class="bell" viewBox="0 0 24 24" aria-hidden="true">
    <path d="M12 3 C8 3 6.5 6 6.5 10 C6.5 14 5.5 15.5 4 17 H20 C18.5 15.5 17.5 14 17.5 10 C17.5 6 16 3 12 3 Z" />
    <path d="M10 19.5 A2.2 2.2 0 0 0 14 19.5" />
    {crossed && <path d="M4 3 L20 21 M20 3 L4 21" stroke-dasharray={dashed ? '3.4 2.2' : undefined} />}
  </svg>;
}

const ICONS = {
  mark: 'M5 21 V4 H18 L14.5 8.5 L18 13 H5',
  emg: 'M2 12 H6 L8 5 L11 19 L14 7 L16 15 L18 12 H22',
  artifact: 'M13 2 L5 14 H11 L9 22 L19 9 H12 Z',
  alarm: 'M12 3 L22 20 H2 Z M12 9 V14 M12 17 V17.6',
  endpoint: 'M12 3 A9 9 0 1 1 11.9 3 M8 12.5 L11 15.5 L16.5 9',
  freeze: 'M8 5 V19 M16 5 V19',
  play: 'M7 4 L20 12 L7 20 Z',
  back: 'M15 5 L8 12 L15 19',
  forward: 'M9 5 L16 12 L9 19',
  skip: 'M5 5 L13 12 L5 19 M18 5 V19',
  skip_back: 'M19 5 L11 12 L19 19 M6 5 V19',
  up: 'M5 15 L12 8 L19 15',
  down: 'M5 9 L12 16 L19 9',
  plus: 'M12 5 V19 M5 12 H19',
  minus: 'M5 12 H19',
  hide: 'M3 12 C7 5 17 5 21 12 C17 19 7 19 3 12 M4 20 L20 4',
  mute: 'M4 9 H8 L13 5 V19 L8 15 H4 Z M16 9 L21 15 M21 9 L16 15',
  speaker: 'M4 9 H8 L13 5 V19 L8 15 H4 Z M16.5 8.5 A5 5 0 0 1 16.5 15.5',
  power: 'M12 3 V12 M7 6.5 A8 8 0 1 0 17 6.5',
  full: 'M4 9 V4 H9 M15 4 H20 V9 M20 15 V20 H15 M9 20 H4 V15',
  hand: 'M7 12 V6 A1.6 1.6 0 0 1 10.2 6 V4.5 A1.6 1.6 0 0 1 13.4 4.5 V6 A1.6 1.6 0 0 1 16.6 6 V13 C17 11 20 11 19.6 13 L17.6 19 C17 21 15 21.5 12.5 21.5 C9 21.5 7.5 20 6.5 17 L4.6 13.4 C4.4 11.6 6.2 11.4 7 12.6',
};
export type IconName = keyof typeof ICONS;

export function Icon({ name }: { name: IconName }) {
  return <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d={ICONS[name]} /></svg>;
}

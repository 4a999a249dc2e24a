// SPDX-License-Identifier: Apache-2.0
// Keys that a replay adds to those of the page, or puts in their place.
import { dialog } from '../app';
import { ANSWERS } from '../learn/score';
import { blind, give } from '../learn/training';
import { LABEL_KINDS } from './case';
import { alarmSound, cycleLoop, faster, jump, label, nextKind, seek, seekBy, step, togglePlay } from './steer';

export function replayKeys(shift: boolean): Record<string, () => void> {
  const keys: Record<string, () => void> = {
    ' ': togglePlay,
    ArrowLeft: () => { if (shift) seekBy(-10); else step(-1); },
    ArrowRight: () => { if (shift) seekBy(10); else step(1); },
    Home: () => void seek(0),
    '<': () => faster(-1),
    '>': () => faster(1),
    '1': () => undefined, '2': () => undefined, '3': () => undefined,
    n: () => undefined, i: () => undefined,
  };
  if (blind.value) {
    ANSWERS.forEach((answer, i) => { keys[String(i + 1)] = () => give(answer); });
    return keys;
  }
  LABEL_KINDS.forEach((kind, i) => { keys[String(i + 1)] = () => label(kind); });
  return {
    ...keys,
    End: () => void seek(Number.MAX_SAFE_INTEGER),
    ',': () => jump(-1),
    '.': () => jump(1),
    j: nextKind,
    b: cycleLoop,
    m: () => { dialog.value = { kind: 'label' }; },
    s: () => { alarmSound.value = !alarmSound.value; },
    t: () => { dialog.value = { kind: 'training' }; },
  };
}

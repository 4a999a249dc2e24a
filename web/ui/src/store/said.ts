// SPDX-License-Identifier: Apache-2.0
// What people said of the operation, in the order of marking, without what they took back: as
// detect/endpoint_said.c keeps it.
const CAN_BE_TAKEN_BACK = new Set(['phase', 'intensity', 'tof', 'relaxant', 'anaesthetic']);
const KEPT = 1000;
const SECONDS: Record<string, number> = { s: 1, min: 60, h: 3600 };

export interface Said { sample: number; key: string; value: string; by: string | null }

export function keyAndValue(text: string): [key: string, value: string] {
  const cut = text.indexOf('=');
  return cut < 0 ? [text, ''] : [text.slice(0, cut), text.slice(cut + 1)];
}

export const canBeTakenBack = (text: string): boolean => CAN_BE_TAKEN_BACK.has(keyAndValue(text)[0]);

// The list with this mark; the same list where it is there already or says nothing of the kind. Of several at one sample an undo takes
// the newest.
export function heard(list: readonly Said[], sample: number, text: string, by: string | null): readonly Said[] {
  const [key, value] = keyAndValue(text);
  if (list.some((s) => s.sample === sample && s.key === key && s.value === value)) return list;
  if (CAN_BE_TAKEN_BACK.has(key)) return [...list.slice(1 - KEPT), { sample, key, value, by }];
  const at = key === 'undo' ? list.map((s) => s.sample).lastIndexOf(Number(value)) : -1;
  return at < 0 ? list : list.filter((_, i) => i !== at);
}

export interface PhaseMark { sample: number; phase: string; marked: number; by: string | null } // sample: since when; marked: what undo names

export function phasesOf(list: readonly Said[], rateHz: number): PhaseMark[] {
  return list.filter((s) => s.key === 'phase').map(({ sample, value, by }) => {
    const [phase = '', ...options] = value.split(' ');
    const [, number, unit = 's'] = /^since=(-[\d.]+)(s|min|h)?$/.exec(options.join('')) ?? [];
    const seconds = number === undefined ? 0 : Number(number) * (SECONDS[unit] ?? 1);
    return { sample: Math.max(0, sample + seconds * rateHz), phase, marked: sample, by };
  });
}

export function newest(list: readonly Said[], key: string): string | undefined {
  return list.filter((s) => s.key === key).at(-1)?.value;
}

// SPDX-License-Identifier: Apache-2.0
// What each trainee did on this display, newest last. Kept by the browser; leaves it as CSV.
import { effect, signal } from '@preact/signals';

export interface Run {
  utc: string;
  trainee: string;
  name: string; // of the case
  lesson: number | null;
  percent: number;
  right: number;
  due: number;
  wrong: number;
}

const KEY = 'lsrd.training';
const MOST = 500;

function load(): Run[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? (kept as Run[]) : [];
  } catch {
    return []; // storage may be forbidden, or hold something else
  }
}

export const runs = signal<Run[]>(load());
effect(() => {
  try {
    localStorage.setItem(KEY, JSON.stringify(runs.value));
  } catch {
    return;
  }
});

export function remember(run: Run): void { runs.value = [...runs.value, run].slice(-MOST); }

export function bestOf(list: readonly Run[], trainee: string, lesson: number): number | null {
  let best: number | null = null;
  for (const r of list) if (r.trainee === trainee && r.lesson === lesson) best = Math.max(best ?? 0, r.percent);
  return best;
}

// RFC 4180; a cell that a spreadsheet would take for a formula is disarmed.
function cell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  const safe = /^[=+\-@]/.test(text) && typeof value === 'string' ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(list: readonly Run[]): string {
  const head = 'utc,trainee,case,lesson,percent,right,asked,wrong';
  return [head, ...list.map((r) => [r.utc, r.trainee, r.name, r.lesson, r.percent, r.right, r.due, r.wrong].map(cell).join(','))].join('\r\n') + '\r\n';
}

export function saveCsv(list: readonly Run[]): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([toCsv(list)], { type: 'text/csv' }));
  link.download = 'lsrd-training.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// SPDX-License-Identifier: Apache-2.0
// What this display remembers about itself; the address may override it (?diagonal=55&distance=3&lang=zh).
import { effect, signal, type Signal } from '@preact/signals';
import { language, type Language } from './i18n/i18n';

const query = new URLSearchParams(location.search);

function load(key: string): string | null {
  try {
    return localStorage.getItem(`lsrd.${key}`);
  } catch {
    return null; // storage may be forbidden; then nothing is remembered
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(`lsrd.${key}`, value);
  } catch {
    return;
  }
}

function text(key: string, parameter: string, otherwise: string): Signal<string> {
  const kept = signal(query.get(parameter) ?? load(key) ?? otherwise);
  effect(() => keep(key, kept.value));
  return kept;
}

function number(key: string, parameter: string, otherwise: number, low: number, high: number): Signal<number> {
  const given = Number(query.get(parameter) ?? load(key) ?? otherwise);
  const kept = signal(Number.isFinite(given) && given >= low && given <= high ? given : otherwise);
  effect(() => keep(key, String(kept.value)));
  return kept;
}

function list<T>(key: string, otherwise: T): Signal<T> {
  let value = otherwise;
  try {
    value = JSON.parse(load(key) ?? 'null') ?? otherwise;
  } catch {
    value = otherwise;
  }
  const kept = signal(value);
  effect(() => keep(key, JSON.stringify(kept.value)));
  return kept;
}

export const WINDOWS_S = [0.5, 1, 2, 5, 10, 20];
export const GAINS_UV = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

export const LOUDEST = 'loudest';

export const settings = {
  name: text('name', 'name', ''),
  windowS: number('window', 'window', 10, 0.5, 20),
  gains: list<Record<string, number>>('gains', {}),
  order: list<string[]>('order', []),
  hidden: list<string[]>('hidden', []),
  diagonal: number('diagonal', 'diagonal', 55, 5, 200), // inches
  distance: number('distance', 'distance', 3, 0.2, 20), // metres
  listens: text('listens', 'listen', ''), // '', LOUDEST or a channel's label
  speakerVolume: number('speaker', 'speaker', 0.5, 0.02, 1),
  eventTones: number('eventTones', 'event-tones', 0, 0, 1),
  volume: number('volume', 'volume', 0.8, 0.2, 1),
};

export const DEFAULT_GAIN_UV = 200;

const firstLanguage = query.get('lang') ?? load('language') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en');
language.value = firstLanguage === 'zh' ? 'zh' : 'en';
effect(() => {
  const now: Language = language.value;
  keep('language', now);
  document.documentElement.lang = now === 'zh' ? 'zh-CN' : 'en';
});

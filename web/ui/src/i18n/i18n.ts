// SPDX-License-Identifier: Apache-2.0
// Words in the language of the moment: a signal, so that a switch needs no reload.
import { signal } from '@preact/signals';
import { en, type Key } from './en';
import { optionsZh } from './options_zh';
import { refusalInChinese } from './refusals_zh';
import { zh } from './zh';

export type Language = 'en' | 'zh';
export const language = signal<Language>('en');
const dictionaries: Record<Language, Record<Key, string>> = { en, zh };

export function t(key: Key, values?: Record<string, string | number>): string {
  const text = dictionaries[language.value][key];
  if (values === undefined) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

// Codes from the wire: a newer server may know one that this page does not, and then the code itself
// is shown rather than nothing.
export function tCode(prefix: string, code: string): string {
  const key = `${prefix}.${code}`;
  return key in en ? t(key as Key) : code;
}

// What an option is for: the daemon's own words, or ours; a newer server may have one that this page does not know.
export function optionHelp(row: { key: string; help: string }): string {
  const key = row.key.replace(/^(\w+)\..*\.(\w+)$/, '$1.$2');
  return language.value === 'zh' ? (optionsZh[key] ?? row.help) : row.help;
}

// What the daemon says when it refuses, and what the system said to it.
export function refusalText(text: string): string {
  return language.value === 'zh' ? refusalInChinese(text) : text;
}

// The muscles of the face by their usual config names; others stand as they were written.
const MUSCLES: Record<string, string> = {
  frontalis: '额肌', 'orbicularis oculi': '眼轮匝肌', 'orbicularis oris': '口轮匝肌', mentalis: '颏肌',
  zygomaticus: '颧肌', nasalis: '鼻肌', masseter: '咬肌', trapezius: '斜方肌', platysma: '颈阔肌', buccinator: '颊肌',
};

export function muscleName(muscle: string | null | undefined): string {
  if (muscle === undefined || muscle === null) return '';
  return language.value === 'zh' ? (MUSCLES[muscle.toLowerCase()] ?? muscle) : muscle;
}

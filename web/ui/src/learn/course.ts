// SPDX-License-Identifier: Apache-2.0
// The ten lessons: what each asks, and its page of explanation. Fetched when somebody learns.
import { computed, signal } from '@preact/signals';
import { actFor, store, toast } from '../app';
import { language, t, type Language } from '../i18n/i18n';
import { due, type Answer, type Due } from './score';

interface Moment { at_s: number; answer: string; decides_s: [number, number]; why: Record<Language, string> }
export interface Lesson { lesson: number; scenario: string; seconds: number; title: Record<Language, string>; page: Record<Language, string>; moments: Moment[] }

export const lessons = signal<Lesson[]>([]);
const pages = signal<Record<string, string>>({});

export async function loadCourse(): Promise<void> {
  if (lessons.value.length > 0) return;
  const text = await import('./course_text');
  pages.value = text.pages;
  lessons.value = text.lessons;
}

// The lesson that is being replayed: its case bears the scenario's name.
export const lesson = computed<Lesson | null>(() => {
  const name = store.hello.value?.case.name ?? '';
  return lessons.value.find((l) => l.scenario === name) ?? null;
});

export function isLesson(): boolean { return (store.hello.value?.case.name ?? '').startsWith('course-'); }

export function titleOf(l: Lesson): string { return l.title[language.value]; }
export function pageOf(l: Lesson): string { return pages.value[l.page[language.value]] ?? ''; }

const ANSWER_OF: Record<string, Answer> = { gone: 'gone', returned: 'returned', irritation: 'irritation', artifact: 'artifact', 'cannot judge': 'cannot_judge' };
const EARLY_S = 4; // a hand on the button may be ahead of the moment that the page names

// "Still there" asks for no mark: taking it for gone is the mistake.
export function lessonDues(l: Lesson, rate: number): Due[] {
  return l.moments.map((m) => {
    const answer = ANSWER_OF[m.answer];
    const from = Math.min(m.at_s, answer === 'cannot_judge' ? m.decides_s[0] : m.at_s) * rate;
    const to = Math.max(m.at_s, m.decides_s[1]) * rate;
    const d = due(answer ?? 'gone', from, to, rate, t('course.lesson_short'), m.why[language.value]);
    return { ...d, trap: answer === undefined, early: EARLY_S * rate };
  });
}

export async function openLesson(number: number): Promise<void> {
  toast.value = t('course.opening');
  await actFor({ op: 'course', at: number });
}

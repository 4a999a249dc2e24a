// SPDX-License-Identifier: Apache-2.0
// The course as docs/course has it, in a part of the page of its own.
import course from '../../../../docs/course/course.json';
import type { Lesson } from './course';

const files = import.meta.glob<string>('../../../../docs/course/*.md', { query: '?raw', import: 'default', eager: true });

export const lessons = course as unknown as Lesson[];
export const pages: Record<string, string> = Object.fromEntries(Object.entries(files).map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1), text]));

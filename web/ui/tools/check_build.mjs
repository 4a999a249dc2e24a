// SPDX-License-Identifier: Apache-2.0
// The built page: its size, and nothing in it that its own content policy would refuse. What counts is what a
// browser loads to show the page, compressed: HTML, scripts, style. Not counted, and printed beside it: fonts (their
// files, and the declarations that name them in the style), and the course's text, which is loaded by who learns.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGET = 120000; // bytes compressed
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const compressed = (bytes) => gzipSync(bytes, { level: 9 }).length;
const fontFace = /@font-face\s*\{[^}]*\}/g;
const size = { page: 0, declared: 0, course: 0, fonts: 0, files: 0 };
const problems = [];
for (const name of ['index.html', ...readdirSync(`${dist}assets`).map((n) => `assets/${n}`)]) {
  const bytes = readFileSync(dist + name);
  if (name.endsWith('.woff2')) {
    size.fonts += bytes.length;
    size.files++;
    continue;
  }
  const text = bytes.toString();
  if (name.startsWith('assets/course_text-')) size.course += compressed(bytes);
  else {
    size.page += compressed(text.replace(fontFace, ''));
    const faces = text.match(fontFace);
    if (faces) size.declared += compressed(faces.join(''));
  }
  if (/url\(["']?data:(?!image)/.test(text)) problems.push(`${name}: a data: address`);
  if (/new Worker\(\s*["']?(data|blob):/.test(text)) problems.push(`${name}: an inlined worker`);
  if (/\beval\(|new Function\(/.test(text)) problems.push(`${name}: code from text`);
  if (name.endsWith('.html') && /<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/.test(text)) problems.push(`${name}: inline code or style`);
}
if (size.page > BUDGET) problems.push(`page of ${size.page} bytes compressed: at most ${BUDGET}`);
if (size.files === 0 || size.declared === 0) problems.push('no fonts: has the style changed its form?');
for (const p of problems) console.error(p);
if (problems.length > 0) process.exit(1);
console.log(`page: ${size.page} bytes compressed of ${BUDGET} (HTML, scripts, style; without the following)`);
console.log(`fonts: ${size.declared} bytes compressed of declarations, ${size.fonts} bytes in ${size.files} files`);
console.log(`course: ${size.course} bytes compressed, loaded when it is opened`);

// SPDX-License-Identifier: Apache-2.0
// The built page: its size, and nothing in it that its own content policy would refuse.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGET = 120000; // bytes compressed, without fonts and the course's text, which is fetched by who learns
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const names = ['index.html', ...readdirSync(`${dist}assets`).map((n) => `assets/${n}`)];
let total = 0;
let fonts = 0;
const problems = [];
for (const name of names) {
  const bytes = readFileSync(dist + name);
  if (name.endsWith('.woff2')) {
    fonts += bytes.length;
    continue;
  }
  if (!name.startsWith('assets/course_text-')) total += gzipSync(bytes, { level: 9 }).length;
  const text = bytes.toString();
  if (/url\(["']?data:(?!image)/.test(text)) problems.push(`${name}: a data: address`);
  if (/new Worker\(\s*["']?(data|blob):/.test(text)) problems.push(`${name}: an inlined worker`);
  if (/\beval\(|new Function\(/.test(text)) problems.push(`${name}: code from text`);
  if (name.endsWith('.html') && /<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/.test(text)) problems.push(`${name}: inline code or style`);
}
if (total > BUDGET) problems.push(`page of ${total} bytes compressed: at most ${BUDGET}`);
for (const p of problems) console.error(p);
if (problems.length > 0) process.exit(1);
console.log(`page: ${total} bytes compressed of ${BUDGET}; fonts ${fonts} bytes in ${names.filter((n) => n.endsWith('.woff2')).length} files`);

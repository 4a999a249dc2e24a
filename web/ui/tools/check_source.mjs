// SPDX-License-Identifier: Apache-2.0
// What the compiler cannot see: alarm colours outside alarm.css, inline styles that the CSP would drop,
// addresses of other hosts, files without a licence line.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alarmProperties, colourMistakes } from './colours.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const problems = [];

function files(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(dir, e.name)) : [join(dir, e.name)]));
}

const alarmColours = alarmProperties(readFileSync(join(root, 'src/css/alarm.css'), 'utf8'));
if (alarmColours.length < 3) problems.push('alarm.css: no colour of alarms');

for (const file of [...files(join(root, 'src')), join(root, 'index.html')]) {
  const name = relative(root, file);
  const text = readFileSync(file, 'utf8');
  if (!name.endsWith('.html') && !text.slice(0, 120).includes('SPDX-License-Identifier: Apache-2.0')) problems.push(`${name}: no licence line`);
  if (!name.endsWith('alarm.css')) problems.push(...colourMistakes(text, name.endsWith('.css'), alarmColours).map((m) => `${name}: ${m}`));
  text.split('\n').forEach((line, i) => {
    const at = `${name}:${i + 1}`;
    if (/\sstyle=/.test(line)) problems.push(`${at}: an inline style; the page's policy forbids it`);
    if (/https?:\/\/(?!www\.w3\.org)/.test(line)) problems.push(`${at}: the address of another host`);
    if (/\b(TODO|FIXME|XXX)\b/.test(line)) problems.push(`${at}: unfinished`);
  });
}
for (const p of problems) console.error(p);
if (problems.length > 0) process.exit(1);
console.log('page sources: colours, styles, hosts and licences hold');

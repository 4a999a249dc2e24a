// SPDX-License-Identifier: Apache-2.0
// What the compiler cannot see: alarm colours outside alarm.css, inline styles that the CSP would drop,
// addresses of other hosts, files without a licence line.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const ALARM_HUES = [350, 50, 188]; // red, yellow, cyan of alarm.css
const NEAR = 20; // degrees
const COLOURFUL = 0.3; // greys have no hue
const problems = [];

function files(dir) {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(dir, e.name)) : [join(dir, e.name)]));
}

export function hueOf(hex) {
  const full = hex.length <= 5 ? [...hex.slice(1)].map((c) => c + c).join('') : hex.slice(1);
  const [r, g, b] = [0, 2, 4].map((i) => parseInt(full.slice(i, i + 2), 16) / 255);
  const max = Math.max(r, g, b);
  const d = max - Math.min(r, g, b);
  if (max === 0 || d / max < COLOURFUL || max < 0.16) return null;
  const h = max === r ? ((g - b) / d + 6) % 6 : max === g ? (b - r) / d + 2 : (r - g) / d + 4;
  return h * 60;
}

for (const file of [...files(join(root, 'src')), join(root, 'index.html')]) {
  const name = relative(root, file);
  const text = readFileSync(file, 'utf8');
  if (!name.endsWith('.html') && !text.slice(0, 120).includes('SPDX-License-Identifier: Apache-2.0')) problems.push(`${name}: no licence line`);
  text.split('\n').forEach((line, i) => {
    const at = `${name}:${i + 1}`;
    if (!name.endsWith('alarm.css')) {
      for (const [hex] of line.matchAll(/#[0-9a-f]{8}\b|#[0-9a-f]{6}\b|#[0-9a-f]{3,4}\b/gi)) {
        const hue = hueOf(hex);
        const near = hue !== null && ALARM_HUES.find((a) => Math.min(Math.abs(hue - a), 360 - Math.abs(hue - a)) < NEAR);
        if (near) problems.push(`${at}: ${hex} has the hue of an alarm (${Math.round(hue)} degrees)`);
      }
      if (/\b(red|yellow|cyan|gold|crimson|aqua|orange)\b\s*[;,)]/.test(line) && name.endsWith('.css')) problems.push(`${at}: an alarm colour by name`);
    }
    if (/\sstyle=/.test(line)) problems.push(`${at}: an inline style; the page's policy forbids it`);
    if (/https?:\/\/(?!www\.w3\.org)/.test(line)) problems.push(`${at}: the address of another host`);
    if (/\b(TODO|FIXME|XXX)\b/.test(line)) problems.push(`${at}: unfinished`);
  });
}
for (const p of problems) console.error(p);
if (problems.length > 0) process.exit(1);
console.log('page sources: colours, styles, hosts and licences hold');

// SPDX-License-Identifier: Apache-2.0
// Writes src/css/fonts.css: Inter for Latin, and those slices of Noto Sans SC that hold GB 2312 level 1
// or a character of the page's own dictionary. Run after an update of the font packages.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const wanted = new Set();
const gb2312 = new TextDecoder('gbk');
for (let high = 0xb0; high <= 0xd7; high++) {
  for (let low = 0xa1; low <= (high === 0xd7 ? 0xf9 : 0xfe); low++) {
    wanted.add(gb2312.decode(Uint8Array.of(high, low)).codePointAt(0));
  }
}
for (const file of ['en', 'zh', 'i18n', 'format']) {
  for (const c of readFileSync(at(`../src/i18n/${file}.ts`), 'utf8')) if (c.codePointAt(0) > 0x7f) wanted.add(c.codePointAt(0));
}

const ranges = (text) => text.split(',').map((r) => {
  const [from, to] = r.trim().replace(/^U\+/i, '').split('-');
  return [parseInt(from, 16), parseInt(to ?? from, 16)];
});

const source = readFileSync(at('../node_modules/@fontsource-variable/noto-sans-sc/index.css'), 'utf8');
const faces = [];
const covered = new Set();
for (const [, body] of source.matchAll(/@font-face\s*\{([^}]*)\}/g)) {
  const file = /url\(\.\/files\/([^)]+)\)/.exec(body)?.[1];
  const range = /unicode-range:\s*([^;]+);/.exec(body)?.[1];
  if (!file || !range) continue;
  const holds = [...wanted].filter((c) => ranges(range).some(([a, b]) => c >= a && c <= b));
  if (holds.length === 0 || /latin|cyrillic|vietnamese/.test(file)) continue;
  holds.forEach((c) => covered.add(c));
  faces.push([file, range]);
}
const face = (family, url, range) => `@font-face {
  font-family: '${family}';
  font-style: normal;
  font-display: swap;
  font-weight: 100 900;
  src: url(${url}) format('woff2-variations');
  unicode-range: ${range.replace(/\s+/g, '')};
}
`;
const missing = [...wanted].filter((c) => !covered.has(c) && c > 0x2fff);
if (missing.length > 0) throw new Error(`no slice holds ${String.fromCodePoint(...missing)}`);
const inter = 'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215';
writeFileSync(at('../src/css/fonts.css'), `/* SPDX-License-Identifier: Apache-2.0 */
/* Written by tools/make_fonts_css.mjs. The fonts themselves are under the SIL Open Font License 1.1. */
${face('Inter Variable', '@fontsource-variable/inter/files/inter-latin-wght-normal.woff2', inter)}${faces
  .map(([file, range]) => face('Noto Sans SC Variable', `@fontsource-variable/noto-sans-sc/files/${file}`, range)).join('')}`);
console.log(`${faces.length} slices of Noto Sans SC hold ${covered.size} characters`);

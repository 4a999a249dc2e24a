// SPDX-License-Identifier: Apache-2.0
// Finds the colours that a source writes, however they are written, and tells those of alarms.
import { createRequire } from 'node:module';

const { Color } = createRequire(import.meta.url)('axe-core').commons.color;

const ALARM_HUES = [350, 50, 188]; // red, yellow, cyan of alarm.css
const NEAR = 20; // degrees
const COLOURFUL = 0.3; // greys have no hue
const DARK = 0.16;

const HEX = /#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b/gi;
const FUNCTION = /\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color|color-mix|light-dark)\((?:[^()]|\([^()]*\))*\)/gi;
// A name is a colour as a value in a style sheet, or as a string of its own elsewhere.
const CSS_VALUE = /:\s*([^;{}]*)[;}]/g;
const WORD = /(?<![-\w#.'"(/])[a-z]{3,20}(?![-\w(.'"])/gi;
const STRING = /['"]([a-z]{3,20})['"]/gi;

// [red, green, blue] of 0 to 1; null: not to be computed from what is written.
function channels(text) {
  const color = new Color();
  try {
    color.parseString(text);
  } catch {
    return null;
  }
  const rgb = [color.red, color.green, color.blue].map((v) => v / 255);
  return /\bvar\(|\$\{|\bfrom\b/.test(text) || rgb.some((v) => !Number.isFinite(v)) ? null : rgb;
}

// Degrees; null: grey, or too dark to have one.
export function hueOf(text) {
  const rgb = channels(text);
  if (rgb === null) return null;
  const [r, g, b] = rgb;
  const max = Math.max(r, g, b);
  const d = max - Math.min(r, g, b);
  if (max < DARK || d / max < COLOURFUL) return null;
  const h = max === r ? ((g - b) / d + 6) % 6 : max === g ? (b - r) / d + 2 : (r - g) / d + 4;
  return h * 60;
}

export function isAlarmHue(hue) {
  return hue !== null && ALARM_HUES.some((a) => Math.min(Math.abs(hue - a), 360 - Math.abs(hue - a)) < NEAR);
}

const isName = (word) => !/^(?:transparent|currentcolor|inherit|none)$/i.test(word) && channels(word) !== null;

function* namesIn(text, isStyle) {
  if (!isStyle) {
    for (const [, word] of text.matchAll(STRING)) if (isName(word)) yield word;
    return;
  }
  for (const [, value] of text.replace(/url\([^)]*\)|'[^']*'|"[^"]*"/g, '').matchAll(CSS_VALUE)) {
    for (const [word] of value.matchAll(WORD)) if (isName(word)) yield word;
  }
}

// Custom properties of a style sheet that hold an alarm's colour.
export function alarmProperties(css) {
  return [...css.matchAll(/(--[\w-]+)\s*:\s*([^;}]+)/g)].filter(([, , value]) => colourMistakes(`a{color:${value};}`, true).length > 0).map(([, name]) => name);
}

// What is wrong with the colours of a source outside alarm.css; properties: those that only alarm.css may use.
export function colourMistakes(text, isStyle, properties = []) {
  const out = [];
  const plain = isStyle ? text.replace(/\/\*[\s\S]*?\*\//g, '') : text;
  for (const pattern of [HEX, FUNCTION]) {
    for (const [literal] of plain.matchAll(pattern)) {
      if (channels(literal) === null) {
        // Letters behind a hash are no colour everywhere, a function of colours is.
        if (pattern === FUNCTION) out.push(`${literal}: a colour that cannot be computed from what is written`);
      } else if (isAlarmHue(hueOf(literal))) out.push(`${literal} has the hue of an alarm (${Math.round(hueOf(literal))} degrees)`);
    }
  }
  for (const name of namesIn(plain, isStyle)) {
    if (isAlarmHue(hueOf(name))) out.push(`${name} has the hue of an alarm (${Math.round(hueOf(name))} degrees)`);
  }
  for (const name of properties) if (new RegExp(`var\\(\\s*${name}\\b(?!-)|['"\`]${name}['"\`]`).test(plain)) out.push(`${name} is an alarm's colour`);
  return out;
}

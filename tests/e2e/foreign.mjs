// SPDX-License-Identifier: Apache-2.0
// A BDF file of ours as somebody else would have written its signals: EDF without annotations, WAV without labels.
import { readFileSync, writeFileSync } from 'node:fs';

const FIELDS = [16, 80, 8, 8, 8, 8, 8, 80, 8, 32]; // of each signal: label ... samples a record, reserved
const DIGITAL_MIN = 5;
const DIGITAL_MAX = 6;
const SAMPLES = 8;

function read(path) {
  const bytes = readFileSync(path);
  const text = (from, size) => bytes.toString('latin1', from, from + size);
  const count = Number(text(252, 4));
  let at = 256;
  const fields = FIELDS.map((size) => Array.from({ length: count }, () => { at += size; return text(at - size, size); }));
  const samples = fields[SAMPLES].map(Number);
  const kept = fields[0].flatMap((label, i) => (label.includes('Annotations') ? [] : [i]));
  return { bytes, text, fields, samples, kept, header: Number(text(184, 8)), records: Number(text(236, 8)), seconds: Number(text(244, 8)) };
}

// Calls put(signal, value) for every sample that is kept, record after record, signal after signal.
function each(file, put) {
  let at = file.header;
  for (let r = 0; r < file.records; r++) {
    for (let i = 0; i < file.samples.length; i++) {
      if (file.kept.includes(i)) for (let s = 0; s < file.samples[i]; s++) put(i, file.bytes.readIntLE(at + 3 * s, 3), r * file.samples[i] + s);
      at += 3 * file.samples[i];
    }
  }
}

export function toEdf(from, to) {
  const file = read(from);
  const own = file.fields.map((list, f) => file.kept.map((i) => (f === DIGITAL_MIN ? '-32768  ' : f === DIGITAL_MAX ? '32767   ' : list[i])).join('')).join('');
  const size = 256 * (file.kept.length + 1);
  const head = `${'0'.padEnd(8)}${file.text(8, 176)}${String(size).padEnd(8)}${' '.repeat(44)}${file.text(236, 16)}${String(file.kept.length).padEnd(4)}${own}`;
  const data = Buffer.alloc(2 * file.records * file.kept.reduce((sum, i) => sum + file.samples[i], 0));
  let at = 0;
  each(file, (_, value) => { at = data.writeInt16LE(value >> 8, at); });
  writeFileSync(to, Buffer.concat([Buffer.from(head, 'latin1'), data]));
}

// Returns what the labels of its channels, CH1 on, were.
export function toWav(from, to) {
  const file = read(from);
  const channels = file.kept.length;
  const frames = file.records * file.samples[file.kept[0]];
  const rate = file.samples[file.kept[0]] / file.seconds;
  const data = Buffer.alloc(frames * channels * 3);
  each(file, (i, value, frame) => { data.writeIntLE(value, 3 * (frame * channels + file.kept.indexOf(i)), 3); });
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * 3, 28);
  head.writeUInt16LE(channels * 3, 32);
  head.writeUInt16LE(24, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  writeFileSync(to, Buffer.concat([head, data]));
  return file.kept.map((i) => file.fields[0][i].trim());
}

// SPDX-License-Identifier: Apache-2.0
// The little of Markdown that the course's pages use: headings, paragraphs, tables, code.
import type { ComponentChildren } from 'preact';

function inline(text: string): ComponentChildren[] {
  return text.split(/(`[^`]*`|\*\*[^*]*\*\*)/).map((part, i) => part.startsWith('`') ? <code key={i}>{part.slice(1, -1)}</code>
    : part.startsWith('**') ? <b key={i}>{part.slice(2, -2)}</b> : part);
}

function cells(row: string): string[] { return row.replace(/^\||\|$/g, '').split('|').map((c) => c.trim()); }

function table(rows: string[]): ComponentChildren {
  const [head = '', , ...rest] = rows;
  return <table><thead><tr>{cells(head).map((c) => <th key={c}>{inline(c)}</th>)}</tr></thead>
    <tbody>{rest.map((r, i) => <tr key={i}>{cells(r).map((c, k) => <td key={k}>{inline(c)}</td>)}</tr>)}</tbody></table>;
}

export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{text.split(/\n{2,}|(?<=^#[^\n]*)\n/m).map((block, i) => {
    const lines = block.trim().split('\n');
    const first = lines[0] ?? '';
    if (first === '') return null;
    if (first.startsWith('# ')) return null; // the dialogue has the title
    if (first.startsWith('## ')) return <h3 key={i}>{inline(first.slice(3))}</h3>;
    if (first.startsWith('|')) return <div key={i}>{table(lines)}</div>;
    if (first.startsWith('- ')) return <ul key={i}>{lines.map((l, k) => <li key={k}>{inline(l.slice(2))}</li>)}</ul>;
    return <p key={i}>{inline(lines.join(' '))}</p>;
  })}</div>;
}

// SPDX-License-Identifier: Apache-2.0
// The muscles: names in the DOM, traces on the worker's canvas beside them.
import { useEffect, useRef } from 'preact/hooks';
import { computed, effect } from '@preact/signals';
import { dialog, dropCanvas, freezeCanvas, frozen, giveCanvas, giveLabels, layCanvas, store } from '../app';
import { DEFAULT_GAIN_UV, GAINS_UV, settings, WINDOWS_S } from '../settings';
import { language, muscleName, t, tCode } from '../i18n/i18n';
import { clock, hertz, microvolts } from '../i18n/format';
import { ARTIFACTS, EMG_KINDS } from '../protocol/codes';
import { FONT } from './canvas';
import { NoDevice } from './first_run';
import { Icon } from './glyph';
import { backToLive, freeze, LookBackBar, SpotMark } from './look_back';
import { sinceUtc } from './status_line';

export interface EmgRow { channel: number; label: string; muscle: string; side: string; control: boolean; gainUv: number }

export const emgRows = computed<EmgRow[]>(() => {
  const channels = store.hello.value?.channels ?? [];
  const branches = store.hello.value?.branches ?? [];
  const hidden = new Set(settings.hidden.value);
  const order = settings.order.value;
  const place = (label: string, i: number): number => {
    const at = order.indexOf(label);
    return at < 0 ? 1000 + i : at;
  };
  return channels
    .map((c, channel) => ({ channel, label: c.label, muscle: muscleName(c.muscle), side: c.side ?? '',
      control: branches.some((b) => b.control === channel),
      gainUv: settings.gains.value[c.label] ?? DEFAULT_GAIN_UV }))
    .filter((r) => !hidden.has(r.label))
    .sort((a, b) => place(a.label, a.channel) - place(b.label, b.channel));
});

export function changeGain(label: string | null, by: number): void {
  const next = { ...settings.gains.value };
  for (const row of emgRows.value) {
    if (label !== null && row.label !== label) continue;
    const at = GAINS_UV.findIndex((g) => g >= row.gainUv);
    next[row.label] = GAINS_UV[Math.max(0, Math.min(GAINS_UV.length - 1, at - by))] ?? DEFAULT_GAIN_UV;
  }
  settings.gains.value = next;
}

export function changeWindow(by: number): void {
  const at = WINDOWS_S.findIndex((w) => w >= settings.windowS.value);
  settings.windowS.value = WINDOWS_S[Math.max(0, Math.min(WINDOWS_S.length - 1, at + by))] ?? 10;
}

export function moveRow(label: string, by: number): void {
  const labels = emgRows.value.map((r) => r.label);
  const at = labels.indexOf(label);
  const to = at + by;
  if (at < 0 || to < 0 || to >= labels.length) return;
  labels.splice(to, 0, ...labels.splice(at, 1));
  settings.order.value = labels;
}

// The words of the bands as pictures, because a worker has none of the page's fonts.
async function drawLabels(px: number): Promise<void> {
  await document.fonts.load(`600 ${px}px ${FONT}`, language.value === 'zh' ? '电凝爆发' : 'A-train');
  const labels = new Map<string, ImageBitmap>();
  const words: [string, string][] = [
    ...ARTIFACTS.map((k): [string, string] => [`artifact.${k}`, '#B6C2CE']),
    ...EMG_KINDS.map((k): [string, string] => [`event.${k}`, '#CDBBFF']),
    ['late', '#B6C2CE'],
  ];
  for (const [key, color] of words) {
    const [prefix = '', code = ''] = key.split('.');
    const text = key === 'late' ? t('emg.late') : tCode(prefix, code);
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    if (!context) return;
    context.font = `600 ${px}px ${FONT}`;
    canvas.width = Math.ceil(context.measureText(text).width + px * 0.7);
    canvas.height = Math.ceil(px * 1.4);
    context.font = `600 ${px}px ${FONT}`;
    context.fillStyle = '#0B0F14D8';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = color;
    context.textBaseline = 'middle';
    context.fillText(text, px * 0.35, px * 0.72);
    labels.set(key, await createImageBitmap(canvas));
  }
  giveLabels(labels);
}

export function Stale() {
  const fresh = store.fresh.value;
  if (fresh.freshness !== 'none') return null;
  if (fresh.cause === 'device') return <div class="stale hatch"><NoDevice /></div>;
  const since = fresh.since === null ? null : sinceUtc(fresh.since);
  return <div class="stale hatch" role="alert">
    <div class="stale-box">
      <b>{fresh.cause === 'start' ? t('cause.start') : since === null ? t('fresh.none') : t('fresh.since', { time: clock(since) })}</b>
      {fresh.cause !== null && fresh.cause !== 'start' && <span>{t(`cause.${fresh.cause}`)}</span>}
      {(fresh.cause === 'link' || fresh.cause === 'start') && <span class="stale-again">{t('fresh.again')}</span>}
      {store.trouble.value !== null && fresh.cause !== 'data' && <span class="stale-again">{store.trouble.value}</span>}
    </div>
  </div>;
}

function RowLabel({ row, controls }: { row: EmgRow; controls: boolean }) {
  const side = row.side === 'left' ? t('side.left') : row.side === 'right' ? t('side.right') : row.side;
  const off = store.off.value.get(row.label);
  return <li class={`emg-label ${off === undefined ? '' : 'off'}`}>
    <b>{row.label}</b>
    <span class="muscle">{row.muscle}{side !== '' && ` ${side}`}{row.control && ` · ${t('emg.control_side')}`}</span>
    {off !== undefined ? <span class="gain off">{t('off.short')}{off !== '' && ` · ${off}`}</span> : <span class="gain">{t('emg.gain', { uv: microvolts(row.gainUv) })}</span>}
    {controls && <span class="row-buttons">
      <button class="bare" aria-label={`${row.label}: ${t('emg.louder')}`} onClick={() => changeGain(row.label, 1)}><Icon name="plus" /></button>
      <button class="bare" aria-label={`${row.label}: ${t('emg.softer')}`} onClick={() => changeGain(row.label, -1)}><Icon name="minus" /></button>
      <button class="bare" aria-label={`${row.label}: ${t('emg.up')}`} onClick={() => moveRow(row.label, -1)}><Icon name="up" /></button>
      <button class="bare" aria-label={`${row.label}: ${t('emg.down')}`} onClick={() => moveRow(row.label, 1)}><Icon name="down" /></button>
      <button class="bare" aria-label={`${row.label}: ${t('off.short')}`} aria-pressed={off !== undefined} onClick={() => { dialog.value = { kind: 'channel_off', label: row.label }; }}><Icon name="power" /></button>
      <button class="bare" aria-label={`${row.label}: ${t('emg.hide')}`} onClick={() => { settings.hidden.value = [...settings.hidden.value, row.label]; }}><Icon name="hide" /></button>
    </span>}
  </li>;
}

export interface EmgProps { id: string; controls: boolean; columnPx: (dpr: number) => number; windowS: number | null; most?: number }

// The canvas is made by hand: it is handed to the worker once, and no redraw may touch it again.
export function EmgCanvas({ id, columnPx, windowS, most }: Omit<EmgProps, 'controls'>) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = host.current;
    if (!box) return;
    const canvas = document.createElement('canvas');
    canvas.className = 'emg-canvas';
    canvas.dataset['canvas'] = id;
    box.append(canvas);
    giveCanvas(id, canvas);
    let labelPx = 0;
    let labelLanguage = '';
    const lay = (): void => {
      const dpr = devicePixelRatio;
      const size = box.getBoundingClientRect();
      if (size.width < 2 || size.height < 2) return;
      const fontPx = Number.parseFloat(getComputedStyle(box).fontSize) * dpr;
      const rows = emgRows.value.slice(0, most);
      layCanvas(id, {
        width: Math.round(size.width * dpr),
        height: Math.round(size.height * dpr),
        columnPx: columnPx(dpr),
        fontPx,
        windowS: windowS ?? settings.windowS.value,
        rows: rows.map((r) => ({ channel: r.channel, gainUv: r.gainUv })),
        seconds: true,
      });
      const px = Math.round(fontPx * 0.85);
      if (px !== labelPx || language.value !== labelLanguage) {
        labelPx = px;
        labelLanguage = language.value;
        void drawLabels(px);
      }
    };
    const observer = new ResizeObserver(lay);
    observer.observe(box);
    const stopLay = effect(lay);
    const stopFreeze = effect(() => freezeCanvas(id, id === 'corner' ? null : frozen.value));
    return () => {
      observer.disconnect();
      stopLay();
      stopFreeze();
      dropCanvas(id);
      canvas.remove();
    };
  }, []);
  return <div class="emg-host" ref={host} />;
}

export function Emg(props: EmgProps) {
  const hello = store.hello.value;
  const filters = hello?.filters;
  const rows = emgRows.value.slice(0, props.most);
  const windowS = props.windowS ?? settings.windowS.value;
  const band = filters === undefined || filters.free[1] <= 0 ? ''
    : t('emg.unfiltered', { low: hertz(filters.free[0]), high: hertz(filters.free[1]) });
  const dead = store.dead.value;
  return <section class={`panel emg ${dead ? 'dead' : ''}`} aria-label={t('panel.emg')}>
    <div class="panel-head">
      <h2>{t('panel.emg')}</h2>
      <span class="head-note">{t('emg.window', { s: windowS })}{band !== '' && <span class="head-band">{` · ${band}`}</span>}</span>
      {props.controls && <>
        <span class="spring" />
        <Hidden />
        <button class="bare" aria-label={t('emg.softer')} onClick={() => changeGain(null, -1)}><Icon name="minus" /></button>
        <span class="head-note">{t('emg.gain_word')}</span>
        <button class="bare" aria-label={t('emg.louder')} onClick={() => changeGain(null, 1)}><Icon name="plus" /></button>
        <button class="bare" aria-label={t('emg.faster')} onClick={() => changeWindow(-1)}><Icon name="minus" /></button>
        <span class="head-note">{t('emg.window', { s: windowS })}</span>
        <button class="bare" aria-label={t('emg.slower')} onClick={() => changeWindow(1)}><Icon name="plus" /></button>
        <FreezeButton />
      </>}
    </div>
    <div class="emg-body">
      <ol class="emg-labels">{rows.map((row) => <RowLabel key={row.label} row={row} controls={props.controls} />)}</ol>
      <div class="emg-stage">
        <EmgCanvas id={props.id} columnPx={props.columnPx} windowS={props.windowS} {...(props.most === undefined ? {} : { most: props.most })} />
        {frozen.value !== null && <FrozenMark />}
        <Stale />
      </div>
    </div>
    <LookBackBar back={!props.controls} />
  </section>;
}

// What was hidden, to be had back one by one or all together.
function Hidden() {
  const hidden = settings.hidden.value;
  if (hidden.length === 0) return null;
  const show = (label: string): void => { settings.hidden.value = label === '' ? [] : hidden.filter((l) => l !== label); };
  return <select class="hidden-channels" aria-label={t('emg.show')} value="?" onChange={(e) => { if (e.currentTarget.value !== '?') show(e.currentTarget.value); }}>
    <option value="?">{t('emg.hidden', { n: hidden.length })}</option>
    {hidden.map((label) => <option key={label} value={label}>{label}</option>)}
    {hidden.length > 1 && <option value="">{t('emg.show_all')}</option>}
  </select>;
}

function FreezeButton() {
  const still = frozen.value;
  return <button class="freeze" aria-pressed={still !== null} onClick={() => { if (still === null) freeze(); else backToLive(); }}>
    {t(still === null ? 'emg.freeze' : 'emg.live')}</button>;
}

function FrozenMark() {
  return <>
    <div class="frozen-mark" aria-hidden="true" />
    <SpotMark />
    <div class="corner"><b>{t('fresh.live')}</b><EmgCanvas id="corner" columnPx={(dpr) => Math.max(1, Math.round(dpr))} windowS={5} /></div>
  </>;
}

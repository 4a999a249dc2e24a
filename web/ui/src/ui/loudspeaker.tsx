// SPDX-License-Identifier: Apache-2.0
// What of the EMG is heard on this display, and how loud. What cannot be heard says so: silence must not
// pass for a quiet nerve.
import { dialog, loudspeaker, store } from '../app';
import { LOUDEST, settings } from '../settings';
import { t } from '../i18n/i18n';
import { Icon } from './glyph';

function heard(): string {
  const to = settings.listens.value;
  if (to === '') return t('speaker.off');
  const name = to === LOUDEST ? t('speaker.loudest') : to;
  const channel = store.heard.value === null ? undefined : store.hello.value?.channels[store.heard.value]?.label;
  switch (loudspeaker.state.value) {
    case 'playing': return to === LOUDEST && channel !== undefined ? `${name}: ${channel}` : name;
    case 'wait': return t('speaker.wait');
    case 'unable': return t('speaker.unable');
    default: return t('speaker.silent');
  }
}

export function SpeakerButton() {
  return <button class={`bare speaker ${loudspeaker.state.value}`} onClick={() => { dialog.value = { kind: 'speaker' }; }}>
    <Icon name={loudspeaker.state.value === 'playing' ? 'speaker' : 'mute'} />{heard()}</button>;
}

export function SpeakerPanel() {
  const to = settings.listens.value;
  const buffer = loudspeaker.buffer.value;
  const choices: [string, string][] = [['', t('speaker.off')], [LOUDEST, t('speaker.loudest')],
    ...(store.hello.value?.channels ?? []).map((c): [string, string] => [c.label, c.label])];
  return <>
    <div class="choices">{choices.map(([value, name]) =>
      <button key={value} aria-pressed={to === value} onClick={() => { settings.listens.value = value; }}>{name}</button>)}</div>
    {to !== '' && <p role="status"><b>{heard()}</b>{loudspeaker.state.value === 'playing' && buffer !== null &&
      ` · ${t('speaker.buffer', { ms: Math.round(buffer.fillMs), n: buffer.underruns })}`}</p>}
    <label>{t('speaker.volume')}<input type="range" min={0.02} max={1} step={0.02} value={settings.speakerVolume.value}
      onInput={(e) => { settings.speakerVolume.value = Number(e.currentTarget.value); }} /></label>
    <label>{t('speaker.alarm_volume')}<input type="range" min={0.2} max={1} step={0.05} value={settings.volume.value}
      onInput={(e) => { settings.volume.value = Number(e.currentTarget.value); }} /></label>
    <div class="choices"><button aria-pressed={settings.eventTones.value === 1}
      onClick={() => { settings.eventTones.value = settings.eventTones.value === 1 ? 0 : 1; }}>{t('speaker.events')}</button></div>
    <p>{t('speaker.note')}</p>
  </>;
}

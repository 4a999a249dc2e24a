// SPDX-License-Identifier: Apache-2.0
// One small line: what the daemon measures of itself and of its device. Live only; a replay has neither.
import { store } from '../app';
import type { Timing } from '../protocol/messages';
import { NONE } from '../i18n/format';
import { t } from '../i18n/i18n';

const ms = (timing: Timing | null | undefined): string => timing ? (timing.worst_us / 1000).toFixed(timing.worst_us < 9950 ? 1 : 0) : NONE;

export function Measured() {
  const hello = store.hello.value;
  const status = store.status.value;
  if (hello === null || status === null || hello.kind === 'replay') return <p class="measured" />;
  const dead = store.fresh.value.freshness === 'none';
  const timing = dead ? null : status.timing;
  const ppm = dead ? null : status.rate_ppm;
  return <p class="measured">
    {t('measured.worst', { decision: ms(timing?.decision), socket: ms(timing?.socket), paint: ms(timing?.paint) })}
    {ppm !== null && ppm !== undefined && ` · ${t('measured.clock', { ppm: `${ppm < 0 ? '−' : '+'}${Math.abs(ppm)}` })}`}
    {hello.calibration && <span title={hello.calibration}>{` · ${t('measured.calibrated', { day: hello.calibration.slice(0, 10) })}`}</span>}
  </p>;
}

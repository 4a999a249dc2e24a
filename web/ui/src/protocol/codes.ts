// SPDX-License-Identifier: Apache-2.0
// The closed lists of codes that findings carry (base/finding.h); a test holds them to that header.

export const ENDPOINT_STATES = ['setup', 'baseline', 'not_elicited', 'present', 'attenuated', 'absent',
  'early_loss', 'withheld', 'reached', 'recurred', 'confirmed', 'rejected'] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

export const ENDPOINT_REASONS = ['sweeps', 'checks', 'baseline', 'no_response', 'retake', 'early', 'stimulus',
  'stimulation', 'm_wave', 'electrode', 'saturation', 'relaxant', 'acquisition', 'cautery', 'recovered',
  'confirm', 'reject', 'acknowledge', 'configuration', 'phase'] as const;
export type EndpointReason = (typeof ENDPOINT_REASONS)[number];

export const CHECKS = ['stimulus', 'm_wave', 'electrodes', 'cautery', 'sweeps', 'hold', 'phase', 'branches',
  'intensity', 'train_of_four', 'anaesthetic', 'direct'] as const;
export type CheckId = (typeof CHECKS)[number];

export const SWEEP_REASONS = ['artifact', 'saturated', 'electrode', 'stimulus', 'activity', 'gap', 'settling',
  'rate'] as const;
export type SweepReason = (typeof SWEEP_REASONS)[number];

export const ARTIFACTS = ['cautery', 'drill', 'saturation', 'electrode', 'hum', 'gap'] as const;
export type ArtifactKind = (typeof ARTIFACTS)[number];

export const EMG_KINDS = ['spike', 'burst', 'a_train', 'b_train', 'c_train', 'spasm'] as const;
export type EmgKind = (typeof EMG_KINDS)[number];

export const ALARMS = ['endpoint_reached', 'lsr_recurred', 'train_time', 'neurotonic_discharge', 'stimulus_lost',
  'electrode_off', 'saturated', 'acquisition_lost', 'recording_stopped', 'control_response'] as const;
export type AlarmId = (typeof ALARMS)[number];

// As numbered on the wire.
export const SWEEP_ROLES = ['direct', 'lsr', 'control'] as const;
export type SweepRole = (typeof SWEEP_ROLES)[number];

export const PRIORITIES = ['information', 'low', 'medium', 'high'] as const;
export type Priority = (typeof PRIORITIES)[number];

export const PHASES = ['dura_open', 'decompressed', 'closing'] as const;
export type Phase = (typeof PHASES)[number];

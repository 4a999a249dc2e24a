// SPDX-License-Identifier: Apache-2.0
// The dialogues of a recorded case.
export type RecordedDialog = { kind: 'label' } | { kind: 'replay_more' } | { kind: 'training' } | { kind: 'result' } | { kind: 'course' }
  | { kind: 'lesson'; lesson: number } | { kind: 'history' } | { kind: 'files' } | { kind: 'map' };

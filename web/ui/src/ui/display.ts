// SPDX-License-Identifier: Apache-2.0
// How large this display is to the eye that reads it.
import { signal } from '@preact/signals';

export const arcMinute = signal(1.4); // CSS pixels that fill one arc minute at the viewing distance
export const viewHeight = signal(1080); // CSS pixels

// SPDX-License-Identifier: Apache-2.0
declare const __BUILD__: string;

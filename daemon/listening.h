/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/listening.h - the EMG loudspeaker of the displays: makes sound of the free-running path for
 * those sources that some display listens to, and none where nobody does. Main thread. */
#ifndef LSRD_DAEMON_LISTENING_H
#define LSRD_DAEMON_LISTENING_H

#include "base/err.h"
#include "detect/bank.h"
#include "protocol/frame.h"
#include "protocol/message.h"

struct listening;

/* Gets each AUDIO frame: header without source_tag, made_ms and replay flag, and its samples. */
typedef void listening_send(void *context, const struct frame *frame, const int16_t *samples);

struct listening *listening_create(listening_send *send, void *context, struct err *err);
void listening_destroy(struct listening *l); /* takes NULL */

/* A new life of the bank. hold_s: how long until a stimulus is known. */
void listening_open(struct listening *l, uint32_t rate_hz, uint32_t channels, double hold_s);

/* Who listens to what. is_real_time: a replay at another speed has no sound. */
void listening_follow(struct listening *l, uint32_t count, const struct message_display *displays,
                      bool is_real_time);

void listening_stimulus(struct listening *l, uint64_t sample);
void listening_emg(struct listening *l, const struct bank_output *out, uint32_t stride);

#endif

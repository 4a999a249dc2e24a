/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/answers.h - what the page may ask of a running daemon, as JSON. Main thread's alone. */
#ifndef LSRD_DAEMON_ANSWERS_H
#define LSRD_DAEMON_ANSWERS_H

#include "acquisition/source.h"
#include "daemon/activity.h"
#include "daemon/pipeline.h"
#include "protocol/text.h"

/* `[{"channel", "noise_uv", "hum_uv", "artifact_uv", "verdict"}, ...]`, every channel. */
void answer_quality(struct text *t, const struct pipeline *pipeline);

/* `{"train_limits_s": [medium, high], "slot_s", "slots": [...]}`, as activity_print(). */
void answer_activity(struct text *t, const struct pipeline *pipeline,
                     const struct activity *activity, uint64_t sample);

/* `{"pcm", "problem": TEXT or null, "devices": [{"pcm", "name", "offer", "problem"}]}`: why the device
 * is not there, and while it is not, which are. Lists by opening each for a moment. */
void answer_device(struct text *t, const struct settings *settings, const struct source *source,
                   bool is_waiting);

#endif

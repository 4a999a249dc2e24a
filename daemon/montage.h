/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/montage.h - from configuration and stream format to what a bank is made of: plain data. */
#ifndef LSRD_DAEMON_MONTAGE_H
#define LSRD_DAEMON_MONTAGE_H

#include "base/block.h"
#include "base/err.h"
#include "daemon/settings.h"
#include "detect/params.h"
#include "protocol/finding_json.h"

struct montage {
    struct bank_params params;
    struct finding_context context;
};

/* Resolves labels and inputs. An error names the key, what it asked for and what there is. */
bool montage_build(const struct settings *settings, const struct stream_format *format,
                   struct montage *out, struct err *err);

/* The input that a [channel] section names: plus, and minus or BANK_NO_INPUT. Inputs count from 1
 * in text, from 0 here. */
bool montage_parse_input(const char *text, uint16_t *plus, uint16_t *minus);

/* The labels that inputs of a device get from the [channel] sections; `INn` where none names it. */
void montage_label_inputs(const struct settings *settings, struct stream_format *format);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* web/options.h - the [web] section of the configuration. */
#ifndef LSRD_WEB_OPTIONS_H
#define LSRD_WEB_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/option.h"

struct web_params {
    struct option_text address;
    uint32_t port;
    struct option_text certificate;
    struct option_text key;
    struct option_text token_file;
    struct option_text root;
};

extern const struct option web_options[];

/* What no row alone can say: an address that others reach needs TLS and tokens. */
bool web_params_check(const struct web_params *params, struct err *err);

#endif

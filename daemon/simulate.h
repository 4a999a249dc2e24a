/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/simulate.h - a built-in scenario as a recorded case, as `lsrd simulate` writes it. */
#ifndef LSRD_DAEMON_SIMULATE_H
#define LSRD_DAEMON_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* path must not exist yet; it appears when the case is whole. */
bool simulate_case(const char *scenario, uint64_t seed, const char *path, struct err *err);

#endif

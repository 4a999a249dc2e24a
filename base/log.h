/* SPDX-License-Identifier: Apache-2.0 */
/* base/log.h - one line per change of state on stderr: level, module, then key=value.
 * Never per block, never a patient's name, never from the capture thread. Any other thread. */
#ifndef LSRD_BASE_LOG_H
#define LSRD_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

void log_set_level(enum log_level level);

void log_error(const char *module, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *module, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *module, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const char *module, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Lets through `burst` lines an `interval_ns`; one thread per instance, zeroed is ready.
 * suppressed: how many were held back since the last one that passed. */
struct log_ratelimit {
    int64_t window_start_ns;
    uint32_t passed;
    uint32_t suppressed;
};
bool log_ratelimit_pass(struct log_ratelimit *r, int64_t now_ns, int64_t interval_ns,
                        uint32_t burst);

#endif

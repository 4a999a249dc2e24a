/* SPDX-License-Identifier: Apache-2.0 */
/* Writes log lines, one write(2) a line so that threads do not interleave. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static _Atomic int threshold = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

__attribute__((format(printf, 4, 0))) static void write_line(enum log_level level, const char *name,
                                                             const char *module, const char *format,
                                                             va_list args)
{
    if ((int)level > atomic_load_explicit(&threshold, memory_order_relaxed))
        return;
    char line[1024];
    int length = snprintf(line, sizeof line, "%s %s: ", name, module);
    const int more = vsnprintf(line + length, sizeof line - (size_t)length - 1, format, args);
    if (more < 0)
        return;
    length += more;
    if (length > (int)sizeof line - 2)
        length = (int)sizeof line - 2;
    for (int i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ')
            line[i] = ' '; /* a device's name must not forge a line */
    line[length] = '\n';
    if (write(STDERR_FILENO, line, (size_t)length + 1) < 0)
        return; /* nowhere left to say so */
}

#define LOG_FUNCTION(function, level, name)                                                        \
    void function(const char *module, const char *format, ...)                                     \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, format);                                                                    \
        write_line(level, name, module, format, args);                                             \
        va_end(args);                                                                              \
    }

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR, "error")
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN, "warn")
LOG_FUNCTION(log_info, LOG_LEVEL_INFO, "info")
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG, "debug")

bool log_ratelimit_pass(struct log_ratelimit *r, int64_t now_ns, int64_t interval_ns,
                        uint32_t burst)
{
    if (r->passed == 0 || now_ns - r->window_start_ns >= interval_ns) {
        r->window_start_ns = now_ns;
        r->passed = 0;
        r->suppressed = 0;
    }
    if (r->passed < burst) {
        r->passed++;
        return true;
    }
    r->suppressed++;
    return false;
}

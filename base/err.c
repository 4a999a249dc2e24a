/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the error type. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What came from outside may hold line ends; a failure is one line. */
static void keep_one_line(struct err *e)
{
    for (char *c = e->text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
}

bool err_set(struct err *e, enum err_code code, const char *format, ...)
{
    e->code = code;
    e->os_errno = 0;
    va_list args;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    keep_one_line(e);
    return false;
}

bool err_set_os(struct err *e, enum err_code code, int os_errno, const char *format, ...)
{
    e->code = code;
    e->os_errno = os_errno;
    va_list args;
    va_start(args, format);
    const int length = vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length < sizeof e->text)
        snprintf(e->text + length, sizeof e->text - (size_t)length, ": %s", strerror(os_errno));
    keep_one_line(e);
    return false;
}

int err_exit_status(const struct err *e)
{
    switch (e->code) {
    case ERR_NONE:
        return 0;
    case ERR_USAGE:
    case ERR_CONFIG:
    case ERR_FORMAT:
        return 1;
    default:
        return 2;
    }
}

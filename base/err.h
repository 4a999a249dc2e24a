/* SPDX-License-Identifier: Apache-2.0 */
/* base/err.h - the one error type: an operation failed, and why in one line.
 * A function that can fail takes a struct err * (never NULL) and returns bool or NULL. Only the top
 * of the program decides whether to log, retry or exit; nobody logs and returns. */
#ifndef LSRD_BASE_ERR_H
#define LSRD_BASE_ERR_H

#include <stdbool.h>

enum err_code {
    ERR_NONE,
    ERR_USAGE,  /* the user's mistake: arguments, configuration, a file that is no recording */
    ERR_CONFIG, /* the same, found in a configuration */
    ERR_FORMAT, /* bytes of a file, device or socket that break their format */
    ERR_IO,     /* the system refused; os_errno says how */
    ERR_MEMORY,
    ERR_DEVICE, /* a device refused or is gone; os_errno where there is one */
    ERR_STATE,  /* asked for at the wrong moment */
};

struct err {
    enum err_code code;
    int os_errno; /* 0 where none */
    char text[256]; /* one line, whatever it was made of: no control characters */
};

/* Formats the text. Always returns false, so that a failing path is one line. */
bool err_set(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: keeps os_errno and appends its text. */
bool err_set_os(struct err *e, enum err_code code, int os_errno, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* 1 for the user's mistakes, 2 for the system's, as every subcommand exits. */
int err_exit_status(const struct err *e);

#endif

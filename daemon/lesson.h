/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/lesson.h - the course's lessons as cases: simulated when they are first opened, kept in the
 * cache directory, made again by another version of the program. */
#ifndef LSRD_DAEMON_LESSON_H
#define LSRD_DAEMON_LESSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
    LESSON_NONE = 0,
    LESSONS = 10,
    LESSON_AGAIN = 99, /* the same case, opened anew */
};

/* path receives the case directory of lesson 1 to LESSONS. */
bool lesson_make(uint32_t number, char *path, size_t size, struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* acquisition/waiting.h - a device that may not be there yet: starts without it, says why, and becomes
 * it once it can be opened. So the page is there to say what is missing. */
#ifndef LSRD_ACQUISITION_WAITING_H
#define LSRD_ACQUISITION_WAITING_H

#include "acquisition/source.h"

/* Owns inner, also where it fails. assumed: the format until the device is there; then the source says
 * READ_FORMAT. inner's start() may be called again after it failed. NULL: no memory. */
struct source *waiting_source_create(struct source *inner, const struct stream_format *assumed,
                                     struct err *err);

/* Why the device could not be opened at start(); NULL: it could, or this is another source. */
const char *waiting_source_problem(const struct source *s);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* record/edf_timeline.h - one EDF file onto the time line of a case: its records where their clocks
 * say, without what was lost, and its annotations as marks. Internal to record/. */
#ifndef LSRD_RECORD_EDF_TIMELINE_H
#define LSRD_RECORD_EDF_TIMELINE_H

#include "record/edf_file.h"
#include "record/case_timeline.h"

/* After edf_file_choose(). base: the case's index of the file's first frame, at or behind all that
 * is there. */
bool edf_timeline_add(struct case_timeline *t, struct edf_file *file, uint32_t part, uint64_t base,
                      uint32_t rate_hz, struct remarks *remarks, struct err *err);

#endif

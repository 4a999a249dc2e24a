/* SPDX-License-Identifier: Apache-2.0 */
/* record/edf_file.h - one EDF, EDF+, BDF or BDF+ file: its header, annotations and frames, in
 * bounded memory whatever its size. One thread per file. Internal to record/. */
#ifndef LSRD_RECORD_EDF_FILE_H
#define LSRD_RECORD_EDF_FILE_H

#include "record/annotation.h"
#include "record/edf_header.h"
#include "record/signal_file.h"

struct edf_file;

/* Opens and checks the header; what the file holds less or more than its header says goes into
 * remarks. NULL with one line otherwise. */
struct edf_file *edf_file_open(const char *path, struct remarks *remarks, struct err *err);

const struct edf_header *edf_file_header(const struct edf_file *f);
const struct edf_signal *edf_file_signal(const struct edf_file *f, uint32_t index);
uint64_t edf_file_record_bytes(const struct edf_file *f);
uint64_t edf_file_records(const struct edf_file *f);        /* whole ones that can be read */
uint64_t edf_file_trailing_bytes(const struct edf_file *f); /* behind them */

/* Chooses the signals of one whole-number rate: that of the labels which the file has, or, with
 * none, the rate that most signals with a voltage share (the higher of two). Fills the format;
 * names what it left out in remarks. At most BLOCK_CHANNELS, labels first. */
bool edf_file_choose(struct edf_file *f, const char *const *labels, uint32_t label_count,
                     struct stream_format *format, struct remarks *remarks, struct err *err);

/* As a file of samples. Valid after edf_file_choose; closing it closes the edf_file. */
struct signal_file *edf_file_base(struct edf_file *f);
uint32_t edf_file_frames_per_record(const struct edf_file *f);

/* Calls visit for every annotation in the order of the file, the records' clocks included. visit
 * returns false to stop, with err set. A broken TAL ends its record's annotations and is counted.
 */
typedef bool edf_visit(void *context, uint64_t record, const struct annotation *a, struct err *err);
bool edf_file_annotations(struct edf_file *f, edf_visit *visit, void *context, uint64_t *broken,
                          struct err *err);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* record/edf_header.h - the header of an EDF, EDF+, BDF or BDF+ file, checked while it is parsed.
 * Pure functions over bytes: no I/O, no allocation. Behind them nothing checks a header again. */
#ifndef LSRD_RECORD_EDF_HEADER_H
#define LSRD_RECORD_EDF_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/block.h"
#include "base/err.h"

enum {
    EDF_BLOCK = 256,          /* bytes of the fixed part, and of each signal's part */
    EDF_SIGNALS = 9999,       /* four digits */
    EDF_RECORD_COUNT_AT = 236 /* where the eight characters of the record count lie */
};

enum edf_continuity {
    EDF_PLAIN,         /* EDF or BDF: no annotations, contiguous */
    EDF_CONTINUOUS,    /* EDF+C, BDF+C */
    EDF_DISCONTINUOUS, /* EDF+D, BDF+D: every record says when it starts */
};

struct edf_header {
    bool is_bdf; /* 24 bit a sample; otherwise 16 */
    enum edf_continuity continuity;
    char patient[81];
    char recording[81];
    char start_date[9]; /* dd.mm.yy as the file has it: not checked, often invalid */
    char start_time[9]; /* hh.mm.ss */
    int64_t records;    /* -1: its writer never closed it */
    double duration_s;  /* of one record; 0 only where there are annotations alone */
    uint32_t signals;   /* 1 to EDF_SIGNALS */
    size_t header_bytes;
};

struct edf_signal {
    char label[STREAM_LABEL]; /* printable ASCII; `CHn` where the file has none */
    char dimension[9];
    double physical_min;
    double physical_max;
    int32_t digital_min;
    int32_t digital_max;
    uint32_t samples;    /* a record, 1 to 99999999 */
    bool is_annotations; /* holds TALs instead of samples */
    char fault[96]; /* empty, or why its samples cannot be used: what, and what would be right */
};

/* bytes: the first EDF_BLOCK of a file. name: for the error, which says what is wrong and what
 * would be right. */
bool edf_header_parse(const unsigned char bytes[EDF_BLOCK], const char *name, struct edf_header *h,
                      struct err *err);

/* bytes: all h->header_bytes of the header. index: 0 to h->signals - 1. */
bool edf_signal_parse(const struct edf_header *h, const unsigned char *bytes, uint32_t index,
                      const char *name, struct edf_signal *s, struct err *err);

/* Bytes of one sample in this file: 2 or 3. */
static inline size_t edf_sample_bytes(const struct edf_header *h)
{
    return h->is_bdf ? 3 : 2;
}

/* The signal's rate where it is a whole number of hertz, else 0. */
uint32_t edf_signal_rate_hz(const struct edf_header *h, const struct edf_signal *s);

/* Microvolts of one unit of a dimension (uV, mV, V, nV), or 0 where it is no voltage. */
double edf_dimension_uv(const char *dimension);

#endif

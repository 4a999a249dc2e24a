/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/text.h - a bounded writer of JSON text on the hot path. Never allocates, never emits NaN
 * or infinity (they become null), escapes what JSON wants escaped. Overflow sticks: check
 * text_ok() once at the end. */
#ifndef LSRD_PROTOCOL_TEXT_H
#define LSRD_PROTOCOL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *bytes; /* the caller's */
    size_t size;
    size_t length; /* without the terminating NUL, which is always there */
    bool overflow;
};

void text_init(struct text *t, char *bytes, size_t size);
bool text_ok(const struct text *t);

void text_raw(struct text *t, const char *bytes); /* as it stands: punctuation, `"key":` */
void text_bytes(struct text *t, const char *bytes, size_t count); /* the same, without a NUL */
void text_string(struct text *t, const char *value); /* quoted, escaped; NULL becomes null */
void text_unsigned(struct text *t, uint64_t value);
void text_signed(struct text *t, int64_t value);
/* digits behind the point, 0 to 6; a value that rounds to zero prints without a sign. */
void text_fixed(struct text *t, double value, int digits);
void text_bool(struct text *t, bool value);

/* `"key":`, escaped, with a comma before it unless the last byte opens an object or list. */
void text_key(struct text *t, const char *key);
/* Key and value at once. */
void text_key_string(struct text *t, const char *key, const char *value);
void text_key_unsigned(struct text *t, const char *key, uint64_t value);
void text_key_signed(struct text *t, const char *key, int64_t value);
void text_key_fixed(struct text *t, const char *key, double value, int digits);
void text_key_bool(struct text *t, const char *key, bool value);

/* A comma unless the last byte opens an object or list: before an element. */
void text_next(struct text *t);

#endif

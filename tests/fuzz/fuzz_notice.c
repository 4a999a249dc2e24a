/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as another daemon's notice: an error, or a notice that says the same when it is told on. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "protocol/live_notice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct live_notice notice, again;
    static char bytes[LIVE_NOTICE_BYTES];
    struct err err = {0};
    if (!live_notice_decode((const char *)data, size, &notice, &err)) {
        assert(err.text[0] != 0 && !strchr(err.text, '\n'));
        return 0;
    }
    struct text t;
    text_init(&t, bytes, sizeof bytes);
    live_notice_encode(&t, &notice);
    assert(text_ok(&t));
    assert(live_notice_decode(bytes, t.length, &again, &err));
    assert(memcmp(&notice, &again, sizeof notice) == 0);
    return 0;
}

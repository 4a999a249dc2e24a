/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a client's message: a struct or an error, never a crash, never an unterminated
 * string. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "protocol/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct client_message m;
    struct err err;
    if (!client_message_decode((const char *)data, size, &m, &err)) {
        assert(err.text[0] != 0);
        return 0;
    }
    if (m.type == CLIENT_HI)
        assert(strnlen(m.hi.name, sizeof m.hi.name) < sizeof m.hi.name &&
               strnlen(m.hi.client, sizeof m.hi.client) < sizeof m.hi.client);
    if (m.type == CLIENT_COMMAND)
        assert(m.command.id > 0 && m.command.op < COMMAND_OPS &&
               strnlen(m.command.text, COMMAND_TEXT) < COMMAND_TEXT);
    return 0;
}

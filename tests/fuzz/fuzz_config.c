/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration: no crash, and what was taken prints and reads back the same. */
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/print.h"
#include "config/rewrite.h"
#include "tests/config/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct test_settings settings, again;
    struct err err;
    struct config *c = config_create(test_sections, &settings, &err);
    if (!c)
        return 0;
    config_read_text(c, "fuzz", (const char *)data, size, &err);
    char *assignment = strndup((const char *)data, size);
    if (assignment)
        config_override(c, assignment);
    config_finish(c);
    char *print = config_print(test_sections, &settings, 0);
    struct config *second = config_create(test_sections, &again, &err);
    if (print && second) {
        config_read_text(second, "print", print, strlen(print), &err);
        if (config_mistake_count(second) > 0)
            abort();
        char *print_again = config_print(test_sections, &again, 0);
        if (print_again && strcmp(print, print_again) != 0)
            abort();
        free(print_again);
    }
    size_t length;
    free(config_rewrite((const char *)data, size, "response", "", "share", "40 %", &length));
    config_destroy(second);
    config_destroy(c);
    free(print);
    free(assignment);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Compares cases one after the other and sums up. */
#include "daemon/analyze_compare.h"

#include <stdio.h>
#include <string.h>

#include "daemon/comparison_text.h"
#include "daemon/what_if.h"

enum { LINE = 4096 };

struct sums {
    uint32_t cases;
    struct comparison_total totals[WHATS];
    uint32_t judged[SIDES];
};

/* What the inputs are holds on both sides, how they are judged is tried. */
static bool split(const struct arguments *arguments, struct arguments *base,
                  struct what_if_sets *tried, struct err *err)
{
    *base = *arguments;
    base->override_count = 0;
    *tried = (struct what_if_sets){0};
    for (uint32_t i = 0; i < arguments->override_count; i++) {
        const char *text = arguments->overrides[i];
        if (what_if_is_mapping(text))
            base->overrides[base->override_count++] = text;
        else if (tried->count == WHAT_IF_SETS)
            return err_set(err, ERR_USAGE, "more than %d thresholds to try", WHAT_IF_SETS);
        else
            tried->texts[tried->count++] = text;
    }
    if (tried->count == 0)
        return err_set(err, ERR_USAGE,
                       "--compare wants a threshold to try, as --set response.min_amplitude=40uV");
    return true;
}

static void add_sums(struct sums *sums, const struct comparison *c)
{
    sums->cases++;
    for (int what = 0; what < WHATS; what++) {
        const struct comparison_total *t = comparison_total(c, (enum comparison_what)what);
        for (int side = 0; side < SIDES; side++)
            sums->totals[what].count[side] += t->count[side];
        for (int change = 0; change < CHANGES; change++)
            sums->totals[what].changes[change] += t->changes[change];
    }
    for (int side = 0; side < SIDES; side++)
        sums->judged[side] += comparison_judged(c, (enum comparison_side)side);
}

static void print_totals_json(const struct sums *sums, const char *path)
{
    char bytes[LINE];
    struct text line;
    text_init(&line, bytes, sizeof bytes);
    text_raw(&line, "{");
    text_key_string(&line, "type", "comparison");
    if (path)
        text_key_string(&line, "case", path);
    else
        text_key_unsigned(&line, "cases", sums->cases);
    comparison_json_totals(sums->totals, sums->judged, &line);
    text_raw(&line, "}\n");
    if (text_ok(&line))
        fputs(bytes, stdout);
}

static void print_json(const struct what_if *w, const struct comparison *c, const char *path)
{
    size_t count;
    const struct comparison_difference *list = comparison_differences(c, &count);
    for (size_t i = 0; i < count; i++) {
        char bytes[LINE];
        struct text line;
        text_init(&line, bytes, sizeof bytes);
        comparison_json(what_if_context(w), &list[i], &line);
        puts(bytes);
    }
    struct sums own = {0};
    add_sums(&own, c);
    print_totals_json(&own, path);
}

static void print_text(const struct what_if *w, const struct comparison *c, const char *path)
{
    struct sums own = {0};
    add_sums(&own, c);
    printf("%s\n\n", path);
    comparison_text_totals(own.totals, own.judged, stdout);
    putchar('\n');
    comparison_text_print(what_if_context(w), c, stdout);
    putchar('\n');
}

static bool compare(const char *path, const struct arguments *base,
                    const struct what_if_sets *tried, bool is_json, struct sums *sums,
                    struct err *err)
{
    struct what_if *w = what_if_open(path, base, NULL, err);
    struct comparison *c = w ? what_if_compare(w, tried, NULL, err) : NULL;
    if (c) {
        add_sums(sums, c);
        (is_json ? print_json : print_text)(w, c, path);
    }
    const bool is_done = c != NULL;
    comparison_destroy(c);
    what_if_close(w);
    return is_done;
}

int analyze_compare(const struct arguments *arguments, const char *with, bool is_json)
{
    struct err err = {0};
    struct arguments base;
    struct what_if_sets tried;
    struct sums sums = {0};
    if (strcmp(with, "as-monitored") != 0) {
        err_set(&err, ERR_USAGE, "--compare %s: as-monitored is what there is", with);
        return arguments_fail("analyze", &err);
    }
    if (!split(arguments, &base, &tried, &err))
        return arguments_fail("analyze", &err);
    int status = 0;
    for (int i = 0; i < arguments->operand_count; i++)
        if (!compare(arguments->operands[i], &base, &tried, is_json, &sums, &err))
            status = arguments_fail("analyze", &err);
    if (is_json)
        print_totals_json(&sums, NULL);
    else if (sums.cases > 1) {
        printf("%u cases\n\n", sums.cases);
        comparison_text_totals(sums.totals, sums.judged, stdout);
    }
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration as text: printed, hashed, compared, rewritten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/compare.h"
#include "config/config.h"
#include "config/print.h"
#include "config/rewrite.h"
#include "tests/config/settings.h"

static struct test_settings settings;

static void read_good(const char *text)
{
    struct err err;
    struct config *c = config_create(test_sections, &settings, &err);
    assert_non_null(c);
    assert_true(config_read_text(c, "a.conf", text, strlen(text), &err));
    config_finish(c);
    if (config_mistake_count(c) > 0)
        config_mistakes_print(c, stderr);
    assert_int_equal(config_mistake_count(c), 0);
    config_destroy(c);
}

static void the_print_reads_back_to_the_same_print(void **state)
{
    (void)state;
    read_good("[channel B]\ninput = 2\n[channel A]\ninput = 1\nnear = B\n"
              "[response]\nwindow = 0.0071 s .. 31 ms\nshare = 0.123456789\n");
    char *print = config_print(test_sections, &settings, 0);
    assert_string_equal(print, "[device]\n"
                               "source = alsa\n"
                               "pcm = default\n"
                               "rate = 20 kHz\n"
                               "seed = 1\n"
                               "\n"
                               "[response]\n"
                               "window = 7.1 ms .. 31 ms\n"
                               "min_amplitude = 20 uV\n"
                               "strict = no\n"
                               "share = 12.3456789 %\n"
                               "beside =\n"
                               "\n"
                               "[channel B]\n"
                               "input = 2\n"
                               "scale = 10 mV\n"
                               "near =\n"
                               "\n"
                               "[channel A]\n"
                               "input = 1\n"
                               "scale = 10 mV\n"
                               "near = B\n");
    static struct test_settings first;
    first = settings;
    read_good(print);
    struct config_difference d;
    assert_int_equal(config_compare(test_sections, &first, &settings, &d, 1), 0);
    char *again = config_print(test_sections, &settings, 0);
    assert_string_equal(print, again);
    free(again);
    free(print);
}

static void the_hash_sees_what_changes_findings_alone(void **state)
{
    (void)state;
    struct err err;
    char before[SHA256_HEX], after[SHA256_HEX];
    read_good("");
    assert_true(config_hash(test_sections, &settings, before));
    assert_true(config_set(test_sections, &settings, "device.source=patient", &err));
    assert_true(config_hash(test_sections, &settings, after));
    assert_string_equal(before, after);
    assert_true(config_set(test_sections, &settings, "response.share=51 %", &err));
    assert_true(config_hash(test_sections, &settings, after));
    assert_string_not_equal(before, after);
    char *subset = config_print(test_sections, &settings, OPTION_FEATURES | OPTION_JUDGEMENT);
    assert_string_equal(
        subset, "[response]\nwindow = 6 ms .. 25 ms\nmin_amplitude = 20 uV\nshare = 51 %\n");
    free(subset);
}

/* An option that came later leaves the hash of every configuration without it as it was. */
static void an_extra_option_is_hashed_where_it_is_given(void **state)
{
    (void)state;
    struct err err;
    read_good("");
    assert_true(config_set(test_sections, &settings, "response.beside=OOC", &err));
    char *given = config_print(test_sections, &settings, OPTION_FEATURES | OPTION_JUDGEMENT);
    assert_non_null(strstr(given, "beside = OOC\n"));
    assert_true(config_set(test_sections, &settings, "response.beside=", &err));
    char *left = config_print(test_sections, &settings, OPTION_FEATURES | OPTION_JUDGEMENT);
    char *all = config_print(test_sections, &settings, 0);
    assert_null(strstr(left, "beside"));
    assert_non_null(strstr(all, "beside =\n"));
    free(given);
    free(left);
    free(all);
}

static void the_example_reads_as_the_defaults(void **state)
{
    (void)state;
    char *example = config_example(test_sections);
    assert_non_null(strstr(example, "# One muscle channel.\n"));
    assert_non_null(strstr(example, "# [channel MENT]\n# input = 3\n"));
    assert_non_null(strstr(example, "# searched until learned. (1 ms to 200 ms, both ends) May "
                                    "change during a case.\nwindow = 6 ms .. 25 ms\n"));
    read_good(example);
    static struct test_settings defaults;
    config_defaults(test_sections, &defaults);
    struct config_difference d;
    assert_int_equal(config_compare(test_sections, &defaults, &settings, &d, 1), 0);
    free(example);
}

static void differences_say_what_a_case_may_take(void **state)
{
    (void)state;
    struct err err;
    static struct test_settings before;
    read_good("[channel A]\ninput=1\n[channel B]\ninput=2\n");
    before = settings;
    read_good("[channel B]\ninput=3\n");
    assert_true(config_set(test_sections, &settings, "response.min_amplitude=40uV", &err));
    assert_true(config_set(test_sections, &settings, "device.rate=10kHz", &err));
    struct config_difference d[8];
    assert_int_equal(config_compare(test_sections, &before, &settings, d, 8), 5);
    char text[512];
    config_difference_format(&d[0], text, sizeof text);
    assert_string_equal(text, "device.rate=10 kHz");
    assert_false(config_difference_is_live(&d[0]));
    assert_false(config_difference_changes_findings(&d[0]));
    config_difference_format(&d[1], text, sizeof text);
    assert_string_equal(text, "response.min_amplitude=40 uV");
    assert_string_equal(d[1].from, "20 uV");
    assert_true(config_difference_is_live(&d[1]));
    assert_true(config_difference_changes_findings(&d[1]));
    assert_null(d[2].option); /* A is gone */
    assert_string_equal(d[2].title, "A");
    assert_false(config_difference_is_live(&d[2]));
    assert_null(d[3].option); /* B stands elsewhere */
    assert_string_equal(d[4].to, "3");
    assert_int_equal(config_compare(test_sections, &before, &before, d, 8), 0);
}

static void assert_rewrite(const char *text, const char *section, const char *title,
                           const char *key, const char *value, const char *expected)
{
    size_t length;
    char *anew = config_rewrite(text, strlen(text), section, title, key, value, &length);
    assert_string_equal(anew, expected);
    assert_int_equal(length, strlen(expected));
    free(anew);
}

static void rewriting_keeps_what_the_author_wrote(void **state)
{
    (void)state;
    static const char text[] = "# mine\n[response]\n  window =  6 ms .. 25 ms   # as in theatre 2\n"
                               "#window = 1 ms .. 2 ms\n\n[channel A]\nscale=10 mV\r\n\n[x]\n";
    assert_rewrite(text, "response", "", "window", "7 ms .. 25 ms",
                   "# mine\n[response]\n  window =  7 ms .. 25 ms   # as in theatre 2\n"
                   "#window = 1 ms .. 2 ms\n\n[channel A]\nscale=10 mV\r\n\n[x]\n");
    assert_rewrite(text, "channel", "A", "scale", "5 mV",
                   "# mine\n[response]\n  window =  6 ms .. 25 ms   # as in theatre 2\n"
                   "#window = 1 ms .. 2 ms\n\n[channel A]\nscale=5 mV\r\n\n[x]\n");
    assert_rewrite(text, "response", "", "share", "40 %",
                   "# mine\n[response]\n  window =  6 ms .. 25 ms   # as in theatre 2\n"
                   "#window = 1 ms .. 2 ms\nshare = 40 %\n\n[channel A]\nscale=10 mV\r\n\n[x]\n");
    assert_rewrite("[a]\nk =   # none yet\n", "a", "", "k", "v", "[a]\nk = v   # none yet\n");
    assert_rewrite("[a]\nk=1", "b", "T", "k", "2", "[a]\nk=1\n\n[b T]\nk = 2\n");
    assert_rewrite("", "b", "", "k", "2", "[b]\nk = 2\n");
}

static void a_file_is_rewritten_whole_and_keeps_its_mode(void **state)
{
    (void)state;
    char directory[] = "/tmp/lsrd-config-XXXXXX";
    assert_non_null(mkdtemp(directory));
    char path[64], link[64];
    snprintf(path, sizeof path, "%s/lsrd.conf", directory);
    snprintf(link, sizeof link, "%s/link.conf", directory);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs("[response]\nshare = 50 % # half\n", f);
    fclose(f);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(symlink("lsrd.conf", link), 0);
    struct err err;
    assert_true(config_rewrite_file(link, "response", "", "share", "40 %", &err));
    struct stat status;
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    struct config *c = config_create(test_sections, &settings, &err);
    assert_true(config_read(c, path, &err));
    assert_int_equal(config_mistake_count(c), 0);
    assert_true(settings.response.share == 0.4);
    config_destroy(c);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0); /* nothing was left beside it */
    assert_false(config_rewrite_file(path, "response", "", "share", "40 %", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_print_reads_back_to_the_same_print),
        cmocka_unit_test(the_hash_sees_what_changes_findings_alone),
        cmocka_unit_test(an_extra_option_is_hashed_where_it_is_given),
        cmocka_unit_test(the_example_reads_as_the_defaults),
        cmocka_unit_test(differences_say_what_a_case_may_take),
        cmocka_unit_test(rewriting_keeps_what_the_author_wrote),
        cmocka_unit_test(a_file_is_rewritten_whole_and_keeps_its_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

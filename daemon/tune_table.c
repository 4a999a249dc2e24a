/* SPDX-License-Identifier: Apache-2.0 */
/* Writes rows, reads and sums them. */
#include "daemon/tune_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 8192 };

static const char head[] = "settings,hours,present,found,absent,mistaken,trains,trains_found,"
                           "trains_mistaken,endpoints,endpoints_reached,endpoints_mistaken,delay_s,"
                           "case\n";

void tune_table_head(FILE *out)
{
    fputs(head, out);
}

/* The path comes last, and may hold anything but a line's end. */
void tune_table_row(FILE *out, const char *case_path, const char *settings,
                    const struct tune_counts *c)
{
    fprintf(out, "%s,%.9g,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,", settings, c->hours, c->present, c->found,
            c->absent, c->mistaken, c->trains, c->trains_found, c->trains_mistaken, c->endpoints,
            c->endpoints_reached, c->endpoints_mistaken);
    if (!isnan(c->delay_s))
        fprintf(out, "%.3f", c->delay_s);
    fprintf(out, ",%s\n", case_path);
}

static struct tune_point *point_of(struct tune_table *t, const char *settings)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->points[i].settings, settings) == 0)
            return &t->points[i];
    if (t->count == t->capacity) {
        const size_t wanted = t->capacity ? 2 * t->capacity : 64;
        void *bigger = realloc(t->points, wanted * sizeof *t->points);
        if (!bigger)
            return NULL;
        t->points = bigger;
        t->capacity = wanted;
    }
    struct tune_point *p = &t->points[t->count++];
    memset(p, 0, sizeof *p);
    snprintf(p->settings, sizeof p->settings, "%s", settings);
    return p;
}

static bool add_delay(struct tune_point *p, double delay_s)
{
    if (p->delay_count == p->delay_capacity) {
        const size_t wanted = p->delay_capacity ? 2 * p->delay_capacity : 16;
        void *bigger = realloc(p->delays, wanted * sizeof *p->delays);
        if (!bigger)
            return false;
        p->delays = bigger;
        p->delay_capacity = wanted;
    }
    p->delays[p->delay_count++] = delay_s;
    return true;
}

static bool add_counts(struct tune_point *p, const struct tune_counts *c)
{
    struct tune_counts *s = &p->sums;
    p->cases++;
    s->hours += c->hours;
    s->present += c->present;
    s->found += c->found;
    s->absent += c->absent;
    s->mistaken += c->mistaken;
    s->trains += c->trains;
    s->trains_found += c->trains_found;
    s->trains_mistaken += c->trains_mistaken;
    s->endpoints += c->endpoints;
    s->endpoints_reached += c->endpoints_reached;
    s->endpoints_mistaken += c->endpoints_mistaken;
    return isnan(c->delay_s) || add_delay(p, c->delay_s);
}

static bool read_row(struct tune_table *t, const char *line, struct err *err)
{
    struct tune_counts c = {.delay_s = FINDING_UNKNOWN};
    char settings[TUNE_SETTINGS], delay[32] = "";
    const size_t length = strcspn(line, ",");
    if (line[length] != ',' || length >= sizeof settings)
        return err_set(err, ERR_FORMAT, "no settings");
    memcpy(settings, line, length);
    settings[length] = 0;
    if (sscanf(line + length, ",%lf,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%31[^,\n]", &c.hours, &c.present,
               &c.found, &c.absent, &c.mistaken, &c.trains, &c.trains_found, &c.trains_mistaken,
               &c.endpoints, &c.endpoints_reached, &c.endpoints_mistaken, delay) < 11)
        return err_set(err, ERR_FORMAT, "eleven numbers are expected");
    if (delay[0])
        c.delay_s = strtod(delay, NULL);
    struct tune_point *p = point_of(t, settings);
    return (p && add_counts(p, &c)) || err_set(err, ERR_MEMORY, "a table");
}

bool tune_table_read(struct tune_table *t, const char *path, struct err *err)
{
    char line[LINE];
    FILE *f = fopen(path, "re");
    if (!f)
        return err_set_os(err, ERR_IO, errno, "%.200s", path);
    bool is_fine = fgets(line, sizeof line, f) && strcmp(line, head) == 0;
    if (!is_fine)
        err_set(err, ERR_FORMAT, "%.120s: no table of a tuning job", path);
    for (unsigned number = 2; is_fine && fgets(line, sizeof line, f); number++) {
        struct err why = {0};
        is_fine = read_row(t, line, &why);
        if (!is_fine)
            err_set(err, why.code, "%.120s:%u: %.100s", path, number, why.text);
    }
    fclose(f);
    return is_fine;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void tune_table_finish(struct tune_table *t)
{
    for (size_t i = 0; i < t->count; i++) {
        struct tune_point *p = &t->points[i];
        p->sums.delay_s = FINDING_UNKNOWN;
        if (p->delay_count == 0)
            continue;
        qsort(p->delays, p->delay_count, sizeof *p->delays, by_value);
        p->sums.delay_s = p->delays[p->delay_count / 2];
    }
}

void tune_table_free(struct tune_table *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->points[i].delays);
    free(t->points);
    memset(t, 0, sizeof *t);
}

static double share(uint32_t part, uint32_t whole)
{
    return whole ? (double)part / whole : FINDING_UNKNOWN;
}

double tune_sensitivity(const struct tune_counts *c)
{
    return share(c->found, c->present);
}

double tune_specificity(const struct tune_counts *c)
{
    return share(c->absent - c->mistaken, c->absent);
}

double tune_train_sensitivity(const struct tune_counts *c)
{
    return share(c->trains_found, c->trains);
}

double tune_per_hour(const struct tune_counts *c, uint32_t count)
{
    return c->hours > 0.0 ? count / c->hours : FINDING_UNKNOWN;
}

static void put(FILE *out, double value, int digits)
{
    fputc(',', out);
    if (!isnan(value))
        fprintf(out, "%.*f", digits, value);
}

bool tune_table_write(const struct tune_table *t, const char *path, struct err *err)
{
    FILE *out = fopen(path, "we");
    if (!out)
        return err_set_os(err, ERR_IO, errno, "%.200s", path);
    fputs("settings,cases,hours,sweep_sensitivity,sweep_specificity,false_responses_per_hour,"
          "train_sensitivity,false_trains_per_hour,endpoints,endpoints_reached,"
          "false_endpoints_per_hour,delay_median_s,delay_max_s\n",
          out);
    for (size_t i = 0; i < t->count; i++) {
        const struct tune_point *p = &t->points[i];
        const struct tune_counts *c = &p->sums;
        fprintf(out, "%s,%u,%.4f", p->settings, p->cases, c->hours);
        put(out, tune_sensitivity(c), 5);
        put(out, tune_specificity(c), 5);
        put(out, tune_per_hour(c, c->mistaken), 3);
        put(out, tune_train_sensitivity(c), 4);
        put(out, tune_per_hour(c, c->trains_mistaken), 3);
        fprintf(out, ",%u,%u", c->endpoints, c->endpoints_reached);
        put(out, tune_per_hour(c, c->endpoints_mistaken), 3);
        put(out, c->delay_s, 1);
        put(out, p->delay_count ? p->delays[p->delay_count - 1] : FINDING_UNKNOWN, 1);
        fputc('\n', out);
    }
    return fclose(out) == 0 || err_set_os(err, ERR_IO, errno, "%.200s", path);
}

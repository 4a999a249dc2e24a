/* SPDX-License-Identifier: Apache-2.0 */
/* Findings again as lines, amplitudes again as points. */
#include "daemon/history.h"

enum {
    HISTORY_POINTS = 500,    /* told at once */
    HISTORY_FINDINGS = 5000, /* the newest; a page keeps 3000 events */
};

static void count(void *context, const struct finding *f)
{
    const struct history *h = context;
    activity_finding(h->activity, f);
}

static void tell_finding(void *context, const struct finding *f)
{
    const struct history *h = context;
    activity_finding(h->activity, f);
    char line[FINDING_LINE];
    const size_t length =
        finding_json_line(case_run_context(pipeline_run(h->pipeline)), f, line);
    live_case_finding(h->case_, f, line, length);
    publisher_finding(h->publisher, f, line, length);
}

void history_tell(const struct history *h, const struct case_index_place *place)
{
    struct message_trend_point points[HISTORY_POINTS];
    const uint32_t first =
        place->findings > HISTORY_FINDINGS ? place->findings - HISTORY_FINDINGS : 0;
    for (uint32_t at = 0; at < place->points; at += HISTORY_POINTS) {
        const uint32_t left = place->points - at;
        const uint32_t count = left < HISTORY_POINTS ? left : HISTORY_POINTS;
        case_index_points(h->index, at, count, points);
        publisher_points(h->publisher, count, points);
    }
    struct history self = *h;
    case_index_findings(h->index, 0, first, count, &self);
    case_index_findings(h->index, first, place->findings, tell_finding, &self);
}

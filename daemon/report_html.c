/* SPDX-License-Identifier: Apache-2.0 */
/* Lays the report out: course, amplitudes, endpoint with evidence, events, alarms, marks, settings.
 */
#include "daemon/report_html.h"

#include <math.h>
#include <string.h>

#include "daemon/mark_words.h"
#include "daemon/report_svg.h"
#include "protocol/codes.h"

enum {
    ROWS_PRINTED = 24, /* of a table: the page is two sheets */
    SUMS_PRINTED = 6,
};

struct page {
    const struct report_data *d;
    const struct report_case *case_;
    enum language l;
    FILE *out;
};

static const char *say(const struct page *p, const char *code)
{
    return word_of(p->l, "report.", code);
}

static void put_time(const struct page *p, uint64_t sample)
{
    const double s = (double)sample / p->d->montage->params.rate_hz;
    const unsigned long whole = (unsigned long)s;
    fprintf(p->out, "%lu:%02lu:%04.1f", whole / 3600, whole / 60 % 60,
            floor((s - (double)(whole / 60 * 60)) * 10) / 10);
}

static void put_cell(const struct page *p, const char *text)
{
    fputs("<td>", p->out);
    html_text(p->out, text);
    fputs("</td>", p->out);
}

static void put_time_cell(const struct page *p, uint64_t sample)
{
    fputs("<td class=\"n\">", p->out);
    put_time(p, sample);
    fputs("</td>", p->out);
}

/* kind: of the section; "halves" for narrow rows, which may be many. */
static void open_table(const struct page *p, const char *kind, const char *title,
                       const char *const *columns)
{
    fprintf(p->out, "<section class=\"%s\"><h2>%s</h2><table><tr>", kind, say(p, title));
    for (; *columns; columns++)
        fprintf(p->out, "<th>%s</th>", **columns ? say(p, *columns) : "");
    fputs("</tr>", p->out);
}

static void close_table(const struct page *p, uint32_t rows)
{
    if (rows == 0)
        fprintf(p->out, "<tr><td colspan=\"8\">%s</td></tr>", say(p, "none"));
    if (rows > ROWS_PRINTED)
        fprintf(p->out, "<tr><td colspan=\"8\">+%u %s</td></tr>", rows - ROWS_PRINTED,
                say(p, "more"));
    fputs("</table></section>\n", p->out);
}

static const char *branch_name(const struct page *p, uint8_t branch)
{
    const struct finding_context *c = &p->d->montage->context;
    return branch < c->branch_count ? c->branches[branch] : "";
}

static const char *channel_name(const struct page *p, uint16_t channel)
{
    const struct finding_context *c = &p->d->montage->context;
    return channel < c->channel_count ? c->labels[channel] : "";
}

/* ---- endpoint ---- */

/* What a branch's end rests on: the last change of state that says something. */
static const struct finding *last_change(const struct page *p, uint8_t branch)
{
    const struct finding *last = NULL;
    for (uint32_t i = 0; i < p->d->row_count; i++) {
        const struct finding *f = &p->d->rows[i];
        if (f->type == FINDING_ENDPOINT && f->endpoint.branch == branch)
            last = f;
    }
    return last;
}

static void print_check(const struct page *p, const struct finding_check *c)
{
    fprintf(p->out, "<tr><td class=\"%s\">%s</td><td>%s</td><td class=\"n\">", c->ok ? "ok" : "no",
            c->ok ? "✓" : "✗", word_of(p->l, "check.", code_endpoint_check(c->id)));
    if (isfinite(c->value))
        fprintf(p->out, "%.4g", c->value);
    fputs("</td><td class=\"n\">", p->out);
    if (isfinite(c->limit))
        fprintf(p->out, "%.4g", c->limit);
    fprintf(p->out, "</td><td>%s</td></tr>", say(p, c->required ? "required" : "advisory"));
}

static void print_evidence(const struct page *p, const struct finding_endpoint *e)
{
    const struct finding_evidence *v = &e->evidence;
    fprintf(p->out, "<p>%s: <b>%u / %u</b>", say(p, "responses"), v->responses, v->valid);
    if (v->taken_out)
        fprintf(p->out, " · %u %s", v->taken_out, say(p, "taken_out"));
    if (isfinite(v->bound_95) && v->valid)
        fprintf(p->out, " · %s %.0f %%", say(p, "bound"), ceil(v->bound_95 * 100));
    if (isfinite(v->m_ratio))
        fprintf(p->out, " · %s %.0f %%", say(p, "m_wave"), v->m_ratio * 100);
    fprintf(p->out,
            "</p><div class=\"two\"><table><tr><th></th><th></th><th>%s</th><th>%s</th>"
            "<th></th></tr>",
            say(p, "value"), say(p, "limit"));
    for (uint16_t i = 0; i < v->check_count; i++)
        print_check(p, &v->checks[i]);
    fprintf(p->out, "</table><table><tr><th>%s</th><th>%s µV</th><th>%s µV</th></tr>",
            say(p, "channel"), say(p, "baseline"), say(p, "then"));
    for (uint16_t i = 0; i < v->channel_count; i++) {
        const struct finding_evidence_channel *c = &v->channels[i];
        fputs("<tr>", p->out);
        put_cell(p, channel_name(p, c->channel));
        fputs("<td class=\"n\">", p->out);
        if (isfinite(c->baseline_uv))
            fprintf(p->out, "%.1f", c->baseline_uv);
        fputs("</td><td class=\"n\">", p->out);
        if (isfinite(c->now_uv))
            fprintf(p->out, "%.1f", c->now_uv);
        fputs("</td></tr>", p->out);
    }
    fputs("</table></div>", p->out);
}

static void print_endpoints(const struct page *p)
{
    fprintf(p->out, "<section><h2>%s</h2>", say(p, "endpoint"));
    for (uint8_t b = 0; b < p->d->montage->params.branches; b++) {
        const struct finding *f = last_change(p, b);
        fputs("<h3>", p->out);
        html_text(p->out, branch_name(p, b));
        const enum endpoint_state state = f ? f->endpoint.state : ENDPOINT_SETUP;
        fprintf(p->out, ": %s", word_of(p->l, "state.", code_endpoint_state(state)));
        if (state == ENDPOINT_REACHED)
            fprintf(p->out, " <small>(%s)</small>", say(p, "unconfirmed"));
        if (f) {
            fputs(" <small>", p->out);
            put_time(p, f->decided_sample);
            fputs("</small>", p->out);
        }
        fputs("</h3>", p->out);
        if (f)
            print_evidence(p, &f->endpoint);
    }
    fputs("</section>\n", p->out);
}

static void print_changes(const struct page *p)
{
    uint32_t n = 0;
    open_table(p, "halves", "changes",
               (const char *const[]){"time", "branch", "state", "because", NULL});
    for (uint32_t i = 0; i < p->d->row_count; i++) {
        const struct finding *f = &p->d->rows[i];
        if (f->type != FINDING_ENDPOINT || n++ >= ROWS_PRINTED)
            continue;
        fputs("<tr>", p->out);
        put_time_cell(p, f->decided_sample);
        put_cell(p, branch_name(p, f->endpoint.branch));
        put_cell(p, word_of(p->l, "state.", code_endpoint_state(f->endpoint.state)));
        put_cell(p, word_of(p->l, "because.", code_endpoint_reason(f->endpoint.reason)));
        fputs("</tr>", p->out);
    }
    close_table(p, n);
}

/* ---- alarms and marks ---- */

static bool is_same_alarm(const struct finding_alarm *a, const struct finding_alarm *b)
{
    return a->id == b->id && a->channel == b->channel && a->branch == b->branch;
}

/* Seconds from a row to the next one that ends or acknowledges its alarm; negative: never. */
static double answer_s(const struct page *p, uint32_t from, bool is_acknowledgement)
{
    const struct finding *raised = &p->d->rows[from];
    for (uint32_t i = from + 1; i < p->d->row_count; i++) {
        const struct finding *f = &p->d->rows[i];
        const char *id;
        const bool answers = is_acknowledgement
                                 ? f->type == FINDING_MARK && mark_is(&f->mark, "ack", &id) &&
                                       strcmp(id, code_alarm_id(raised->alarm.id)) == 0
                                 : f->type == FINDING_ALARM && !f->alarm.raised &&
                                       is_same_alarm(&f->alarm, &raised->alarm);
        if (answers)
            return (double)(f->decided_sample - raised->decided_sample) /
                   p->d->montage->params.rate_hz;
    }
    return -1;
}

/* Seconds until somebody acknowledged, and who; negative: nobody. The alarm log tells the time as
 * people had it; a case without one has the marks. */
static double acknowledged_s(const struct page *p, uint32_t row, const char **by)
{
    const struct finding *f = &p->d->rows[row];
    *by = "";
    if (!p->case_->has_alarm_log)
        return answer_s(p, row, true);
    const struct report_answer *a = report_case_answer(
        p->case_, f->alarm.id, channel_name(p, f->alarm.channel), branch_name(p, f->alarm.branch),
        f->decided_sample);
    if (!a || !a->is_acked)
        return -1;
    *by = a->acked_by;
    return (double)(a->acked_utc_ms - a->raised.utc_ms) / 1000;
}

static void put_seconds_cell(const struct page *p, double seconds)
{
    if (seconds < 0)
        fputs("<td class=\"n\">–</td>", p->out);
    else
        fprintf(p->out, "<td class=\"n\">%.1f s</td>", seconds);
}

static void print_alarms(const struct page *p)
{
    uint32_t n = 0;
    open_table(p, "", "alarms",
               (const char *const[]){"time", "alarms", "priority", "channel", "acknowledged", "by",
                                     "cleared", NULL});
    for (uint32_t i = 0; i < p->d->row_count; i++) {
        const struct finding *f = &p->d->rows[i];
        if (f->type != FINDING_ALARM || !f->alarm.raised || n++ >= ROWS_PRINTED)
            continue;
        fputs("<tr>", p->out);
        put_time_cell(p, f->decided_sample);
        put_cell(p, word_of(p->l, "alarm.", code_alarm_id(f->alarm.id)));
        put_cell(p, word_of(p->l, "priority.", code_alarm_priority(f->alarm.priority)));
        put_cell(p, f->alarm.channel < FINDING_CHANNELS ? channel_name(p, f->alarm.channel)
                                                        : branch_name(p, f->alarm.branch));
        const char *by;
        put_seconds_cell(p, acknowledged_s(p, i, &by));
        put_cell(p, by);
        put_seconds_cell(p, answer_s(p, i, false));
        fputs("</tr>", p->out);
    }
    close_table(p, n);
}

static void print_marks(const struct page *p)
{
    uint32_t n = 0;
    char text[MARK_TEXT];
    open_table(p, "halves", "marks", (const char *const[]){"time", "", "by", NULL});
    for (uint32_t i = 0; i < p->d->row_count; i++) {
        const struct finding *f = &p->d->rows[i];
        if (f->type != FINDING_MARK || n++ >= ROWS_PRINTED)
            continue;
        fputs("<tr>", p->out);
        put_time_cell(p, f->mark.sample);
        put_cell(p, mark_words(&f->mark, " \xe2\x86\x92 ", text));
        put_cell(p, f->mark.by);
        fputs("</tr>", p->out);
    }
    close_table(p, n);
}

/* ---- sums ---- */

static void print_sums(const struct page *p)
{
    const struct finding_summary *s = &p->d->summary;
    fprintf(p->out, "<section><h2>%s</h2><p>%u %s, %u %s; %u %s, %u %s</p><p>", say(p, "events"),
            s->stimuli, say(p, "stimuli"), s->delivered, say(p, "delivered"), s->sweeps,
            say(p, "sweeps"), s->sweeps_valid, say(p, "valid"));
    for (int i = 0; i < EMG_KINDS; i++)
        fprintf(p->out, "%s%u %s", i ? " · " : "", s->event_count[i],
                word_of(p->l, "event.", code_emg_kind((enum emg_kind)i)));
    fprintf(p->out, "</p><p>%s: %.2f s", say(p, "train_time"), s->train_total_s);
    for (uint16_t i = 0; i < s->channel_count; i++)
        if (s->train_s[i] > 0) {
            fputs(" · ", p->out);
            html_text(p->out, channel_name(p, i));
            fprintf(p->out, " %.2f s", s->train_s[i]);
        }
    fprintf(p->out, "</p><p>%s: %s %.0f s", say(p, "not_judged"), say(p, "withheld"),
            s->withheld_s);
    for (int i = 0; i < ARTIFACT_KINDS; i++)
        if (s->not_judged_s[i] > 0)
            fprintf(p->out, " · %s %.1f s",
                    word_of(p->l, "artifact.", code_artifact_kind((enum artifact_kind)i)),
                    s->not_judged_s[i]);
    fputs("</p></section>\n", p->out);
}

static void print_style(FILE *out)
{
    fputs("<style>"
          "@page{margin:11mm}" /* A4 and Letter alike */
          "body{font:11px/1.35 'Noto Sans','Noto Sans CJK SC','Microsoft YaHei',sans-serif;"
          "max-width:190mm;margin:8mm auto;color:#111}"
          "h1{font-size:18px;margin:0}h2{font-size:13px;margin:9px 0 3px;border-bottom:1px solid "
          "#999}"
          "h3{font-size:13px;margin:6px 0 2px}small{font-weight:400;color:#444}p{margin:2px 0}"
          "table{border-collapse:collapse;width:100%}th{text-align:left;font-weight:600;color:#444}"
          "td,th{padding:1px 6px 1px 0;vertical-align:top}tr{break-inside:avoid}"
          "td.n{white-space:nowrap;font-variant-numeric:tabular-nums}td.ok{color:#08519c}"
          "td.no{color:#b2182b;font-weight:700}"
          ".two{display:grid;grid-template-columns:3fr 2fr;gap:14px;align-items:start}"
          ".row{display:grid;grid-template-columns:repeat(3,1fr);gap:8px}figure{margin:0}"
          "figcaption{text-align:center}svg{width:100%;display:block;font-size:11px}"
          ".small{font-size:10px;fill:#333}.light{fill:#fff}.grid{stroke:#ddd}"
          ".phase{stroke:#111;stroke-dasharray:3 2}.frame{fill:none;stroke:#bbb}"
          ".baseline{fill:none;stroke:#999;stroke-width:2.4}.sweep{fill:none;stroke:#1f78b4;"
          "stroke-width:.7;opacity:.75}svg,section>h2,.two{break-inside:avoid}h2{break-after:avoid}"
          ".sums{font-size:9px;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}"
          "pre{font-size:8.5px;line-height:1.25;columns:3;white-space:pre-wrap;margin:2px 0}"
          ".halves{columns:2;column-gap:14px;break-inside:avoid;font-size:9.5px}"
          ".halves h2{column-span:all}"
          ".note{border-top:1px solid #999;margin-top:8px;padding-top:3px;color:#444}"
          "</style>",
          out);
}

static void print_head(const struct page *p)
{
    const struct bank_params *params = &p->d->montage->params;
    fprintf(p->out, "<!doctype html><html lang=\"%s\"><meta charset=\"utf-8\"><title>",
            p->l == LANGUAGE_ZH ? "zh" : "en");
    html_text(p->out, p->case_->name);
    fputs("</title>", p->out);
    print_style(p->out);
    fprintf(p->out, "<h1>%s</h1><p><b>", say(p, "title"));
    html_text(p->out, p->case_->name);
    fprintf(p->out, "</b> · %s ", say(p, "started"));
    html_text(p->out, p->case_->started);
    fprintf(p->out, " · %s ", say(p, "length"));
    put_time(p, p->d->summary.samples);
    fprintf(p->out, " · %s: %u × %u Hz</p>", say(p, "signal"), params->channels, params->rate_hz);
}

/* A colleague compares them with `sha256sum`, or lets `lsrd cases verify` do it. */
static void print_sums_of_files(const struct page *p)
{
    fprintf(p->out, "</p><p class=\"sums\">config SHA-256 %s", p->d->montage->params.config_sha256);
    const struct case_sums *s = &p->case_->sums;
    for (uint32_t i = 0; i < s->count && i < SUMS_PRINTED; i++)
        fprintf(p->out, "<br>%s [%llu, %llu) SHA-256 %s", s->list[i].name,
                (unsigned long long)s->list[i].from, (unsigned long long)s->list[i].to,
                s->list[i].hex);
    if (s->count > SUMS_PRINTED)
        fprintf(p->out, "<br>+%u checksums.txt", s->count - SUMS_PRINTED);
    if (p->case_->state) {
        fprintf(p->out, "<br>%s: ", say(p, "case_state"));
        html_text(p->out, word_of(p->l, "report.case_", p->case_->state));
    }
}

static void print_foot(const struct page *p, const struct report_about *about)
{
    if (about->config) {
        fprintf(p->out, "<section><h2>%s</h2><pre>", say(p, "settings"));
        html_text(p->out, about->config);
        fputs("</pre></section>", p->out);
    }
    fprintf(p->out, "<section><h2>%s</h2><p>", say(p, "versions"));
    if (p->case_->version[0]) {
        fprintf(p->out, "%s lsrd ", say(p, "recorded_with"));
        html_text(p->out, p->case_->version);
        fputs(" · ", p->out);
    }
    fprintf(p->out, "%s lsrd ", say(p, "made_with"));
    html_text(p->out, about->version);
    if (p->case_->calibration[0]) {
        fprintf(p->out, "</p><p>%s: ", say(p, "calibration"));
        html_text(p->out, p->case_->calibration);
    }
    print_sums_of_files(p);
    fprintf(p->out, "</p></section><p class=\"note\">%s</p></html>\n", say(p, "research"));
}

void report_html_print(const struct report_data *d, const struct bank *bank,
                       const struct report_about *about, enum language l, FILE *out)
{
    const struct page p = {.d = d, .case_ = about->case_, .l = l, .out = out};
    print_head(&p);
    fprintf(out, "<section><h2>%s</h2>", say(&p, "timeline"));
    report_svg_timeline(d, l, out);
    fputs("</section>", out);
    print_endpoints(&p);
    fprintf(out, "<section><h2>%s</h2>", say(&p, "trend"));
    for (uint32_t i = 0; i < d->channel_count; i++)
        report_svg_trend(d, &d->channels[i], l, out);
    fprintf(out, "</section><section><h2>%s</h2><div class=\"row\">", say(&p, "overlay"));
    for (uint32_t i = 0; i < d->channel_count; i++)
        report_svg_overlay(d, &d->channels[i], bank, l, out);
    fputs("</div></section>\n", out);
    print_changes(&p);
    print_alarms(&p);
    print_marks(&p);
    print_sums(&p);
    print_foot(&p, about);
}

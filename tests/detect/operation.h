/* SPDX-License-Identifier: Apache-2.0 */
/* tests/detect/operation.h - leads an endpoint and its alarms through operations by judged sweeps,
 * marks and time, without any signal. */
#ifndef LSRD_TESTS_DETECT_OPERATION_H
#define LSRD_TESTS_DETECT_OPERATION_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "detect/alarm.h"
#include "detect/endpoint.h"

enum { RATE = 10000, STEP = RATE / 3, WINDOW = RATE / 40, FOUND = 4096 };

/* An operation on one or two branches, each with a direct and two lateral channels. */
struct operation {
    struct bank_params params;
    struct endpoint *endpoint;
    struct alarm *alarm;
    struct artifact *artifact; /* that sees nothing */
    struct free_running *free_running;
    struct finding items[FOUND];
    struct finding_list found;
    uint32_t told; /* of them: passed by the alarms */
    uint64_t now;
    uint32_t branch;
    bool cautery;
    uint64_t clipped; /* eight channels, 1 in a byte: that one is at its converter's end */
    /* what the next stimuli are like */
    bool response;
    uint32_t every; /* one response in so many sweeps, where response */
    uint32_t sweeps;
    double amplitude; /* of the baseline */
    double m;
    enum tristate delivered;
    enum sweep_reason lateral[2];
    enum sweep_reason direct;
    bool learned[2];
    uint32_t learning[2];
    uint32_t searched[2];
    uint32_t found_in_search[2];
};

/* Fixtures: one branch, two branches. */
int begin(void **state);
int begin_two(void **state);
int end(void **state);
/* Again from nothing, after params were changed. */
void restart(struct operation *o);

void pass(struct operation *o, uint64_t to);
void wait_s(struct operation *o, double seconds);
void mark_by(struct operation *o, const char *text, const char *by);
void mark(struct operation *o, const char *text);
void sweeps(struct operation *o, uint32_t count);
void stimulate_s(struct operation *o, double seconds);
enum endpoint_state now_is(const struct operation *o);
/* The newest change to a state; NULL: there was none. */
const struct finding *change_to(const struct operation *o, enum endpoint_state to);
/* How often an alarm was raised, or cleared. */
uint32_t alarms(const struct operation *o, enum alarm_id id, bool raised);
/* The newest finding of an alarm; NULL: there was none. */
const struct finding *alarm_of(const struct operation *o, enum alarm_id id);
const struct finding_check *check_of(const struct finding_evidence *e, enum endpoint_check id);
/* A baseline with responses; then decompression, loss and the hold. */
void take_baseline(struct operation *o);
void reach(struct operation *o);

#endif

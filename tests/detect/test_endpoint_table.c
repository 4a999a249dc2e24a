/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint's table: every pair of state and input, written out a second time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "detect/endpoint_table.h"

#define SET ENDPOINT_SETUP
#define BAS ENDPOINT_BASELINE
#define NOT ENDPOINT_NOT_ELICITED
#define PRE ENDPOINT_PRESENT
#define ATT ENDPOINT_ATTENUATED
#define ABS ENDPOINT_ABSENT
#define EAR ENDPOINT_EARLY_LOSS
#define WIT ENDPOINT_WITHHELD
#define REA ENDPOINT_REACHED
#define REC ENDPOINT_RECURRED
#define CON ENDPOINT_CONFIRMED
#define REJ ENDPOINT_REJECTED

/* clang-format off */
static const enum endpoint_state expected[ENDPOINT_STATES][ENDPOINT_INPUTS] = {
    /*         valid elic  not  retake pres att  abs  early check recur withh conf rej  config */
    [SET] = {  BAS,  SET,  SET, SET,   SET, SET, SET, SET,  SET,  SET,  SET,  SET, SET, SET },
    [BAS] = {  BAS,  PRE,  NOT, BAS,   BAS, BAS, BAS, BAS,  BAS,  BAS,  WIT,  BAS, BAS, BAS },
    [NOT] = {  NOT,  NOT,  NOT, BAS,   NOT, NOT, NOT, NOT,  NOT,  NOT,  WIT,  NOT, NOT, NOT },
    [PRE] = {  PRE,  PRE,  PRE, BAS,   PRE, ATT, ABS, EAR,  PRE,  REC,  WIT,  PRE, PRE, PRE },
    [ATT] = {  ATT,  ATT,  ATT, BAS,   PRE, ATT, ABS, EAR,  ATT,  REC,  WIT,  ATT, ATT, ATT },
    [ABS] = {  ABS,  ABS,  ABS, BAS,   PRE, ATT, ABS, EAR,  REA,  REC,  WIT,  ABS, ABS, ABS },
    [EAR] = {  EAR,  EAR,  EAR, BAS,   PRE, ATT, ABS, EAR,  EAR,  REC,  WIT,  EAR, EAR, EAR },
    [WIT] = {  BAS,  WIT,  NOT, WIT,   PRE, ATT, ABS, EAR,  WIT,  REC,  WIT,  WIT, WIT, WIT },
    [REA] = {  REA,  REA,  REA, BAS,   REA, REA, REA, EAR,  REA,  REC,  WIT,  CON, REJ, ABS },
    [REC] = {  REC,  REC,  REC, BAS,   PRE, ATT, ABS, EAR,  REC,  REC,  WIT,  REC, REC, REC },
    [CON] = {  CON,  CON,  CON, BAS,   CON, CON, CON, EAR,  CON,  REC,  WIT,  CON, REJ, ABS },
    [REJ] = {  REJ,  REJ,  REJ, BAS,   PRE, ATT, ABS, EAR,  REJ,  REJ,  WIT,  REJ, REJ, REJ },
};
/* clang-format on */

static void every_pair_of_state_and_input_leads_where_the_table_says(void **state)
{
    (void)state;
    for (int s = 0; s < ENDPOINT_STATES; s++)
        for (int i = 0; i < ENDPOINT_INPUTS; i++) {
            const enum endpoint_state next =
                endpoint_next((enum endpoint_state)s, (enum endpoint_input)i);
            if (next != expected[s][i])
                fail_msg("state %d, input %d: %d, not %d", s, i, (int)next, (int)expected[s][i]);
        }
}

static void only_absent_with_every_check_is_reached(void **state)
{
    (void)state;
    for (int s = 0; s < ENDPOINT_STATES; s++)
        for (int i = 0; i < ENDPOINT_INPUTS; i++)
            if (s != ENDPOINT_REACHED &&
                endpoint_next((enum endpoint_state)s, (enum endpoint_input)i) == ENDPOINT_REACHED)
                assert_true(s == ENDPOINT_ABSENT && i == INPUT_CHECKS);
}

static void only_a_person_confirms_and_only_what_was_reached(void **state)
{
    (void)state;
    for (int s = 0; s < ENDPOINT_STATES; s++)
        for (int i = 0; i < ENDPOINT_INPUTS; i++)
            if (s != ENDPOINT_CONFIRMED &&
                endpoint_next((enum endpoint_state)s, (enum endpoint_input)i) == ENDPOINT_CONFIRMED)
                assert_true(s == ENDPOINT_REACHED && i == INPUT_CONFIRM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_state_and_input_leads_where_the_table_says),
        cmocka_unit_test(only_absent_with_every_check_is_reached),
        cmocka_unit_test(only_a_person_confirms_and_only_what_was_reached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

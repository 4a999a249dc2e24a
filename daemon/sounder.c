/* SPDX-License-Identifier: Apache-2.0 */
/* From alarm signals to tones. */
#include "daemon/sounder.h"

#include <stdlib.h>

struct sounder {
    struct player *player;
    struct alarm_sound last;
};

struct sounder *sounder_create(const struct player_options *options, struct err *err)
{
    struct sounder *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(err, ERR_MEMORY, "sounder");
        return NULL;
    }
    s->player = player_create(options, err);
    if (!s->player) {
        sounder_destroy(s);
        return NULL;
    }
    return s;
}

void sounder_destroy(struct sounder *s)
{
    if (!s)
        return;
    player_destroy(s->player);
    free(s);
}

void sounder_follow(struct sounder *s, struct alarm_sound sound)
{
    static const enum tone_burst bursts[ALARM_PRIORITIES] = {TONE_NONE, TONE_LOW, TONE_MEDIUM,
                                                             TONE_HIGH};
    if (sound.priority != s->last.priority)
        player_want(s->player, bursts[sound.priority]);
    if (sound.chimes != s->last.chimes)
        player_once(s->player, TONE_CHIME);
    if (sound.reminders != s->last.reminders)
        player_once(s->player, TONE_REMINDER);
    s->last = sound;
}

const char *sounder_state(struct sounder *s, char *why, size_t size)
{
    static const char *const names[] = {
        [PLAYER_OFF] = "off", [PLAYER_OK] = "ok", [PLAYER_BROKEN] = "broken"};
    return names[player_state(s->player, why, size)];
}

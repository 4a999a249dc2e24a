/* SPDX-License-Identifier: Apache-2.0 */
/* sound/player_alsa.h - the daemon's own sounder: a thread that plays alarm tones through an ALSA
 * playback device, so that no alarm depends on a browser.
 * The device is opened at start and kept; one that is missing or breaks is tried again by its name
 * every few seconds, and player_state() says so in the meantime. All calls: the main thread. */
#ifndef LSRD_SOUND_PLAYER_ALSA_H
#define LSRD_SOUND_PLAYER_ALSA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "config/option.h"
#include "sound/tones.h"

/* Rows for section [alarm]. */
struct player_options {
    struct option_text pcm; /* empty: no sounder */
    double level;
};
extern const struct option player_options[];

enum player_state {
    PLAYER_OFF,    /* not configured */
    PLAYER_OK,     /* the device is open */
    PLAYER_BROKEN, /* it is not, and is tried again */
};

struct player;

/* Starts the thread; a device that cannot be opened yet is no error. */
struct player *player_create(const struct player_options *options, struct err *err);
void player_destroy(struct player *p); /* takes NULL; waits for the thread, at most half a second */

void player_want(struct player *p, enum tone_burst burst);
void player_once(struct player *p, enum tone_once what);

/* why: one line of what is wrong, empty where nothing is. */
enum player_state player_state(struct player *p, char *why, size_t size);

#endif

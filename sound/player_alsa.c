/* SPDX-License-Identifier: Apache-2.0 */
/* Plays tones: waits until something is wanted, renders in steps of 20 ms, a tenth of a second
 * ahead of the loudspeaker and no more, so that a new alarm is heard at once. */
#include "sound/player_alsa.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

enum {
    RATE_HZ = 48000,
    STEP_FRAMES = RATE_HZ / 50,
    STEP_US = 20000,
    AHEAD_US = 100000, /* the device's buffer */
    OUTPUTS = 2,       /* most loudspeakers take no single channel */
    WAIT_MS = 200,
};

static const int64_t second_ns = 1000000000;
static const int64_t retry_ns = 3000000000;
static const int64_t look_ns =
    2000000000; /* how often an idle device is asked whether it is there */

const struct option player_options[] = {
    OPTION_PLAIN(struct player_options, "pcm", pcm, "", 0,
                 "ALSA's name of the loudspeaker of this machine for alarms; empty: none"),
    OPTION(struct player_options, "level", level, UNIT_RATIO, 0.1, 1, "50 %", 0,
           "loudness as a share of full scale; set at commissioning for 45 to 85 dB(A) at 1 m, "
           "never silent"),
    {0},
};

struct player {
    struct player_options options;
    pthread_t thread;
    bool is_started;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under the lock */
    bool stop;
    enum tone_burst wanted;
    uint32_t once[TONE_ONCES];
    enum player_state state;
    char why[160];
    /* the thread's own */
    snd_pcm_t *pcm; /* NULL: not open */
    struct tone tone;
    int64_t played_until_ns; /* a device that swallows faster than time passes is held back */
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * second_ns + t.tv_nsec;
}

/* ---- the device */

static void say(struct player *p, enum player_state state, const char *what, int error)
{
    char why[sizeof p->why] = "";
    if (error)
        snprintf(why, sizeof why, "alarm.pcm %.60s: %s: %.60s", p->options.pcm.text, what,
                 snd_strerror(error));
    pthread_mutex_lock(&p->lock);
    const bool news = state != p->state || strcmp(why, p->why) != 0;
    p->state = state;
    memcpy(p->why, why, sizeof why);
    pthread_mutex_unlock(&p->lock);
    if (!news)
        return;
    if (error)
        log_warn("sound", "%s; trying again", why);
    else
        log_info("sound", "pcm=%s rate_hz=%d", p->options.pcm.text, RATE_HZ);
}

static void close_device(struct player *p)
{
    if (p->pcm)
        snd_pcm_close(p->pcm);
    p->pcm = NULL;
}

static void lose_device(struct player *p, const char *what, int error)
{
    close_device(p);
    say(p, PLAYER_BROKEN, what, error);
}

static void open_device(struct player *p)
{
    int r = snd_pcm_open(&p->pcm, p->options.pcm.text, SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);
    if (r < 0) {
        p->pcm = NULL;
        lose_device(p, "cannot be opened", r);
        return;
    }
    r = snd_pcm_set_params(p->pcm, SND_PCM_FORMAT_S16, SND_PCM_ACCESS_RW_INTERLEAVED, OUTPUTS,
                           RATE_HZ, 1, AHEAD_US);
    if (r < 0)
        lose_device(p, "does not take 48 kHz, 16 bit, two channels", r);
    else
        say(p, PLAYER_OK, "", 0);
}

static bool write_all(struct player *p, const int16_t *frames, uint32_t count)
{
    while (count > 0) {
        const snd_pcm_sframes_t n = snd_pcm_writei(p->pcm, frames, count);
        if (n == -EAGAIN) {
            const int r = snd_pcm_wait(p->pcm, WAIT_MS);
            if (r == 0) { /* a device that takes nothing for so long is stuck */
                lose_device(p, "stands still", -ETIMEDOUT);
                return false;
            }
            continue;
        }
        if (n < 0) { /* an underrun or a suspend mends itself, anything else does not */
            const int r = snd_pcm_recover(p->pcm, (int)n, 1);
            if (r < 0) {
                lose_device(p, "is gone", r);
                return false;
            }
            continue;
        }
        frames += (size_t)n * OUTPUTS;
        count -= (uint32_t)n;
    }
    return true;
}

/* ---- the thread */

/* Waits until the time, or until something changes. Under the lock. */
static void wait_until(struct player *p, int64_t until_ns)
{
    const struct timespec t = {.tv_sec = until_ns / second_ns, .tv_nsec = until_ns % second_ns};
    pthread_cond_timedwait(&p->changed, &p->lock, &t);
}

static void take_wishes(struct player *p)
{
    tone_want(&p->tone, p->wanted);
    for (int i = 0; i < TONE_ONCES; i++) {
        for (; p->once[i] > 0; p->once[i]--)
            tone_once(&p->tone, (enum tone_once)i);
    }
}

static void play_step(struct player *p)
{
    int16_t mono[STEP_FRAMES], both[STEP_FRAMES * OUTPUTS];
    tone_render(&p->tone, mono, STEP_FRAMES);
    for (int i = 0; i < STEP_FRAMES; i++)
        both[2 * i] = both[2 * i + 1] = mono[i];
    const int64_t now = now_ns();
    if (p->played_until_ns < now)
        p->played_until_ns = now;
    p->played_until_ns += second_ns * STEP_FRAMES / RATE_HZ;
    if (!write_all(p, both, STEP_FRAMES) || !tone_is_idle(&p->tone))
        return;
    /* A buffer of silence, so that even the shortest sound starts the device and leaves it. What
     * follows is an underrun, which the next sound mends; draining could wait for ever. */
    memset(both, 0, sizeof both);
    for (int us = 0; us <= AHEAD_US; us += STEP_US)
        if (!write_all(p, both, STEP_FRAMES))
            return;
}

static void look_at_device(struct player *p)
{
    if (p->pcm && snd_pcm_state(p->pcm) == SND_PCM_STATE_DISCONNECTED)
        lose_device(p, "is gone", -ENODEV);
}

/* One turn of the loop. Under the lock on entry and exit. */
static void turn(struct player *p)
{
    take_wishes(p);
    if (tone_is_idle(&p->tone))
        wait_until(p, now_ns() + (p->pcm ? look_ns : retry_ns));
    else if (!p->pcm)
        wait_until(p, now_ns() + retry_ns);
    else if (p->played_until_ns - now_ns() > AHEAD_US * INT64_C(1000))
        wait_until(p, p->played_until_ns - AHEAD_US * INT64_C(1000));
    if (p->stop)
        return;
    take_wishes(p);
    pthread_mutex_unlock(&p->lock);
    look_at_device(p);
    if (!p->pcm)
        open_device(p);
    if (!p->pcm) /* what could not sound when it was due is not played later */
        tone_init(&p->tone, RATE_HZ, p->options.level);
    else if (!tone_is_idle(&p->tone) && p->played_until_ns - now_ns() <= AHEAD_US * INT64_C(1000))
        play_step(p);
    pthread_mutex_lock(&p->lock);
}

/* alsa-lib would print to stderr at every attempt; what matters is in player_state(). */
static void ignore(const char *file, int line, const char *function, int error, const char *format,
                   va_list arguments)
{
    (void)file, (void)line, (void)function, (void)error, (void)format, (void)arguments;
}

static void *run(void *argument)
{
    struct player *p = argument;
    snd_lib_error_set_local(ignore);
    open_device(p);
    pthread_mutex_lock(&p->lock);
    while (!p->stop)
        turn(p);
    pthread_mutex_unlock(&p->lock);
    if (p->pcm)
        snd_pcm_drop(p->pcm);
    close_device(p);
    return NULL;
}

/* ---- the caller's side */

struct player *player_create(const struct player_options *options, struct err *err)
{
    struct player *p = calloc(1, sizeof *p);
    if (!p) {
        err_set(err, ERR_MEMORY, "sounder");
        return NULL;
    }
    p->options = *options;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    tone_init(&p->tone, RATE_HZ, options->level);
    if (!options->pcm.text[0])
        return p;
    p->state = PLAYER_BROKEN;
    const int r = pthread_create(&p->thread, NULL, run, p);
    if (r != 0) {
        err_set_os(err, ERR_IO, r, "the sounder's thread");
        player_destroy(p);
        return NULL;
    }
    p->is_started = true;
    return p;
}

void player_destroy(struct player *p)
{
    if (!p)
        return;
    if (p->is_started) {
        pthread_mutex_lock(&p->lock);
        p->stop = true;
        pthread_cond_signal(&p->changed);
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->thread, NULL);
    }
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void player_want(struct player *p, enum tone_burst burst)
{
    pthread_mutex_lock(&p->lock);
    p->wanted = burst;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void player_once(struct player *p, enum tone_once what)
{
    pthread_mutex_lock(&p->lock);
    if (p->once[what] < 3) /* without a device they are not saved up */
        p->once[what]++;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

enum player_state player_state(struct player *p, char *why, size_t size)
{
    pthread_mutex_lock(&p->lock);
    const enum player_state state = p->state;
    snprintf(why, size, "%s", p->why);
    pthread_mutex_unlock(&p->lock);
    return state;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the browsers' server costs, beside a loop that does nothing but send():
 *   web_bench latency [hogs]   the end of a period to the client, by period and clients
 *   web_bench fanout           32 displays, and one of them stalled
 * Two processes: the server with a fake main thread, and the displays. Markdown tables. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "protocol/envelope.h"
#include "protocol/message.h"
#include "tests/bench/load.h"
#include "web/server.h"

enum { RATE = 20000, CHANNELS = 8, SWEEP = 1000, BARE_CLIENTS = 64 };

static struct stamps *stamps;

struct source {
    struct server *server; /* NULL: bare */
    uint32_t period_us;
    bool is_live;
    uint8_t level;
    struct envelope envelope;
    uint64_t samples;
    uint32_t sequence;
    int bare[BARE_CLIENTS];
    uint32_t bare_count;
};

static struct item *reserve(struct source *s, uint32_t type, uint32_t stream, size_t size)
{
    struct item *item = item_ring_reserve(server_item_ring(s->server), (uint32_t)size);
    if (!item)
        exit(3); /* a bench that drops measures nothing */
    item->type = type;
    item->stream = stream;
    item->source_tag = 1;
    return item;
}

static void publish(struct source *s)
{
    item_ring_publish(server_item_ring(s->server));
}

static void put_envelope(void *context, const struct frame *frame, const int16_t *pairs)
{
    struct source *s = context;
    struct frame f = *frame;
    f.source_tag = 1;
    if (f.level == s->level)
        stamps->ns[f.sequence % STAMPS] = load_now_ns();
    const size_t size = frame_size(f.type, f.channels, f.count);
    struct item *item = reserve(s, ITEM_FRAME, f.type, size);
    item->level = f.level;
    memcpy(frame_encode_header(&f, item->bytes), pairs, size - FRAME_HEADER);
    publish(s);
}

static void send_bare(struct source *s, const unsigned char *bytes, size_t size)
{
    unsigned char message[1 << 16];
    message[0] = 0x82;
    message[1] = 126;
    message[2] = (unsigned char)(size >> 8);
    message[3] = (unsigned char)size;
    memcpy(message + 4, bytes, size);
    for (uint32_t i = 0; i < s->bare_count; i++)
        if (send(s->bare[i], message, size + 4, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
            s->bare[i] = s->bare[--s->bare_count];
}

/* One period has ended. */
static void period(struct source *s)
{
    static float uv[4096 * CHANNELS];
    static unsigned char bytes[1 << 16];
    const uint32_t frames = RATE / 1000 * s->period_us / 1000;
    for (uint32_t i = 0; i < frames * CHANNELS; i++)
        uv[i] = (float)((s->samples + i) % 997) - 500.0f;
    if (s->is_live) {
        const struct frame f = {.type = FRAME_WAVE_RAW,
                                .sequence = s->sequence++,
                                .first_sample = s->samples,
                                .channels = CHANNELS,
                                .count = (uint16_t)frames,
                                .source_tag = 1,
                                .uv_per_step = 0.1f};
        const size_t size = frame_size(f.type, CHANNELS, f.count);
        stamps->ns[f.sequence % STAMPS] = load_now_ns();
        if (s->server) {
            frame_encode_raw(&f, uv, CHANNELS, reserve(s, ITEM_FRAME, f.type, size)->bytes);
            publish(s);
        } else {
            frame_encode_raw(&f, uv, CHANNELS, bytes);
            send_bare(s, bytes, size);
        }
    } else {
        envelope_feed(&s->envelope, s->samples, uv, frames, CHANNELS);
        if (s->samples / 4000 != (s->samples + frames) / 4000) /* 5 stimuli a second */
            for (uint16_t c = 0; c < 3; c++) {
                const struct frame f = {.type = FRAME_SWEEP,
                                        .channels = 1,
                                        .count = SWEEP,
                                        .source_tag = 1,
                                        .uv_per_step = 0.1f,
                                        .sweep = {.stimulus_sample = s->samples, .channel = c}};
                frame_encode_sweep(
                    &f, uv, uv,
                    reserve(s, ITEM_FRAME, f.type, frame_size(f.type, 1, SWEEP))->bytes);
                publish(s);
            }
    }
    if (s->server)
        wake_signal(server_wake(s->server));
    s->samples += frames;
}

static void send_snapshot(struct source *s)
{
    const struct message_hello hello = {.build = "bench",
                                        .source_tag = 1,
                                        .source = "patient",
                                        .rate_hz = RATE,
                                        .audio = {.state = "on"}};
    char bytes[4096];
    struct text t;
    text_init(&t, bytes, sizeof bytes);
    message_hello(&t, &hello);
    struct item *item = reserve(s, ITEM_SNAPSHOT, RATE, t.length);
    item->level = s->envelope.params.first_level;
    memcpy(item->bytes, t.bytes, t.length);
    publish(s);
}

static int listen_bare(void)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(fd, (struct sockaddr *)&address, size) || listen(fd, 64) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
        exit(3);
    stamps->port = ntohs(address.sin_port);
    return fd;
}

static void serve(struct source *s)
{
    struct err err;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    log_set_level(LOG_LEVEL_ERROR);
    struct envelope_params p;
    envelope_params_for_rate(&p, RATE, CHANNELS, 0.1f);
    int listening = -1;
    if (s->server == NULL && s->level == 0) {
        listening = listen_bare();
    } else {
        const struct web_params web = {.address = {"127.0.0.1"}};
        s->server = server_create(&web, clock_system(), &err);
        if (!s->server || !server_start(s->server, &err) ||
            !envelope_init(&s->envelope, &p, put_envelope, s, &err)) {
            fprintf(stderr, "web_bench: %s\n", err.text);
            exit(3);
        }
        send_snapshot(s);
        stamps->port = server_port(s->server);
    }
    const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    const long ns = (long)s->period_us * 1000;
    const int64_t start = load_now_ns() + ns;
    const struct itimerspec each = {
        .it_interval = {.tv_nsec = ns},
        .it_value = {.tv_sec = start / 1000000000, .tv_nsec = start % 1000000000}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &each, NULL);
    for (int64_t due = start; !stamps->stop;) {
        uint64_t passed;
        if (read(timer, &passed, sizeof passed) != sizeof passed)
            exit(3);
        due += (int64_t)(passed - 1) * ns;
        stamps->late_ns[stamps->ticks++ % STAMPS] = load_now_ns() - due;
        due += ns;
        for (; passed > 0; passed--)
            period(s);
        for (int fd; listening >= 0 && s->bare_count < BARE_CLIENTS &&
                     (fd = accept(listening, NULL, NULL)) >= 0;)
            s->bare[s->bare_count++] = fd;
    }
    server_destroy(s->server);
    envelope_fini(&s->envelope);
    exit(0);
}

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double timer_late_ms(double share)
{
    static int64_t late[STAMPS];
    const uint32_t count = stamps->ticks < STAMPS ? stamps->ticks : STAMPS;
    for (uint32_t i = 0; i < count; i++)
        late[i] = stamps->late_ns[i];
    qsort(late, count, sizeof *late, compare);
    return count ? (double)late[(size_t)((count - 1) * share)] / 1e6 : 0;
}

static struct load_result measure(struct source source, struct load_options o)
{
    memset(stamps, 0, sizeof *stamps);
    fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        serve(&source);
    while (!stamps->port && waitpid(pid, NULL, WNOHANG) == 0)
        poll(NULL, 0, 5);
    o.stamps = stamps;
    o.server_pid = pid;
    struct load_result r;
    if (!load_run(&o, &r))
        fprintf(stderr, "web_bench: a display was closed\n");
    stamps->stop = true;
    waitpid(pid, NULL, 0);
    return r;
}

static void latency(bool has_hogs)
{
    pid_t hogs[2] = {0};
    for (int i = 0; has_hogs && i < 2; i++) {
        hogs[i] = fork();
        if (hogs[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (volatile uint64_t n = 0;; n++)
                ;
        }
    }
    printf("| period | clients | timer late p50 / p99 | send() p50 / p99 / p99.9 | "
           "lsrd p50 / p99 / p99.9 | frames lost | server CPU |\n|---|---|---|---|---|---|---|\n");
    const uint32_t periods_us[] = {1000, 2000, 5000, 10000};
    const uint32_t clients[] = {1, 8, 32};
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 3; k++) {
            const struct load_options o = {.clients = clients[k], .is_live = true, .seconds = 2};
            struct load_options bare = o;
            bare.is_bare = true;
            const struct load_result s =
                measure((struct source){.period_us = periods_us[i], .is_live = true}, bare);
            const double late_p50 = timer_late_ms(0.5), late_p99 = timer_late_ms(0.99);
            const struct load_result r = measure(
                (struct source){.period_us = periods_us[i], .is_live = true, .level = 4}, o);
            printf(
                "| %u ms | %u | %.3f / %.3f ms | %.3f / %.3f / %.3f ms | %.3f / %.3f / %.3f ms | "
                "%llu | %.1f %% |\n",
                periods_us[i] / 1000, clients[k], late_p50, late_p99, s.p50_ms, s.p99_ms, s.p999_ms,
                r.p50_ms, r.p99_ms, r.p999_ms, (unsigned long long)r.gaps, r.cpu_percent);
        }
    for (int i = 0; has_hogs && i < 2; i++) {
        kill(hogs[i], SIGKILL);
        waitpid(hogs[i], NULL, 0);
    }
}

static void fanout(void)
{
    printf("| displays | stalled | p50 / p99 / p99.9 | frames lost | MB/s | server CPU | memory |\n"
           "|---|---|---|---|---|---|---|\n");
    const uint32_t rows[][2] = {{1, 0}, {8, 0}, {31, 0}, {31, 1}, {32, 0}};
    for (size_t i = 0; i < 5; i++) {
        const struct load_options o = {
            .clients = rows[i][0], .stalled = rows[i][1], .level = 4, .seconds = 4};
        const struct load_result r = measure((struct source){.period_us = 20000, .level = 4}, o);
        printf("| %u | %u | %.3f / %.3f / %.3f ms | %llu | %.1f | %.1f %% | %ld KiB |\n",
               rows[i][0], rows[i][1], r.p50_ms, r.p99_ms, r.p999_ms, (unsigned long long)r.gaps,
               r.mb_per_s, r.cpu_percent, r.rss_kib);
    }
}

int main(int count, char **arguments)
{
    stamps = mmap(NULL, sizeof *stamps, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stamps == MAP_FAILED)
        return 2;
    if (count > 1 && !strcmp(arguments[1], "latency"))
        latency(count > 2 && !strcmp(arguments[2], "hogs"));
    else if (count > 1 && !strcmp(arguments[1], "fanout"))
        fanout();
    else {
        fprintf(stderr, "web_bench: latency [hogs], or fanout\n");
        return 1;
    }
    return 0;
}

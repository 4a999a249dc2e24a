/* SPDX-License-Identifier: Apache-2.0 */
/* What the browsers' server costs, beside a loop that does nothing but send():
 *   web_bench fanout                             32 displays, and one of them stalled
 *   web_bench bare PERIOD_US CLIENTS SECONDS     send() alone, and its timer
 *   web_bench live PORT ORIGIN_NS RATE CLIENTS SECONDS PID PERIOD_FRAMES
 *                                                raw displays of a daemon that runs
 *   web_bench displays PORT ... PID STALLED      the same with envelopes and sweeps
 * Two processes: a server with a fake main thread, and the displays. A Markdown table, or JSON for
 * latency.py: p50, p99, p99.9 and the longest, in ms. */
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
    int64_t due_ns; /* of the period at hand */
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
        stamps->ns[f.sequence % STAMPS] = s->due_ns;
        frame_encode_raw(&f, uv, CHANNELS, bytes);
        send_bare(s, bytes, size);
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
        for (; passed > 0; passed--) {
            s->due_ns = due - (int64_t)passed * ns;
            period(s);
        }
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

static void print_times(const char *name, struct load_times t)
{
    printf("\"%s\":[%.3f,%.3f,%.3f,%.3f],", name, t.p50_ms, t.p99_ms, t.p999_ms, t.max_ms);
}

static double number(const char *text)
{
    return strtod(text, NULL);
}

/* What nothing could beat: a timer, and send() of frames of that period. */
static void bare(char **a)
{
    const struct load_options o = {
        .clients = (uint32_t)number(a[1]), .is_live = true, .is_bare = true, .seconds = number(a[2])};
    const struct load_result r =
        measure((struct source){.period_us = (uint32_t)number(a[0]), .is_live = true}, o);
    const double late[] = {timer_late_ms(0.5), timer_late_ms(0.99), timer_late_ms(0.999)};
    printf("{");
    print_times("newest", r.newest);
    printf("\"timer\":[%.3f,%.3f,%.3f]}\n", late[0], late[1], late[2]);
}

/* A daemon that runs already, on a device whose frame 0 was made at a known time. */
static void live(char **a, bool is_live)
{
    const uint32_t last = (uint32_t)number(a[6]);
    stamps->port = (uint32_t)number(a[0]);
    const struct load_options o = {.stamps = stamps,
                                   .origin_ns = strtoll(a[1], NULL, 10),
                                   .rate_hz = number(a[2]),
                                   .clients = (uint32_t)number(a[3]),
                                   .stalled = is_live ? 0 : last,
                                   .is_live = is_live,
                                   .period_frames = is_live ? last : 0,
                                   .level = 4,
                                   .seconds = number(a[4]),
                                   .server_pid = (int)number(a[5])};
    struct load_result r;
    if (!load_run(&o, &r)) {
        fprintf(stderr, "web_bench: a display was closed\n");
        exit(3);
    }
    printf("{");
    print_times("newest", r.newest);
    print_times("oldest", r.oldest);
    print_times("verdict", r.verdict);
    printf("\"gaps\":%llu,\"cpu\":%.1f,\"rss\":%ld,\"stimuli\":[", (unsigned long long)r.gaps,
           r.cpu_percent, r.rss_kib);
    for (uint32_t i = 0; i < r.stimuli; i++)
        printf("%s%llu", i ? "," : "", (unsigned long long)r.stimulus[i]);
    printf("]}\n");
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
               rows[i][0], rows[i][1], r.newest.p50_ms, r.newest.p99_ms, r.newest.p999_ms, (unsigned long long)r.gaps,
               r.mb_per_s, r.cpu_percent, r.rss_kib);
    }
}

int main(int count, char **arguments)
{
    stamps = mmap(NULL, sizeof *stamps, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stamps == MAP_FAILED)
        return 2;
    if (count == 5 && !strcmp(arguments[1], "bare"))
        bare(arguments + 2);
    else if (count == 9 && !strcmp(arguments[1], "live"))
        live(arguments + 2, true);
    else if (count == 9 && !strcmp(arguments[1], "displays"))
        live(arguments + 2, false);
    else if (count > 1 && !strcmp(arguments[1], "fanout"))
        fanout();
    else {
        fprintf(stderr, "web_bench: fanout, bare, live or displays\n");
        return 1;
    }
    return 0;
}

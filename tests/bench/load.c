/* SPDX-License-Identifier: Apache-2.0 */
/* The displays: non-blocking sockets, a small WebSocket reader, a histogram by sorting. */
#include "tests/bench/load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "protocol/frame.h"

enum { BUFFER = 1 << 18, SAMPLES_MAX = 1 << 22 };

struct display {
    int fd;
    size_t filled;
    unsigned char *bytes;
    bool has_seq;
    uint32_t seq;
    int64_t acked_ns;
};

struct run {
    const struct load_options *options;
    struct load_result *result;
    struct display *displays;
    struct series {
        uint32_t *us10; /* tenths of a microsecond */
        size_t count;
    } newest, oldest, verdict;
    uint64_t bytes;
    bool is_measuring;
};

int64_t load_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* utime + stime of a process in seconds, and its resident memory. */
static double process_cpu(int pid, long *rss_kib)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    const size_t size = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (file)
        fclose(file);
    text[size] = 0;
    const char *p = strrchr(text, ')');
    unsigned long user = 0, system = 0;
    long pages = 0;
    if (!p || sscanf(p + 2,
                     "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %*d %*d %*d %*d %*d "
                     "%*d %*u %*u %ld",
                     &user, &system, &pages) != 3)
        return 0;
    *rss_kib = pages * (sysconf(_SC_PAGESIZE) / 1024);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* A masked text frame; the mask is zero, as nobody else listens on loopback. */
static bool say(int fd, const char *text)
{
    unsigned char frame[512] = {0x81};
    const size_t length = strlen(text);
    size_t head = 2;
    if (length < 126) {
        frame[1] = (unsigned char)(0x80 | length);
    } else {
        frame[1] = 0x80 | 126;
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
        head = 4;
    }
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, text, length);
    return send(fd, frame, head + 4 + length, MSG_NOSIGNAL) == (ssize_t)(head + 4 + length);
}

static bool shake_hands(int fd)
{
    const char *request = "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: lsrd.v1\r\n\r\n";
    char answer[2048];
    size_t filled = 0;
    if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
        return false;
    while (filled < sizeof answer - 1) { /* byte by byte: frames may follow at once */
        if (recv(fd, answer + filled, 1, 0) != 1)
            return false;
        answer[++filled] = 0;
        if (filled > 4 && !strcmp(answer + filled - 4, "\r\n\r\n"))
            return strstr(answer, " 101 ") != NULL;
    }
    return false;
}

static bool open_display(struct display *d, const struct load_options *o, bool is_stalled)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)o->stamps->port),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    const int small = 8192;
    setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (is_stalled)
        setsockopt(d->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    d->bytes = malloc(BUFFER);
    if (!d->bytes || connect(d->fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return false;
    if (o->is_bare)
        return fcntl(d->fd, F_SETFL, O_NONBLOCK) == 0;
    char sub[128];
    snprintf(sub, sizeof sub, "{\"t\":\"sub\",\"wave\":{\"level\":%u},\"sweeps\":true}", o->level);
    const char *live = "{\"t\":\"sub\",\"live\":true}";
    return shake_hands(d->fd) && say(d->fd, "{\"t\":\"hi\",\"name\":\"bench\"}") &&
           say(d->fd, o->is_live ? live : sub) && fcntl(d->fd, F_SETFL, O_NONBLOCK) == 0;
}

static int64_t made_ns(const struct run *r, uint64_t frames)
{
    return r->options->origin_ns + (int64_t)((double)frames * 1e9 / r->options->rate_hz);
}

static void keep(struct run *r, struct series *s, int64_t late_ns)
{
    if (r->is_measuring && s->count < SAMPLES_MAX && late_ns >= 0)
        s->us10[s->count++] = (uint32_t)(late_ns / 100);
}

static bool is_period(const struct run *r, uint64_t frame)
{
    return r->options->period_frames == 0 || frame % r->options->period_frames == 0;
}

static void take_frame(struct run *r, struct display *d, const unsigned char *bytes, size_t size,
                       int64_t now)
{
    struct frame f;
    struct err err;
    const unsigned char *payload;
    if (!frame_decode(bytes, size, &f, &payload, &err) ||
        f.type != (r->options->is_live ? FRAME_WAVE_RAW : FRAME_WAVE_ENV))
        return;
    if (r->is_measuring && d->has_seq)
        r->result->gaps += f.sequence - d->seq - 1;
    d->has_seq = true;
    d->seq = f.sequence;
    if (r->options->rate_hz > 0) {
        const uint64_t end = f.first_sample + ((uint64_t)f.count << f.level);
        if (is_period(r, end))
            keep(r, &r->newest, now - made_ns(r, end));
        if (is_period(r, f.first_sample))
            keep(r, &r->oldest, now - made_ns(r, f.first_sample));
    } else {
        keep(r, &r->newest, now - r->options->stamps->ns[f.sequence % STAMPS]);
    }
}

static bool number_behind(const char *text, size_t size, const char *key, uint64_t *value)
{
    const char *at = memmem(text, size, key, strlen(key));
    if (at)
        *value = strtoull(at + strlen(key), NULL, 10);
    return at != NULL;
}

/* A finding's line ends with a newline inside its message, so the numbers end too. */
static void take_text(struct run *r, const struct display *d, const char *text, size_t size,
                      int64_t now)
{
    uint64_t sample;
    if (r->options->rate_hz <= 0 || !r->is_measuring || size > 4096)
        return;
    if (memmem(text, size, "\"type\":\"sweep\"", 14) &&
        number_behind(text, size, "\"decided_sample\":", &sample))
        keep(r, &r->verdict, now - made_ns(r, sample + 1));
    if (d == r->displays && memmem(text, size, "\"type\":\"stimulus\"", 17) &&
        number_behind(text, size, ",\"sample\":", &sample) && r->result->stimuli < LOAD_STIMULI)
        r->result->stimulus[r->result->stimuli++] = sample;
}

/* Splits what has come into messages. */
static void take_bytes(struct run *r, struct display *d, int64_t now)
{
    size_t at = 0;
    while (d->filled - at >= 2) {
        const unsigned char *p = d->bytes + at;
        size_t head = 2;
        size_t size = p[1] & 127;
        if (size == 126)
            head = 4;
        else if (size == 127)
            head = 10;
        if (d->filled - at < head)
            break;
        if (head > 2) {
            size = 0;
            for (size_t i = 2; i < head; i++)
                size = size << 8 | p[i];
        }
        if (d->filled - at < head + size)
            break;
        if ((p[0] & 15) == 2)
            take_frame(r, d, p + head, size, now);
        else if ((p[0] & 15) == 1)
            take_text(r, d, (const char *)p + head, size, now);
        at += head + size;
    }
    memmove(d->bytes, d->bytes + at, d->filled - at);
    d->filled -= at;
}

static void acknowledge(struct run *r, struct display *d, int64_t now)
{
    if (r->options->is_bare || now - d->acked_ns < 250000000)
        return;
    char text[96];
    snprintf(text, sizeof text,
             d->has_seq ? "{\"t\":\"ack\",\"seq\":%u,\"visible\":true}"
                        : "{\"t\":\"ack\",\"visible\":true}",
             d->seq);
    if (say(d->fd, text))
        d->acked_ns = now;
}

static bool read_for(struct run *r, int epoll, double seconds)
{
    const int64_t end = load_now_ns() + (int64_t)(seconds * 1e9);
    int64_t now = load_now_ns();
    while (now < end) {
        struct epoll_event events[64];
        const int count = epoll_wait(epoll, events, 64, 20);
        for (int i = 0; i < count; i++) {
            struct display *d = &r->displays[events[i].data.u32];
            const ssize_t got = recv(d->fd, d->bytes + d->filled, BUFFER - d->filled, 0);
            if (got == 0 || (got < 0 && errno != EAGAIN))
                return false;
            now = load_now_ns();
            if (got > 0) {
                d->filled += (size_t)got;
                r->bytes += (uint64_t)got;
                take_bytes(r, d, now);
            }
        }
        now = load_now_ns();
        for (uint32_t i = 0; i < r->options->clients; i++)
            acknowledge(r, &r->displays[i], now);
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double at_share(const struct series *s, double share)
{
    return s->count ? (double)s->us10[(size_t)((double)(s->count - 1) * share)] / 1e4 : 0;
}

static struct load_times times_of(struct series *s)
{
    qsort(s->us10, s->count, sizeof *s->us10, compare);
    return (struct load_times){at_share(s, 0.5), at_share(s, 0.99), at_share(s, 0.999),
                               at_share(s, 1)};
}

static void evaluate(struct run *r)
{
    r->result->frames = r->newest.count;
    r->result->newest = times_of(&r->newest);
    r->result->oldest = times_of(&r->oldest);
    r->result->verdict = times_of(&r->verdict);
    r->result->mb_per_s = (double)r->bytes / 1e6 / r->options->seconds;
}

static bool series_init(struct series *s)
{
    s->us10 = malloc(SAMPLES_MAX * sizeof *s->us10);
    return s->us10 != NULL;
}

bool load_run(const struct load_options *o, struct load_result *result)
{
    memset(result, 0, sizeof *result);
    const uint32_t all = o->clients + o->stalled;
    struct run r = {.options = o, .result = result};
    r.displays = calloc(all, sizeof *r.displays);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    bool is_good = series_init(&r.newest) & series_init(&r.oldest) & series_init(&r.verdict) &&
                   r.displays && epoll >= 0;
    for (uint32_t i = 0; is_good && i < all; i++) {
        is_good = open_display(&r.displays[i], o, i >= o->clients);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        if (is_good && i < o->clients)
            is_good = epoll_ctl(epoll, EPOLL_CTL_ADD, r.displays[i].fd, &event) == 0;
    }
    is_good = is_good && read_for(&r, epoll, 1); /* until everybody is up to date */
    long rss;
    const double before = process_cpu(o->server_pid, &rss);
    r.is_measuring = true;
    r.bytes = 0;
    is_good = is_good && read_for(&r, epoll, o->seconds);
    result->cpu_percent =
        (process_cpu(o->server_pid, &result->rss_kib) - before) / o->seconds * 100;
    evaluate(&r);
    for (uint32_t i = 0; r.displays && i < all; i++) {
        if (r.displays[i].fd > 0)
            close(r.displays[i].fd);
        free(r.displays[i].bytes);
    }
    close(epoll);
    free(r.displays);
    free(r.newest.us10);
    free(r.oldest.us10);
    free(r.verdict.us10);
    return is_good;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A main thread for tests of the browsers' server: says and samples what standard input tells it
 * to, answers every command, and prints what it was commanded. fake_main [address=A] [port=N]
 * [certificate=F] [key=F] [token_file=F] [root=D] First line out: `port N`. Lines in: `tag N`,
 * `filling N` (a source whose hello is held back until its `tag N`), `findings N`, `alarms`,
 * `status`, `evidence`, `waves N`, `run` and `halt` (20 ms frames in real time), `sweeps N`,
 * `advance MS` (the server's clock), `displays`, `sync` (answers `synced` once the server has taken
 * everything), `quit`. */
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "protocol/envelope.h"
#include "protocol/message.h"
#include "web/server.h"

enum { RATE = 20000, CHANNELS = 8, STEP = RATE / 50 };

/* The machine's clock, and what a test adds to it. */
struct shifted_clock {
    struct clock base;
    _Atomic int64_t shift_ns;
};

static int64_t shifted_now(struct clock *c)
{
    struct clock *machine = clock_system();
    return machine->now_ns(machine) + atomic_load(&((struct shifted_clock *)c)->shift_ns);
}

static int64_t shifted_utc(struct clock *c)
{
    (void)c;
    struct clock *machine = clock_system();
    return machine->utc_ns(machine);
}

struct fake {
    struct shifted_clock clock;
    struct server *server;
    struct envelope envelope;
    uint16_t tag;
    uint64_t samples;
    uint32_t findings;
    uint32_t raw_sequence;
    uint32_t sweep_sequence;
    bool is_running;
    bool is_quitting;
};

static struct item *reserve(struct fake *f, uint32_t type, uint32_t stream, uint32_t size)
{
    struct item *item;
    while (!(item = item_ring_reserve(server_item_ring(f->server), size))) {
        wake_signal(server_wake(f->server)); /* a test wants everything to arrive */
        poll(NULL, 0, 1);
    }
    item->type = type;
    item->stream = stream;
    item->source_tag = f->tag;
    return item;
}

static void publish(struct fake *f)
{
    item_ring_publish(server_item_ring(f->server));
    wake_signal(server_wake(f->server));
}

static void send_text(struct fake *f, uint32_t type, uint32_t stream, uint16_t level,
                      const struct text *t)
{
    struct item *item = reserve(f, type, stream, (uint32_t)t->length);
    item->level = level;
    memcpy(item->bytes, t->bytes, t->length);
    publish(f);
}

static uint32_t now_ms(struct fake *f)
{
    return (uint32_t)(shifted_now(&f->clock.base) / 1000000);
}

static void put_envelope(void *context, const struct frame *frame, const int16_t *pairs)
{
    struct fake *f = context;
    struct frame out = *frame;
    out.source_tag = f->tag;
    out.made_ms = now_ms(f);
    const size_t size = frame_size(out.type, out.channels, out.count);
    struct item *item = reserve(f, ITEM_FRAME, out.type, (uint32_t)size);
    item->level = out.level;
    unsigned char *payload = frame_encode_header(&out, item->bytes);
    memcpy(payload, pairs, size - FRAME_HEADER);
    publish(f);
}

/* A ramp: value and place tell each other. */
static void feed(struct fake *f)
{
    static float uv[STEP * CHANNELS];
    for (uint32_t i = 0; i < STEP; i++)
        for (uint32_t c = 0; c < CHANNELS; c++)
            uv[i * CHANNELS + c] = (float)((f->samples + i) % 1000) - 500.0f + (float)c;
    const struct frame raw = {.type = FRAME_WAVE_RAW,
                              .sequence = f->raw_sequence++,
                              .first_sample = f->samples,
                              .channels = CHANNELS,
                              .count = STEP,
                              .source_tag = f->tag,
                              .uv_per_step = 0.5f,
                              .made_ms = now_ms(f)};
    struct item *item =
        reserve(f, ITEM_FRAME, raw.type, (uint32_t)frame_size(raw.type, CHANNELS, STEP));
    frame_encode_raw(&raw, uv, CHANNELS, item->bytes);
    publish(f);
    envelope_feed(&f->envelope, f->samples, uv, STEP, CHANNELS);
    f->samples += STEP;
}

static void send_sweep(struct fake *f, uint8_t type)
{
    enum { SAMPLES = 600 };
    static float uv[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        uv[i] = (float)(i % 100);
    const struct frame sweep = {.type = type,
                                .sequence = f->sweep_sequence++,
                                .first_sample = f->samples,
                                .channels = 1,
                                .count = SAMPLES,
                                .source_tag = f->tag,
                                .uv_per_step = frame_fit_scale(uv, SAMPLES),
                                .made_ms = now_ms(f),
                                .sweep = {.stimulus_sample = f->samples, .channel = 1}};
    struct item *item = reserve(f, ITEM_FRAME, type, (uint32_t)frame_size(type, 1, SAMPLES));
    frame_encode_sweep(&sweep, uv, uv, item->bytes);
    publish(f);
}

static void start_tag(struct fake *f, uint16_t tag, bool is_filling)
{
    f->tag = tag;
    f->samples = 0;
    f->findings = 0;
    struct envelope_params p;
    struct err err;
    envelope_params_for_rate(&p, RATE, CHANNELS, 0.5f);
    envelope_fini(&f->envelope);
    if (!envelope_init(&f->envelope, &p, put_envelope, f, &err))
        abort();
    static const struct message_channel channels[CHANNELS] = {
        {"FRONT", NULL, NULL}, {"OOC", NULL, NULL},  {"ZYG", NULL, NULL},  {"OOR", NULL, NULL},
        {"MENT", NULL, NULL},  {"MASS", NULL, NULL}, {"TRAP", NULL, NULL}, {"APB", NULL, NULL},
    };
    const struct message_hello hello = {.build = "test",
                                        .source_tag = tag,
                                        .source = "patient",
                                        .rate_hz = RATE,
                                        .channel_count = CHANNELS,
                                        .channels = channels,
                                        .first_level = p.first_level,
                                        .levels = p.levels,
                                        .audio = {.state = "on"}};
    char bytes[8192];
    struct text t;
    text_init(&t, bytes, sizeof bytes);
    message_hello(&t, &hello);
    struct item *item = reserve(f, ITEM_SNAPSHOT, RATE, (uint32_t)t.length);
    item->level = p.first_level;
    item->sample = is_filling;
    memcpy(item->bytes, t.bytes, t.length);
    publish(f);
}

static void send_findings(struct fake *f, long count)
{
    for (long i = 0; i < count; i++) {
        char bytes[256];
        const int length = snprintf(
            bytes, sizeof bytes,
            "{\"type\":\"mark\",\"decided_sample\":%u,\"sample\":%u,\"text\":\"note=%u\"}\n",
            f->findings, f->findings, f->findings);
        f->findings++;
        struct item *item = reserve(f, ITEM_FINDING, FINDING_MARK, (uint32_t)length);
        memcpy(item->bytes, bytes, (size_t)length);
        publish(f);
    }
}

static void send_status(struct fake *f)
{
    static struct server_displays who;
    server_displays(f->server, &who);
    static struct message_display displays[SERVER_CLIENTS];
    for (uint32_t i = 0; i < who.count; i++)
        displays[i] = (struct message_display){.name = who.items[i].name,
                                               .role = role_name(who.items[i].role),
                                               .audio = "off",
                                               .is_visible = who.items[i].is_visible,
                                               .painted_age_ms = who.items[i].painted_age_ms};
    const struct message_status status = {.mono_ms = now_ms(f),
                                          .utc_ms = 1,
                                          .newest_sample = f->samples,
                                          .acquisition = ACQUISITION_OK,
                                          .control = who.has_control ? who.control : NULL,
                                          .display_count = who.count,
                                          .displays = displays,
                                          .latency_us = -1};
    char bytes[16384];
    struct text t;
    text_init(&t, bytes, sizeof bytes);
    message_status(&t, &status);
    send_text(f, ITEM_MESSAGE, MESSAGE_STATUS, 0, &t);
}

static void send_small(struct fake *f, const char *text, uint32_t kind)
{
    char bytes[512];
    struct text t;
    text_init(&t, bytes, sizeof bytes);
    text_raw(&t, text);
    send_text(f, ITEM_MESSAGE, kind, 0, &t);
}

/* Everything that went into the ring before has been taken when it is empty. */
static void synchronize(struct fake *f)
{
    struct item_ring *ring = server_item_ring(f->server);
    while (atomic_load(&ring->consumed) != atomic_load(&ring->produced)) {
        wake_signal(server_wake(f->server));
        poll(NULL, 0, 1);
    }
    puts("synced");
}

static void obey(struct fake *f, char *line)
{
    char *rest = line;
    const char *word = strsep(&rest, " ");
    const long number = rest ? strtol(rest, NULL, 10) : 0;
    if (!strcmp(word, "tag"))
        start_tag(f, (uint16_t)number, false);
    else if (!strcmp(word, "filling"))
        start_tag(f, (uint16_t)number, true);
    else if (!strcmp(word, "findings"))
        send_findings(f, number);
    else if (!strcmp(word, "alarms"))
        send_small(f, "{\"t\":\"alarms\",\"list\":[]}", MESSAGE_QUEUED);
    else if (!strcmp(word, "evidence"))
        send_small(f, "{\"t\":\"evidence\",\"branch\":\"zygomatic\"}", MESSAGE_EVIDENCE);
    else if (!strcmp(word, "status"))
        send_status(f);
    else if (!strcmp(word, "waves"))
        for (long i = 0; i < number; i++)
            feed(f);
    else if (!strcmp(word, "sweeps"))
        for (long i = 0; i < number; i++)
            send_sweep(f, FRAME_SWEEP);
    else if (!strcmp(word, "template"))
        send_sweep(f, FRAME_TEMPLATE);
    else if (!strcmp(word, "run"))
        f->is_running = true;
    else if (!strcmp(word, "halt"))
        f->is_running = false;
    else if (!strcmp(word, "advance"))
        atomic_fetch_add(&f->clock.shift_ns, (int64_t)number * 1000000);
    else if (!strcmp(word, "sync"))
        synchronize(f);
    else if (!strcmp(word, "quit"))
        f->is_quitting = true;
    wake_signal(server_wake(f->server));
}

static void answer_commands(struct fake *f)
{
    wake_clear(server_command_wake(f->server));
    for (struct item *in; (in = item_ring_peek(server_commands(f->server)));) {
        struct command c;
        memcpy(&c, in->bytes, sizeof c);
        item_ring_release(server_commands(f->server));
        printf("command %s by=%s text=%s\n", command_op_name(c.op), c.by, c.text);
        char bytes[1024];
        struct text t;
        text_init(&t, bytes, sizeof bytes);
        message_reply(&t, c.id, strcmp(c.text, "note=fail") ? NULL : "it fails", NULL);
        const struct item_reply head = {.client = c.client, .id = c.id};
        struct item *out = reserve(f, ITEM_REPLY, 0, (uint32_t)(sizeof head + t.length));
        memcpy(out->bytes, &head, sizeof head);
        memcpy(out->bytes + sizeof head, t.bytes, t.length);
        publish(f);
    }
}

static bool read_params(struct web_params *p, int count, char **arguments)
{
    *p = (struct web_params){.address = {"127.0.0.1"}};
    const struct {
        const char *key;
        struct option_text *text;
    } fields[] = {{"address=", &p->address},
                  {"certificate=", &p->certificate},
                  {"key=", &p->key},
                  {"token_file=", &p->token_file},
                  {"root=", &p->root}};
    for (int i = 1; i < count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++) {
            const size_t length = strlen(fields[k].key);
            if (strncmp(arguments[i], fields[k].key, length) != 0)
                continue;
            snprintf(fields[k].text->text, OPTION_TEXT_SIZE, "%s", arguments[i] + length);
            is_known = true;
        }
        if (!strncmp(arguments[i], "port=", 5)) {
            p->port = (uint32_t)strtoul(arguments[i] + 5, NULL, 10);
            is_known = true;
        }
        if (!is_known) {
            fprintf(stderr, "fake_main: %s is not known\n", arguments[i]);
            return false;
        }
    }
    return true;
}

static void live(struct fake *f)
{
    const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    const struct itimerspec each = {.it_interval = {.tv_nsec = 20000000},
                                    .it_value = {.tv_nsec = 20000000}};
    timerfd_settime(timer, 0, &each, NULL);
    char input[4096];
    size_t filled = 0;
    uint64_t ticks = 0;
    while (!f->is_quitting) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = server_command_wake(f->server)->fd, .events = POLLIN},
                               {.fd = timer, .events = POLLIN}};
        poll(fds, 3, 1000);
        if (fds[0].revents) {
            const ssize_t count = read(STDIN_FILENO, input + filled, sizeof input - 1 - filled);
            if (count <= 0)
                break;
            filled += (size_t)count;
            input[filled] = 0;
            char *line = input;
            for (char *end; (end = strchr(line, '\n')); line = end + 1) {
                *end = 0;
                obey(f, line);
            }
            filled -= (size_t)(line - input);
            memmove(input, line, filled + 1);
        }
        if (fds[1].revents)
            answer_commands(f);
        uint64_t passed;
        if (fds[2].revents && read(timer, &passed, sizeof passed) == sizeof passed &&
            f->is_running) {
            for (; passed > 0; passed--, ticks++) {
                feed(f);
                if (ticks % 12 == 0)
                    send_status(f);
            }
        }
    }
    close(timer);
}

int main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    static struct fake f = {.clock = {.base = {shifted_now, shifted_utc}}};
    struct web_params params;
    struct err err;
    if (!read_params(&params, count, arguments))
        return 1;
    f.server = server_create(&params, &f.clock.base, &err);
    if (!f.server || !server_start(f.server, &err)) {
        fprintf(stderr, "fake_main: %s\n", err.text);
        server_destroy(f.server);
        return err_exit_status(&err);
    }
    printf("port %u\n", server_port(f.server));
    start_tag(&f, 1, false);
    live(&f);
    server_destroy(f.server);
    envelope_fini(&f.envelope);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A USB Audio Class 2 amplifier without hardware: the kernel's virtual host controller (vhci-hcd) gets one
 * end of a socket pair, and this program answers on the other what a device would answer on its wire.
 * The kernel's own snd-usb-audio drives it. Ending the program pulls the plug.
 *
 *     usb_amplifier DESCRIPTION PORT PRODUCT
 *
 * DESCRIPTION is that of tests/amplifier (its clock and content; faults that damage samples work, those
 * that interrupt do not); PORT is of the controller, from 0. Needs root and the module vhci-hcd. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/amplifier/device.h"
#include "tests/qemu/usb_descriptors.h"

enum {
    COMMAND_SUBMIT = 1, /* of the USB/IP protocol */
    COMMAND_UNLINK = 2,
    REPLY_SUBMIT = 3,
    REPLY_UNLINK = 4,
    HIGH_SPEED = 3,
    PACKETS = 1024, /* most of one request */
    REQUESTS = 64,  /* most that wait at a time */
};

/* All words are big-endian on the wire. */
struct usbip_header {
    uint32_t command, sequence, device, direction, endpoint;
    union {
        struct {
            uint32_t flags, length, start_frame, packets, interval;
            uint8_t setup[8];
        } submit;
        struct {
            uint32_t status, length, start_frame, packets, errors;
            uint8_t pad[8];
        } reply;
        struct {
            uint32_t sequence;
            uint8_t pad[24];
        } unlink;
    };
};
_Static_assert(sizeof(struct usbip_header) == 48, "the header of USB/IP");

struct usbip_packet {
    uint32_t offset, length, actual, status;
};

/* A request for samples that waits for its time. */
struct request {
    uint32_t sequence;
    uint32_t packets;
    int64_t due_ns;
    struct usbip_packet packet[PACKETS];
};

struct amplifier {
    struct device device;
    struct usb_device usb;
    int socket;
    int timer;
    struct request waiting[REQUESTS]; /* a queue */
    uint32_t first, count;
    int64_t next_ns;   /* when the packet behind the last request's is due; 0: idle */
    uint64_t position; /* of the next frame */
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "usb_amplifier: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void receive(struct amplifier *a, void *to, size_t size)
{
    for (size_t got = 0; got < size;) {
        const ssize_t n = read(a->socket, (char *)to + got, size - got);
        if (n == 0)
            exit(0); /* the host let go */
        if (n < 0 && errno != EINTR)
            die("read");
        got += n > 0 ? (size_t)n : 0;
    }
}

static void transmit(struct amplifier *a, const void *from, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        const ssize_t n = write(a->socket, (const char *)from + sent, size - sent);
        if (n < 0 && errno == EPIPE)
            exit(0);
        if (n < 0 && errno != EINTR)
            die("write");
        sent += n > 0 ? (size_t)n : 0;
    }
}

static void rearm(struct amplifier *a)
{
    const int64_t due = a->count ? a->waiting[a->first].due_ns : 0;
    const struct itimerspec when = { .it_value = { due / 1000000000, due % 1000000000 } };
    timerfd_settime(a->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void answer_control(struct amplifier *a, const struct usbip_header *h)
{
    uint8_t data[512];
    const uint32_t asked = ntohl(h->submit.length);
    const bool is_in = ntohl(h->direction) != 0;
    if (!is_in && asked) {
        if (asked > sizeof data)
            die("control data");
        receive(a, data, asked);
    }
    const int r = usb_control(&a->usb, h->submit.setup, data);
    const uint32_t length = r < 0 ? 0 : !is_in ? asked : (uint32_t)r < asked ? (uint32_t)r : asked;
    struct usbip_header reply = { .command = htonl(REPLY_SUBMIT), .sequence = h->sequence };
    reply.reply.status = htonl((uint32_t)(r < 0 ? r : 0));
    reply.reply.length = htonl(length);
    transmit(a, &reply, sizeof reply);
    if (is_in)
        transmit(a, data, length);
}

static void take_request(struct amplifier *a, const struct usbip_header *h)
{
    const uint32_t packets = ntohl(h->submit.packets);
    if (packets == 0 || packets > PACKETS || a->count == REQUESTS)
        die("an isochronous request");
    struct request *r = &a->waiting[(a->first + a->count) % REQUESTS];
    r->sequence = h->sequence;
    r->packets = packets;
    receive(a, r->packet, packets * sizeof r->packet[0]);
    const int64_t now = now_ns();
    if (a->next_ns == 0) { /* the stream begins: with what the amplifier makes from now on */
        a->next_ns = now;
        device_start(&a->device, now);
        a->position = device_made(&a->device, now);
    }
    a->next_ns += packets * usb_packet_ns(&a->usb);
    r->due_ns = a->next_ns;
    a->count++;
}

static void unlink_request(struct amplifier *a, const struct usbip_header *h)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct request *r = &a->waiting[(a->first + i) % REQUESTS];
        if (r->sequence != h->unlink.sequence)
            a->waiting[(a->first + kept++) % REQUESTS] = *r;
    }
    struct usbip_header reply = { .command = htonl(REPLY_UNLINK), .sequence = h->sequence };
    if (kept < a->count)
        reply.reply.status = htonl((uint32_t)-ECONNRESET);
    transmit(a, &reply, sizeof reply);
    a->count = kept;
    if (kept == 0)
        a->next_ns = 0;
}

static void take_command(struct amplifier *a)
{
    struct usbip_header h;
    receive(a, &h, sizeof h);
    if (ntohl(h.command) == COMMAND_UNLINK)
        unlink_request(a, &h);
    else if (ntohl(h.command) != COMMAND_SUBMIT)
        die("a command");
    else if (ntohl(h.endpoint) == 0)
        answer_control(a, &h);
    else
        take_request(a, &h);
    rearm(a);
}

/* Each packet holds the frames that its interval made; a host that was late gets them a packet's worth
 * at a time. */
static void answer_request(struct amplifier *a, struct request *r)
{
    static unsigned char out[sizeof(struct usbip_header) + PACKETS * (USB_PACKET_MOST + 16)];
    unsigned char *to = out + sizeof(struct usbip_header);
    uint32_t total = 0;
    for (uint32_t i = 0; i < r->packets; i++) {
        const int64_t end_ns = r->due_ns - (r->packets - 1 - i) * usb_packet_ns(&a->usb);
        const uint64_t made = device_made(&a->device, end_ns);
        uint64_t frames = made > a->position ? made - a->position : 0;
        const uint64_t room = ntohl(r->packet[i].length) / a->device.frame_bytes;
        frames = frames < room ? frames : room;
        device_copy(&a->device, a->position, frames, to);
        a->position += frames;
        const uint32_t bytes = (uint32_t)(frames * a->device.frame_bytes);
        to += bytes;
        total += bytes;
        r->packet[i].actual = htonl(bytes);
        r->packet[i].status = 0;
    }
    memcpy(to, r->packet, r->packets * sizeof r->packet[0]);
    to += r->packets * sizeof r->packet[0];
    struct usbip_header reply = { .command = htonl(REPLY_SUBMIT), .sequence = r->sequence };
    reply.reply.length = htonl(total);
    reply.reply.packets = htonl(r->packets);
    memcpy(out, &reply, sizeof reply);
    transmit(a, out, (size_t)(to - out));
}

static void serve(struct amplifier *a)
{
    for (;;) {
        struct pollfd fds[2] = { { .fd = a->socket, .events = POLLIN },
                                 { .fd = a->timer, .events = POLLIN } };
        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            die("poll");
        if (fds[0].revents)
            take_command(a);
        while (a->count && a->waiting[a->first].due_ns <= now_ns()) {
            struct request *r = &a->waiting[a->first];
            a->first = (a->first + 1) % REQUESTS;
            a->count--;
            answer_request(a, r);
        }
        rearm(a);
    }
}

static void plug_in(struct amplifier *a, const char *port)
{
    int ends[2];
    char line[64];
    const int attach = open("/sys/devices/platform/vhci_hcd.0/attach", O_WRONLY | O_CLOEXEC);
    if (attach < 0)
        die("vhci_hcd (is the module loaded?)");
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        die("socketpair");
    /* port, descriptor, device id (bus 1, the port's device), speed */
    const int length = snprintf(line, sizeof line, "%s %d %d %d", port, ends[0],
                                (1 << 16) + atoi(port) + 1, HIGH_SPEED);
    if (write(attach, line, (size_t)length) < 0)
        die("attach");
    close(attach);
    close(ends[0]);
    a->socket = ends[1];
}

static size_t sample_bytes(const char *format)
{
    return strcmp(format, "S16_LE") == 0 ? 2 : strcmp(format, "S24_3LE") == 0 ? 3 : 4;
}

int main(int argc, char **argv)
{
    static struct amplifier a;
    static struct amplifier_description description;
    char complaint[256];
    if (argc != 4) {
        fprintf(stderr, "usage: usb_amplifier DESCRIPTION PORT PRODUCT\n");
        return 1;
    }
    if (!amplifier_description_read(&description, argv[1], complaint) ||
        !device_open(&a.device, &description, sample_bytes(description.format), complaint)) {
        fprintf(stderr, "usb_amplifier: %s\n", complaint);
        return 1;
    }
    a.usb = (struct usb_device){ .rate_hz = description.rate_hz,
                                 .channels = description.channels,
                                 .sample_bytes = (uint32_t)a.device.sample_bytes,
                                 .product = argv[3] };
    a.usb.interval = usb_choose_interval(&a.usb);
    if (a.usb.interval == 0) {
        fprintf(stderr, "usb_amplifier: more than a high-speed packet holds\n");
        return 1;
    }
    a.timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (a.timer < 0)
        die("timerfd");
    plug_in(&a, argv[2]);
    serve(&a);
}

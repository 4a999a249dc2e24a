/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors and class requests of one capture stream behind one clock. */
#include "tests/qemu/usb_descriptors.h"

#include <stdbool.h>
#include <string.h>

enum {
    GET_STATUS = 0,
    CLEAR_FEATURE = 1,
    SET_FEATURE = 3,
    GET_DESCRIPTOR = 6,
    SET_CONFIGURATION = 9,
    SET_INTERFACE = 11,
    DESCRIPTOR_DEVICE = 1,
    DESCRIPTOR_CONFIGURATION = 2,
    DESCRIPTOR_STRING = 3,
    DESCRIPTOR_QUALIFIER = 6,
    CLOCK = 0x10, /* entity ids */
    TERMINAL_IN = 1,
    TERMINAL_OUT = 2,
    CLOCK_FREQUENCY = 1, /* control selectors of the clock */
    CLOCK_VALID = 2,
    REQUEST_CURRENT = 1,
    REQUEST_RANGE = 2,
};

#define LOW(x) ((uint8_t)((x) & 0xff))
#define HIGH(x) ((uint8_t)((x) >> 8 & 0xff))

int64_t usb_packet_ns(const struct usb_device *d)
{
    return (int64_t)USB_MICROFRAME_NS << (d->interval - 1);
}

static uint32_t packet_bytes(const struct usb_device *d)
{
    const uint64_t frames = (uint64_t)d->rate_hz * (uint64_t)usb_packet_ns(d) / 1000000000 + 2;
    return (uint32_t)frames * d->channels * d->sample_bytes;
}

uint32_t usb_choose_interval(const struct usb_device *d)
{
    struct usb_device tried = *d;
    for (tried.interval = 4; tried.interval > 0; tried.interval--)
        if (packet_bytes(&tried) <= USB_PACKET_MOST)
            break;
    return tried.interval;
}

struct writer {
    uint8_t *to;
    int length;
};

static void put(struct writer *w, const uint8_t *bytes, size_t size)
{
    memcpy(w->to + w->length, bytes, size);
    w->length += (int)size;
}

#define PUT(w, ...)                                                                                \
    put((w), (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void put_control_interface(struct writer *w, const struct usb_device *d)
{
    const uint8_t channels = (uint8_t)d->channels;
    PUT(w, 9, 4, 0, 0, 0, 1, 1, 0x20, 0);                    /* interface 0: audio control, 2.0 */
    PUT(w, 9, 0x24, 1, 0, 2, 3, 9 + 8 + 17 + 12, 0, 0);      /* header: class 2.00, an I/O box */
    PUT(w, 8, 0x24, 10, CLOCK, 1, 1, 0, 0);                  /* clock: internal, fixed; readable */
    PUT(w, 17, 0x24, 2, TERMINAL_IN, 1, 2, 0, CLOCK, channels, 0, 0, 0, 0, 0, 0, 0,
        0);                                                  /* input terminal: a microphone */
    PUT(w, 12, 0x24, 3, TERMINAL_OUT, 1, 1, 0, TERMINAL_IN, CLOCK, 0, 0, 0); /* to USB */
}

static void put_stream_interface(struct writer *w, const struct usb_device *d)
{
    const uint32_t most = packet_bytes(d);
    PUT(w, 9, 4, 1, 0, 0, 1, 2, 0x20, 0); /* interface 1, idle: no bandwidth */
    PUT(w, 9, 4, 1, 1, 1, 1, 2, 0x20, 0); /* and streaming: one endpoint */
    PUT(w, 16, 0x24, 1, TERMINAL_OUT, 0, 1, 1, 0, 0, 0, (uint8_t)d->channels, 0, 0, 0, 0, 0); /* PCM */
    PUT(w, 6, 0x24, 2, 1, (uint8_t)d->sample_bytes, (uint8_t)(d->sample_bytes * 8));
    PUT(w, 7, 5, 0x80 | USB_DATA_ENDPOINT, 5, LOW(most), HIGH(most),
        (uint8_t)d->interval);              /* isochronous, asynchronous */
    PUT(w, 8, 0x25, 1, 0, 0, 0, 0, 0);
}

static int configuration(const struct usb_device *d, uint8_t *reply)
{
    struct writer w = { .to = reply };
    PUT(&w, 9, DESCRIPTOR_CONFIGURATION, 0, 0, 2, 1, 0, 0x80, 50);
    PUT(&w, 8, 11, 0, 2, 1, 0, 0x20, 0); /* both interfaces are one audio function */
    put_control_interface(&w, d);
    put_stream_interface(&w, d);
    reply[2] = LOW(w.length);
    reply[3] = HIGH(w.length);
    return w.length;
}

static int string(const struct usb_device *d, uint8_t index, uint8_t *reply)
{
    if (index == 0) {
        const uint8_t english[] = { 4, DESCRIPTOR_STRING, 0x09, 0x04 };
        memcpy(reply, english, sizeof english);
        return sizeof english;
    }
    const char *text = index == 1 ? "lsrd tests" : index == 2 ? d->product : "1";
    const size_t length = strlen(text) < 100 ? strlen(text) : 100;
    reply[0] = (uint8_t)(2 + 2 * length);
    reply[1] = DESCRIPTOR_STRING;
    for (size_t i = 0; i < length; i++) {
        reply[2 + 2 * i] = (uint8_t)text[i];
        reply[3 + 2 * i] = 0;
    }
    return reply[0];
}

static int descriptor(const struct usb_device *d, uint8_t type, uint8_t index, uint8_t *reply)
{
    /* USB 2.0, interfaces say their class, vendor 0x1d6b product 0x1234, strings 1 to 3 */
    static const uint8_t device[] = { 18,   DESCRIPTOR_DEVICE, 0,    2, 0xef, 2, 1, 64, 0x6b, 0x1d,
                                      0x34, 0x12,              0,    1, 1,    2, 3, 1 };
    static const uint8_t qualifier[] = { 10, DESCRIPTOR_QUALIFIER, 0, 2, 0xef, 2, 1, 64, 1, 0 };
    switch (type) {
    case DESCRIPTOR_DEVICE:
        memcpy(reply, device, sizeof device);
        return sizeof device;
    case DESCRIPTOR_CONFIGURATION:
        return configuration(d, reply);
    case DESCRIPTOR_STRING:
        return string(d, index, reply);
    case DESCRIPTOR_QUALIFIER:
        memcpy(reply, qualifier, sizeof qualifier);
        return sizeof qualifier;
    default:
        return USB_STALL;
    }
}

static int put_word(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
    return 4;
}

/* The clock has one rate: its range is one triple of lowest, highest, step. */
static int clock_request(const struct usb_device *d, uint8_t selector, uint8_t request,
                         uint8_t *reply)
{
    if (selector == CLOCK_FREQUENCY && request == REQUEST_CURRENT)
        return put_word(reply, d->rate_hz);
    if (selector == CLOCK_FREQUENCY && request == REQUEST_RANGE) {
        reply[0] = 1;
        reply[1] = 0;
        put_word(reply + 2, d->rate_hz);
        put_word(reply + 6, d->rate_hz);
        return 6 + put_word(reply + 10, 0);
    }
    if (selector == CLOCK_VALID) {
        reply[0] = 1;
        return 1;
    }
    return USB_STALL;
}

int usb_control(const struct usb_device *d, const uint8_t setup[8], uint8_t *reply)
{
    const uint8_t type = setup[0], request = setup[1];
    const bool is_in = type & 0x80, is_class = (type & 0x60) == 0x20;
    if (is_class && setup[5] == CLOCK)
        return is_in ? clock_request(d, setup[3], request, reply) : 0;
    if (is_class)
        return USB_STALL;
    if (is_in && request == GET_DESCRIPTOR)
        return descriptor(d, setup[3], setup[2], reply);
    if (is_in && request == GET_STATUS) {
        memset(reply, 0, 2);
        return 2;
    }
    const bool is_accepted = request == SET_CONFIGURATION || request == SET_INTERFACE ||
                             request == CLEAR_FEATURE || request == SET_FEATURE;
    return !is_in && is_accepted ? 0 : USB_STALL;
}

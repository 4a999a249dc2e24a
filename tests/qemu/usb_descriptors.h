/* SPDX-License-Identifier: Apache-2.0 */
/* tests/qemu/usb_descriptors.h - what a USB Audio Class 2 amplifier says of itself on the control pipe.
 * Pure. Numbers and layouts are those of the USB 2.0 and Audio Class 2.0 specifications. */
#ifndef LSRD_TESTS_QEMU_USB_DESCRIPTORS_H
#define LSRD_TESTS_QEMU_USB_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

enum {
    USB_STALL = -32,         /* -EPIPE: the request is not understood */
    USB_DATA_ENDPOINT = 1,   /* isochronous, in */
    USB_PACKET_MOST = 1024,  /* bytes of one high-speed isochronous packet */
    USB_MICROFRAME_NS = 125000,
};

struct usb_device {
    uint32_t rate_hz;
    uint32_t channels;
    uint32_t sample_bytes; /* 2, 3 or 4 */
    uint32_t interval;     /* 1 to 4: a packet each 125 us << (interval - 1) */
    const char *product;   /* ALSA makes the card's stable id of its last word */
};

/* Nanoseconds between packets. */
int64_t usb_packet_ns(const struct usb_device *d);
/* The longest interval whose packets hold the rate, with a frame to spare for a fast clock; 0: none
 * does. */
uint32_t usb_choose_interval(const struct usb_device *d);

/* Answers a setup packet. Returns the bytes written to reply (room for 512), 0 for an accepted
 * request without data, or USB_STALL. */
int usb_control(const struct usb_device *d, const uint8_t setup[8], uint8_t *reply);

#endif

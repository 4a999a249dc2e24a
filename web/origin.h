/* SPDX-License-Identifier: Apache-2.0 */
/* web/origin.h - which pages may open a WebSocket here. Pure. */
#ifndef LSRD_WEB_ORIGIN_H
#define LSRD_WEB_ORIGIN_H

#include <stdbool.h>

/* An address that only this machine reaches: 127.0.0.0/8, ::1, localhost. */
bool origin_is_loopback(const char *address);

/* host and origin: the headers' values; "" where the request has none. A page must come from the
 * very host and port it connects to. A client without an Origin is no browser and may connect. On a
 * loopback address the Host must be a loopback name too: a page of another name that resolves to
 * this machine (DNS rebinding) has matching Origin and Host. */
bool origin_is_allowed(const char *host, const char *origin, bool is_loopback, bool is_tls);

#endif

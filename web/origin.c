/* SPDX-License-Identifier: Apache-2.0 */
/* Compares Origin and Host as RFC 6454 and RFC 6455 want it. */
#include "web/origin.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool origin_is_loopback(const char *address)
{
    unsigned char octets[4];
    if (inet_pton(AF_INET, address, octets) == 1) /* not by its text: 127.example.org is a name */
        return octets[0] == 127;
    return !strcmp(address, "::1") || !strcasecmp(address, "localhost");
}

/* The name of `name:port` or `[v6]:port`, without its port. */
static void host_name(const char *host, char *name, size_t size)
{
    const bool is_v6 = host[0] == '[';
    const size_t length = strcspn(host + is_v6, is_v6 ? "]" : ":");
    snprintf(name, size, "%.*s", (int)length, host + is_v6);
}

bool origin_is_allowed(const char *host, const char *origin, bool is_loopback, bool is_tls)
{
    char name[256];
    host_name(host, name, sizeof name);
    if (is_loopback && !origin_is_loopback(name))
        return false;
    if (!origin[0])
        return true;
    const char *scheme = is_tls ? "https://" : "http://";
    const size_t length = strlen(scheme);
    return !strncasecmp(origin, scheme, length) && !strcasecmp(origin + length, host);
}

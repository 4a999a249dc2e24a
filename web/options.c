/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the [web] section. */
#include "web/options.h"

#include "web/origin.h"

/* clang-format off */
const struct option web_options[] = {
    OPTION_PLAIN(struct web_params, "address", address, "127.0.0.1", 0,
                 "address to listen on; others than this machine's own need TLS and a token file"),
    OPTION(struct web_params, "port", port, UNIT_NONE, 0, 65535, "8080", 0,
           "TCP port of the page; 0 takes a free one and logs it"),
    OPTION_PLAIN(struct web_params, "certificate", certificate, "", 0,
                 "TLS certificate chain, a PEM file; empty: no TLS"),
    OPTION_PLAIN(struct web_params, "key", key, "", 0,
                 "private key of the certificate, a PEM file"),
    OPTION_PLAIN(struct web_params, "token_file", token_file, "", 0,
                 "file of lines ROLE NAME TOKEN, role viewer or control; empty: anybody on this machine"),
    OPTION_PLAIN(struct web_params, "root", root, "", 0,
                 "directory with the page's files instead of those built in, for its development"),
    { 0 }
};
/* clang-format on */

bool web_params_check(const struct web_params *p, struct err *err)
{
    const bool has_certificate = p->certificate.text[0];
    if (has_certificate != (p->key.text[0] != 0))
        return err_set(err, ERR_CONFIG, "web.%s: needs web.%s beside it",
                       has_certificate ? "certificate" : "key",
                       has_certificate ? "key" : "certificate");
    if (!p->address.text[0])
        return err_set(err, ERR_CONFIG, "web.address: empty, 127.0.0.1 is this machine alone");
    if (origin_is_loopback(p->address.text))
        return true;
    if (!has_certificate)
        return err_set(err, ERR_CONFIG,
                       "web.address %s: others reach it, so web.certificate and web.key are needed",
                       p->address.text);
    if (!p->token_file.text[0])
        return err_set(err, ERR_CONFIG,
                       "web.address %s: others reach it, so web.token_file is needed",
                       p->address.text);
    return true;
}

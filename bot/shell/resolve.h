/* resolve.h - names to addresses, without ever blocking the loop.
 *
 * getaddrinfo(3) on the pool, at most two at a time so that a dead name server leaves threads for other work. Answers
 * are kept: fresh ones are given at once; when a name cannot be looked up again, or not soon, the last known addresses
 * serve for up to a day. Failures are remembered for some seconds. Literal addresses and localhost ask nobody.
 * Loop thread only.
 */
#ifndef OPSGATE_SHELL_RESOLVE_H
#define OPSGATE_SHELL_RESOLVE_H

#include "bot/base/error.h"
#include "bot/shell/loop.h"

#include <netinet/in.h>

#define RESOLVE_MAX 8
#define RESOLVE_HOST_MAX 253

struct resolve_addresses {
    char text[RESOLVE_MAX][INET6_ADDRSTRLEN]; /* "10.0.0.1", "2001:db8::1": numeric, no brackets, no port */
    size_t count;                             /* at least 1 */
    bool is_stale;                            /* the last known ones; a fresh answer could not be had */
};

/* Blocks; runs on a pool thread, so it changes nothing shared. Returns 0 or a code for gai_strerror(3). */
typedef int (*resolve_lookup_fn)(const char *host, struct resolve_addresses *ret_addresses);

struct resolve_options {
    struct loop *loop;        /* borrowed */
    resolve_lookup_fn lookup; /* NULL: getaddrinfo */
    int64_t fresh_ms;         /* 0: 60 s */
    int64_t stale_ms;         /* 0: 24 h */
    int64_t failure_ms;       /* 0: 5 s */
    int64_t patience_ms;      /* 0: 500 ms are waited for a fresh answer before a stale one is given */
    int64_t timeout_ms;       /* 0: 5 s are waited when nothing is known */
};

struct resolve;
struct resolve *resolve_create(const struct resolve_options *options);
void resolve_destroy(struct resolve *resolve); /* cancels every query; a lookup on the pool may outlive it */
AUTO_DEFINE(resolve)

/* `addresses` is borrowed until the callback returns; NULL with err (ERR_NOT_FOUND: no such name; ERR_UNAVAILABLE: no
 * answer) when there are none. */
typedef void (*resolve_done_fn)(void *arg, const struct resolve_addresses *addresses, const struct error *err);

/* Never NULL. on_done runs once, later. `host` is copied; brackets around an IPv6 literal are fine. */
struct resolve_query;
struct resolve_query *resolve_start(struct resolve *resolve, const char *host, resolve_done_fn on_done, void *arg);
void resolve_cancel(struct resolve_query *query);

/* A literal address or localhost, without asking anybody; false for any other name. Pure. */
bool resolve_literal(const char *host, struct resolve_addresses *ret_addresses);

#endif

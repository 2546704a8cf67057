/* breaker.h - a host that fails again and again is left alone for a while, then tried with one call. Pure.
 *
 * Only hosts that failed lately are kept: one that answers is forgotten, and so is one that nobody called for long.
 */
#ifndef OPSGATE_BREAKER_H
#define OPSGATE_BREAKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BREAKER_FAILURES 5
#define BREAKER_OPEN_MS 5000
#define BREAKER_FORGET_MS (10 * 60 * 1000) /* after the last failure */

struct breaker;

struct breaker *breaker_create(void);
void breaker_destroy(struct breaker *breaker);

char *breaker_host(const char *url); /* "run.googleapis.com:443"-like key of a url; the caller frees it */
bool breaker_allows(struct breaker *breaker, const char *host, int64_t mono_ms); /* true counts as the one call */
int64_t breaker_opens_in_ms(const struct breaker *breaker, const char *host, int64_t mono_ms); /* 0: it is open */
void breaker_note(struct breaker *breaker, const char *host, bool is_good, int64_t mono_ms);
/* Each host that is left alone just now. */
void breaker_each_left_alone(const struct breaker *breaker, int64_t mono_ms,
                             void (*on_host)(void *arg, const char *host), void *arg);
size_t breaker_hosts(const struct breaker *breaker); /* how many are kept */

#endif

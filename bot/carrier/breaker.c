#include "bot/carrier/breaker.h"

#include "bot/base/str.h"

#include <string.h>

#include <uthash.h>

struct host {
    char *name;
    int failures;            /* in a row */
    int64_t closed_until_ms; /* left alone until then; 0: not */
    int64_t failed_at_ms;    /* the last time */
    UT_hash_handle hh;
};

struct breaker {
    struct host *hosts;
};

struct breaker *breaker_create(void)
{
    return xcalloc(1, sizeof(struct breaker));
}

static void forget(struct breaker *breaker, struct host *host)
{
    if (!host)
        return;
    HASH_DEL(breaker->hosts, host);
    free(host->name);
    free(host);
}

void breaker_destroy(struct breaker *breaker)
{
    struct host *host, *next;

    if (!breaker)
        return;
    HASH_ITER(hh, breaker->hosts, host, next)
        forget(breaker, host);
    free(breaker);
}

char *breaker_host(const char *url)
{
    struct str rest = str_of(url);

    if (!str_take_prefix(&rest, "https://") && !str_take_prefix(&rest, "smtp://") &&
        !str_take_prefix(&rest, "smtps://"))
        str_take_prefix(&rest, "http://");
    return str_copy(str_take_until(&rest, '/'));
}

static struct host *find(const struct breaker *breaker, const char *name)
{
    struct host *host = NULL;

    HASH_FIND_STR(breaker->hosts, name, host);
    return host;
}

static struct host *add(struct breaker *breaker, const char *name)
{
    struct host *host = xcalloc(1, sizeof(*host));

    host->name = xstrdup(name);
    HASH_ADD_KEYPTR(hh, breaker->hosts, host->name, strlen(host->name), host);
    return host;
}

static void forget_old(struct breaker *breaker, int64_t mono_ms)
{
    struct host *host, *next;

    HASH_ITER(hh, breaker->hosts, host, next)
        if (mono_ms - host->failed_at_ms > BREAKER_FORGET_MS)
            forget(breaker, host);
}

bool breaker_allows(struct breaker *breaker, const char *name, int64_t mono_ms)
{
    struct host *host = find(breaker, name);

    if (!host || host->failures < BREAKER_FAILURES)
        return true;
    if (mono_ms < host->closed_until_ms)
        return false;
    host->closed_until_ms = mono_ms + BREAKER_OPEN_MS; /* this one call; the next after its answer, or after a while */
    return true;
}

int64_t breaker_opens_in_ms(const struct breaker *breaker, const char *name, int64_t mono_ms)
{
    const struct host *host = find(breaker, name);

    if (!host || host->failures < BREAKER_FAILURES || mono_ms >= host->closed_until_ms)
        return 0;
    return host->closed_until_ms - mono_ms;
}

void breaker_note(struct breaker *breaker, const char *name, bool is_good, int64_t mono_ms)
{
    struct host *host = find(breaker, name);

    if (is_good) {
        forget(breaker, host);
        return;
    }
    if (!host) {
        forget_old(breaker, mono_ms);
        host = add(breaker, name);
    }
    host->failures++;
    host->failed_at_ms = mono_ms;
    if (host->failures >= BREAKER_FAILURES)
        host->closed_until_ms = mono_ms + BREAKER_OPEN_MS;
}

void breaker_each_left_alone(const struct breaker *breaker, int64_t mono_ms,
                             void (*on_host)(void *arg, const char *host), void *arg)
{
    const struct host *host, *next;

    HASH_ITER(hh, breaker->hosts, host, next)
        if (host->failures >= BREAKER_FAILURES && host->closed_until_ms > mono_ms)
            on_host(arg, host->name);
}

size_t breaker_hosts(const struct breaker *breaker)
{
    return HASH_COUNT(breaker->hosts);
}

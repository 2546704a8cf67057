#include "bot/breaker.h"

#include "bot/base/str.h"

#include <string.h>

#include <uthash.h>

struct host {
    char *name;
    int failures;            /* in a row */
    int64_t closed_until_ms; /* left alone until then; 0: not */
    UT_hash_handle hh;
};

struct breaker {
    struct host *hosts;
};

struct breaker *breaker_create(void)
{
    return xcalloc(1, sizeof(struct breaker));
}

void breaker_destroy(struct breaker *breaker)
{
    struct host *host, *next;

    if (!breaker)
        return;
    HASH_ITER(hh, breaker->hosts, host, next) {
        HASH_DEL(breaker->hosts, host);
        free(host->name);
        free(host);
    }
    free(breaker);
}

char *breaker_host(const char *url)
{
    struct str rest = str_of(url);

    if (!str_take_prefix(&rest, "https://"))
        str_take_prefix(&rest, "http://");
    return str_copy(str_take_until(&rest, '/'));
}

static struct host *get(struct breaker *breaker, const char *name)
{
    struct host *host = NULL;

    HASH_FIND_STR(breaker->hosts, name, host);
    if (!host) {
        host = xcalloc(1, sizeof(*host));
        host->name = xstrdup(name);
        HASH_ADD_KEYPTR(hh, breaker->hosts, host->name, strlen(host->name), host);
    }
    return host;
}

bool breaker_allows(struct breaker *breaker, const char *name, int64_t mono_ms)
{
    struct host *host = get(breaker, name);

    if (host->failures < BREAKER_FAILURES)
        return true;
    if (mono_ms < host->closed_until_ms)
        return false;
    host->closed_until_ms = mono_ms + BREAKER_OPEN_MS; /* this one call; the next after its answer, or after a while */
    return true;
}

int64_t breaker_opens_in_ms(const struct breaker *breaker, const char *name, int64_t mono_ms)
{
    const struct host *host = NULL;

    HASH_FIND_STR(breaker->hosts, name, host);
    if (!host || host->failures < BREAKER_FAILURES || mono_ms >= host->closed_until_ms)
        return 0;
    return host->closed_until_ms - mono_ms;
}

void breaker_note(struct breaker *breaker, const char *name, bool is_good, int64_t mono_ms)
{
    struct host *host = get(breaker, name);

    host->failures = is_good ? 0 : host->failures + 1;
    if (host->failures >= BREAKER_FAILURES)
        host->closed_until_ms = mono_ms + BREAKER_OPEN_MS;
}

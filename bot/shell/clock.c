#include "bot/shell/clock.h"

#include "bot/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

static int64_t read_ms(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now); /* these two clocks exist on every Linux we run on */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_mono_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return read_ms(CLOCK_BOOTTIME);
}

static int64_t unix_ms(void *ctx)
{
    (void)ctx;
    return read_ms(CLOCK_REALTIME);
}

static void fill_random(void *ctx, void *bytes, size_t len)
{
    char *at = bytes;

    (void)ctx;
    while (len > 0) {
        ssize_t got = getrandom(at, len, 0);

        if (got < 0 && errno != EINTR) {
            perror("opsgate: getrandom"); /* ids and salts that can be guessed are worse than no program */
            abort();
        }
        if (got > 0) {
            at += got;
            len -= (size_t)got;
        }
    }
}

struct clock clock_system(void)
{
    return (struct clock){ .mono_ms = mono_ms, .unix_ms = unix_ms, .random = fill_random };
}

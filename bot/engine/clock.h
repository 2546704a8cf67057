/* clock.h - the engine's clock and dice, as an interface: the real ones in bot/shell/clock.c, virtual ones in tests. */
#ifndef OPSGATE_ENGINE_CLOCK_H
#define OPSGATE_ENGINE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
    void *ctx;
    int64_t (*mono_ms)(void *ctx); /* CLOCK_BOOTTIME, read fresh: it runs on while the machine sleeps, as a lease does */
    int64_t (*unix_ms)(void *ctx); /* CLOCK_REALTIME: for received_at until the store's clock is known, and for logs */
    void (*random)(void *ctx, void *bytes, size_t len); /* unpredictable outside of tests */
};

#endif

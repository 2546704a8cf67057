/* Input: a window of time. What is taken for one changes where it says so, and means the same when its text is read
 * again. */
#include "tests/fuzz/fuzz.h"

#include "bot/base/time.h"
#include "policy/window.h"

#include <string.h>

/* A zone of any name, so that names are not what stops everything: that of UTC. */
static const struct zone *any_zone(const void *ctx, const char *name)
{
    (void)ctx;
    MUST(strlen(name) <= 60 && !strstr(name, "..") && name[0] != '/');
    return &zone_utc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t instants[] = { -1, 0, INT64_C(1774746000000), INT64_C(1798761600000), INT64_C(2214000000000) };
    AUTO(arena) struct arena *arena = arena_create();
    const struct zones zones = { .find = any_zone };
    struct error err = { .code = ERR_NONE };
    struct window window, again;

    if (!window_parse(fuzz_input(data, size), zones, arena, &window, &err)) {
        MUST(err.code == ERR_INVALID && err.message[0]);
        return 0;
    }
    MUST(window_parse(str_of(window.text), zones, arena, &again, &err));
    for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++) {
        int64_t changes_ms = window_changes_at(&window, instants[i]);
        bool holds = window_holds(&window, instants[i]);

        MUST(changes_ms > instants[i] && window_holds(&again, instants[i]) == holds);
        if (changes_ms < INT64_MAX)
            MUST(window_holds(&window, changes_ms) != holds && window_holds(&window, changes_ms - 1) == holds);
    }
    return 0;
}

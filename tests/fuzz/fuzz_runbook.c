/* Whatever is typed behind `run NAME`: each value that is taken is what its row says, and may stand in an argv. */
#include "tests/fuzz/fuzz.h"

#include "bot/model/request.h"
#include "bot/model/settings.h"
#include "handlers/blanks.h"
#include "handlers/runbook/arguments.h"
#include "handlers/runbook/flush.h"

#include <string.h>

static const char *choices[] = { "a", "b=c", "two words" };
static struct runbook_arg args[] = {
    { .name = "choice", .one_of = choices, .one_of_count = 3, .otherwise = "a" },
    { .name = "text", .pattern = "*?*", .otherwise = "x" },
    { .name = "number", .type = "integer", .min = 1, .max = 5, .otherwise = "1" },
    { .name = "version", .type = "version", .otherwise = "v1" },
    { .name = "time", .type = "duration", .otherwise = "1s" },
    { .name = "net", .type = "cidr", .otherwise = "10.0.0.0/8" },
};
static const struct runbook_settings runbook = { .name = "fuzzed", .args = args, .args_count = 6 };

static void check_filled(const struct shape_pair *values, struct arena *arena)
{
    struct blank blanks[ARRAY_LEN(args)];
    const char *filled;
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(args); i++) {
        MUST(values[i].value && values[i].value[0] && values[i].value[0] != '-');
        blanks[i] = (struct blank){ values[i].key, values[i].value, i == 0 };
    }
    MUST(strlen(values[2].value) == 1 && strchr("12345", values[2].value[0]));
    MUST(blanks_fill("{choice} {text} {number} {time} {net}", blanks, ARRAY_LEN(blanks), arena, &filled, &err));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct settings settings = { .store = { .url = "redis://u:p@store:6380/1" }, .data_dir = "/var/lib/opsgate" };
    struct request request = { .verb = "run" };
    struct shape_pair *values;
    struct error err;

    if (!request_split(fuzz_input(data, size), arena, &request, &err))
        return 0;
    if (runbook_arguments_read(&runbook, request.words, request.words_count, arena, &values, &err))
        check_filled(values, arena);
    else
        MUST(err.message[0] != '\0');
    runbook_flushes_store(&settings, &runbook, request.words, request.words_count, arena);
    return 0;
}

/* Input: a file of the tz database. What is taken for one answers for any instant, and its spans meet. */
#include "tests/fuzz/fuzz.h"

#include "policy/zone.h"

static void check_at(const struct zone *zone, int64_t unix_s)
{
    struct zone_span span = zone_span_at(zone, unix_s);

    MUST(span.from_s <= unix_s && unix_s < span.until_s);
    MUST(span.offset_s > -26 * 3600 && span.offset_s < 26 * 3600);
    MUST(zone_offset(zone, unix_s) == span.offset_s);
    if (span.from_s > INT64_MIN / 8)
        MUST(zone_offset(zone, span.from_s) == span.offset_s &&
             zone_span_at(zone, span.from_s).until_s == span.until_s);
    if (span.until_s < INT64_MAX / 8)
        MUST(zone_offset(zone, span.until_s - 1) == span.offset_s &&
             zone_span_at(zone, span.until_s).from_s == span.until_s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t instants[] = {
        -(INT64_C(1) << 40), -1, 0, 951782400, 1774746000, 2214000000, INT64_C(1) << 40
    };
    AUTO(arena) struct arena *arena = arena_create();
    struct error err = { .code = ERR_NONE };
    const struct zone *zone = zone_read(fuzz_input(data, size), "Test/Zone", arena, &err);

    if (!zone) {
        MUST(err.code == ERR_INVALID && err.message[0]);
        return 0;
    }
    for (size_t i = 0; i < sizeof(instants) / sizeof(instants[0]); i++)
        check_at(zone, instants[i]);
    zone_offset(zone, INT64_MIN);
    zone_offset(zone, INT64_MAX);
    return 0;
}

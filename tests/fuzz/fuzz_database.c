/* Input: Google's answers about a database, one after the other, each begun by a digit that picks its status and ended
 * by a NUL or by the end. Whatever they say, each exchange ends, and what it calls known is a number that can be. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/backup.h"
#include "bot/model/database.h"
#include "bot/model/settings.h"
#include "integrations/google/backup.h"
#include "integrations/google/database.h"

#define SQL "{\"project\":\"p\",\"instance\":\"i\",\"replica\":\"r\"}"
#define REDIS "{\"project\":\"p\",\"instance\":\"i\",\"region\":\"e\"}"

static const int statuses[10] = { 200, 200, 200, 200, 200, 404, 403, 401, 503, 0 };

static const struct {
    exchange_fn step;
    const char *args;
    bool is_read;
} asked[] = {
    { database_read, SQL, true },
    { database_read, REDIS, true },
    { database_fail_over, "{\"place\":" SQL ",\"method\":\"standby\",\"settings_version\":\"1\"}", false },
    { database_fail_over, "{\"place\":" REDIS ",\"method\":\"memorystore\"}", false },
    { database_seek, "{\"place\":" SQL ",\"method\":\"promotion\",\"known\":\"a\",\"since_ms\":1}", false },
    { database_seek, "{\"place\":" REDIS ",\"method\":\"memorystore\",\"from_zone\":\"z\"}", false },
    { database_follow, "{\"place\":" SQL ",\"operation\":\"../x\"}", false },
    { database_follow, "{\"place\":" REDIS ",\"operation\":\"a/b/c\"}", false },
    { database_doctor, SQL, false },
    { backups_read, "{\"place\":" SQL ",\"instance\":\"j\",\"kind\":\"restore\",\"id\":\"17\"}", false },
    { backups_read, "{\"place\":" SQL ",\"instance\":\"i\",\"id\":\"latest\"}", false },
    { backups_change, "{\"place\":" SQL ",\"kind\":\"restore\",\"into\":\"j\",\"id\":\"17\"}", false },
    { backups_seek,
      "{\"errand\":{\"place\":" SQL ",\"kind\":\"export\",\"into\":\"i\",\"file\":\"gs://b/x\"},\"known\":\"a\"}", false },
    { backups_seek,
      "{\"errand\":{\"place\":" SQL ",\"kind\":\"create\",\"into\":\"i\",\"description\":\"d\"}}", false },
    { backups_doctor, "{\"place\":" SQL ",\"instance\":\"j\",\"id\":\"latest\"}", false },
};

static void check_seen(const cJSON *json, struct arena *arena)
{
    struct database_seen seen;
    struct error err;

    MUST(shape_from_json(&database_seen_shape, json, arena, &seen, &err));
    MUST(seen.state || seen.problem);
    MUST(seen.lag.lag_ms >= 0 && seen.lag.lag_bytes >= 0);
    MUST(seen.lag.is_known || (seen.lag.lag_ms == 0 && seen.lag.lag_bytes == 0));
    MUST(seen.is_backup_known || seen.backup_at_ms == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct settings settings = { .google = { .sqladmin_url = "https://sql",
                                                          .redis_url = "https://redis",
                                                          .monitoring_url = "https://monitoring" } };
    AUTO(arena) struct arena *arena = arena_create();
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(fuzz_input(data, size), statuses, arena, answers);
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        struct exchange exchange = {
            .settings = &settings, .answers = answers, .unix_ms = INT64_C(1700100000000), .arena = arena
        };

        exchange.args = json_parse_in(arena, str_of(asked[i].args), &err);
        MUST(exchange.args);
        for (exchange.answer_count = 0; exchange.answer_count <= count; exchange.answer_count++) {
            struct exchange_step step = asked[i].step(&exchange);

            if (step.next == NEXT_DONE && asked[i].is_read)
                check_seen(step.result, arena);
            else if (step.next == NEXT_AGAIN || step.next == NEXT_NEVER)
                MUST(step.error && step.error[0]);
            if (step.next != NEXT_CALL)
                break;
        }
    }
    return 0;
}

#include "bot/cli/follow.h"

#include "bot/base/time.h"
#include "bot/cli/store_url.h"
#include "bot/cli/text.h"
#include "bot/model/operation.h"
#include "bot/shell/clock.h"
#include "handlers/operation_words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LOOK_EVERY_MS 500
#define SILENCE_MS                                                                                                     \
    (2 * MINUTE_MS) /* a store that does not answer for so long is given up, if no timeout says otherwise */
#define TIMEOUT_MAX_MS (7 * DAY_MS)
#define SHOWN_BYTES 200

/* ---- before ---- */

static bool read_timeout(const struct cli *cli, int64_t *ret_ms, struct error *err)
{
    if (!cli->timeout)
        return true;
    if (!cli->is_follow)
        return error_set(err, ERR_INVALID, "--timeout is how long --follow follows");
    if (!duration_parse(str_of(cli->timeout), ret_ms, err) || *ret_ms <= 0 || *ret_ms > TIMEOUT_MAX_MS)
        return error_set(err, ERR_INVALID, "--timeout takes a duration of at most seven days, such as 30m");
    return true;
}

int follow_begin(const struct cli *cli, const struct configuration *configuration, struct follow *ret_follow)
{
    struct follow follow = { .cli = cli, .configuration = configuration };
    struct error err;

    if (!read_timeout(cli, &follow.timeout_ms, &err))
        return cli_fail(&err);
    if (cli->is_follow) {
        follow.reader = cli_store_open(configuration, &err);
        if (!follow.reader) {
            error_wrap(&err, "what is to be followed is followed in the store. Nothing was asked");
            return cli_store_fail(configuration, &err);
        }
    }
    *ret_follow = follow;
    return CLI_OK;
}

void follow_finish(struct follow *follow)
{
    store_reader_close(follow->reader);
    follow->reader = NULL;
}

/* ---- looking ---- */

static int64_t mono_ms(void)
{
    struct clock clock = clock_system();

    return clock.mono_ms(clock.ctx);
}

static void sleep_ms(int64_t ms)
{
    const struct timespec pause = { .tv_sec = ms / SECOND_MS, .tv_nsec = ms % SECOND_MS * 1000000 };

    nanosleep(&pause, NULL);
}

/* Running ones first: it is among the ended ones as soon as it is none of those any more. */
static bool read_record(struct follow *follow, const char *id, struct arena *arena, struct operation *ret_operation,
                        struct error *err)
{
    struct str value;
    const cJSON *json;

    if (!follow->reader)
        follow->reader = cli_store_open(follow->configuration, err);
    if (!follow->reader)
        return false;
    if (!store_reader_field(follow->reader, STORE_OPERATIONS, id, arena, &value, err) &&
        (err->code != ERR_NOT_FOUND || !store_reader_field(follow->reader, STORE_ENDED, id, arena, &value, err)))
        return false;
    json = json_parse_in(arena, value, err);
    return json && shape_from_json(&operation_shape, json, arena, ret_operation, err);
}

/* ---- told ---- */

static void tell_state(const struct follow *follow, const char *id, const char *state)
{
    struct clock clock = clock_system();
    int64_t now_ms = clock.unix_ms(clock.ctx);

    if (follow->cli->is_json) {
        AUTO_JSON cJSON *json = json_object();
        AUTO_FREE char *text = NULL;

        json_set_string(json, "operation", id);
        json_set_string(json, "state", state);
        json_set_int(json, "at_ms", now_ms);
        text = json_print(json);
        printf("%s\n", text);
    } else {
        printf("%.8s  %s  %s\n", time_format(now_ms).text + 11, id, state);
    }
    fflush(stdout); /* whoever reads along reads it now */
}

static int tell_end(const struct follow *follow, const struct operation *operation, struct arena *arena)
{
    const struct settings *settings = &follow->configuration->settings;
    const char *result = cli_plain(settings, operation_standing(operation, arena), arena);
    const char *summary = cli_plain(settings, operation->summary ? operation->summary : "", arena);

    if (follow->cli->is_json) {
        AUTO_JSON cJSON *json = json_object();
        AUTO_FREE char *text = NULL;

        json_set_string(json, "operation", operation->id);
        json_set_string(json, "result", result);
        json_set_string(json, "summary", summary);
        text = json_print(json);
        printf("%s\n", text);
    } else {
        printf("%s: %s%s%s\n", operation->id, result, summary[0] ? ": " : "", summary);
    }
    return strcmp(result, "done") == 0 ? CLI_OK : CLI_NO;
}

static int give_up(const char *id, const char *why)
{
    cli_complain("how %s ends is not known: %s. `opsgate ops show %s` tells", id, why, id);
    return CLI_UNREACHABLE;
}

/* True: it goes on. The store may be away for a while; that it knows the operation no more is an end. */
static bool is_worth_another_look(struct follow *follow, const char *id, int64_t seen_ms, const struct error *err)
{
    if (err->code == ERR_UNAVAILABLE && (follow->timeout_ms > 0 || mono_ms() < seen_ms + SILENCE_MS)) {
        follow_finish(follow);
        return true;
    }
    give_up(id, err->code == ERR_NOT_FOUND ? "the store knows no such operation (any more)" : err->message);
    return false;
}

int follow_operation(struct follow *follow, const char *id)
{
    int64_t seen_ms = mono_ms(); /* the last time the store answered */
    int64_t until_ms = follow->timeout_ms > 0 ? seen_ms + follow->timeout_ms : INT64_MAX;
    char shown[SHOWN_BYTES] = "";

    for (;;) {
        AUTO(arena) struct arena *arena = arena_create();
        struct operation operation;
        struct error err;
        bool is_seen = read_record(follow, id, arena, &operation, &err);

        if (is_seen) {
            const char *state =
                cli_plain(&follow->configuration->settings, operation_standing(&operation, arena), arena);

            seen_ms = mono_ms();
            if (operation_has_ended(&operation))
                return tell_end(follow, &operation, arena);
            if (strncmp(state, shown, sizeof(shown) - 1) != 0)
                tell_state(follow, id, state);
            snprintf(shown, sizeof(shown), "%s", state);
        } else if (!is_worth_another_look(follow, id, seen_ms, &err)) {
            return CLI_UNREACHABLE;
        }
        if (mono_ms() >= until_ms)
            return give_up(id, is_seen ? "it has not ended within --timeout, and goes on" : err.message);
        sleep_ms(LOOK_EVERY_MS);
    }
}

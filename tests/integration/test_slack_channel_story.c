/* The exchanges about channels against the sandbox's Slack, which refuses what the real one refuses: whatever answer is
 * lost, there is one channel with one greeting, one bookmark, one file. Waits of the exchanges are not waited. */
#include "test/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "bot/model/exchange.h"
#include "bot/model/settings.h"
#include "integrations/slack/channel.h"
#include "integrations/slack/channel_change.h"
#include "integrations/slack/invite.h"
#include "integrations/slack/upload.h"

#define PROGRAM BINARY_DIR "/tests/sandbox/opsgate-sandbox"
#define TRIES_MAX 4
#define CALLS_MAX 64

struct story {
    struct sandbox sandbox;
    struct settings settings;
    char api_url[96];
    struct arena *arena;
    const char *operation; /* whose exchanges they are */
};

static int set_up(void **state)
{
    struct story *story = xcalloc(1, sizeof(*story));

    sandbox_start(&story->sandbox, PROGRAM, "http://127.0.0.1:1");
    (void)snprintf(story->api_url, sizeof(story->api_url), "%s/slack/api", story->sandbox.url);
    story->settings.slack.api_url = story->api_url;
    story->arena = arena_create();
    story->operation = "birth-000000000000000a";
    *state = story;
    return 0;
}

static int tear_down(void **state)
{
    struct story *story = *state;

    sandbox_stop(&story->sandbox);
    arena_destroy(story->arena);
    free(story);
    return 0;
}

/* ---- exchanges, carried ---- */

static struct http_answer carry(const struct story *story, const struct http_call *call)
{
    AUTO_ANSWER struct answer got = { 0 };
    struct ask ask = { .method = call->method,
                       .path = call->url + strlen(story->sandbox.url),
                       .type = call->header_count > 0 ? call->headers[0].value : NULL,
                       .authorization = call->credential == HTTP_SLACK_BOT ? "Bearer xoxb-sandbox" : NULL,
                       .body = call->body.len > 0 ? arena_copy(story->arena, call->body) : NULL };

    assert_int_equal(strncmp(call->url, story->sandbox.url, strlen(story->sandbox.url)), 0);
    sandbox_ask(&story->sandbox, &ask, &got);
    return (struct http_answer){ .status = got.status,
                                 .body = str_of(arena_strdup(story->arena, got.body)),
                                 .failure = got.status == 0 ? "closed" : NULL,
                                 .was_sent = true };
}

static struct exchange_step attempt(const struct story *story, exchange_fn step, const char *args, bool is_first_try)
{
    struct http_answer answers[CALLS_MAX];
    struct exchange exchange = { .settings = &story->settings,
                                 .effect_id = "birth-000000000000000e",
                                 .operation_id = story->operation,
                                 .answers = answers,
                                 .unix_ms = (int64_t)time(NULL) * 1000,
                                 .is_first_try = is_first_try,
                                 .arena = story->arena };
    struct exchange_step next;
    struct error err;

    exchange.args = json_parse_in(story->arena, str_of(args), &err);
    assert_non_null(exchange.args);
    while ((next = step(&exchange)).next == NEXT_CALL) {
        assert_true(exchange.answer_count < CALLS_MAX);
        answers[exchange.answer_count++] = carry(story, &next.call);
    }
    return next;
}

/* As the engine does: again, until it is done or never will be. */
static struct exchange_step run(const struct story *story, exchange_fn step, const char *args)
{
    struct exchange_step next = attempt(story, step, args, true);

    for (int i = 1; next.next == NEXT_AGAIN && i < TRIES_MAX; i++)
        next = attempt(story, step, args, false);
    return next;
}

static const cJSON *run_well(const struct story *story, exchange_fn step, const char *args)
{
    struct exchange_step next = run(story, step, args);

    if (next.next != NEXT_DONE)
        fail_msg("%s: %s", args, next.error);
    return next.result;
}

static void must_fail(const struct story *story, exchange_fn step, const char *args, const char *says)
{
    struct exchange_step next = run(story, step, args);

    assert_int_equal(next.next, NEXT_NEVER);
    if (!strstr(next.error, says))
        fail_msg("no '%s' in: %s", says, next.error);
}

static const char *args_of(const struct story *story, const char *channel, const char *more)
{
    return arena_printf(story->arena, "{\"channel\":\"%s\"%s%s}", channel, more[0] ? "," : "", more);
}

/* ---- the world ---- */

static void change_world(const struct story *story, const char *path, const char *body)
{
    AUTO_JSON cJSON *answer = sandbox_post(&story->sandbox, path, body);

    assert_non_null(answer);
}

static void arm(const struct story *story, const char *method, const char *fault)
{
    change_world(story, "faults",
                 arena_printf(story->arena, "{\"service\":\"%s\",\"match\":\"%s\",\"fault\":\"%s\"%s}",
                              strcmp(method, "upload") == 0 ? "upload" : "slack",
                              strcmp(method, "upload") == 0 ? "" : method, fault,
                              strstr(fault, "status") ? ",\"value\":503" : ""));
}

static cJSON *world_channels(const struct story *story, cJSON **ret_state)
{
    *ret_state = sandbox_get(&story->sandbox, "state?messages=100");
    return tree_get(tree_get(*ret_state, "slack"), "channels");
}

static int count_channels(const struct story *story, const char *start)
{
    AUTO_JSON cJSON *state = NULL;
    const cJSON *channels = world_channels(story, &state);
    int count = 0;

    JSON_EACH(channel, channels)
        count += text_starts(tree_text(channel, "name"), start);
    return count;
}

/* How many messages of the channel have such a member. */
static int count_messages(const struct story *story, const char *id, const char *member)
{
    AUTO_JSON cJSON *state = NULL;
    const cJSON *messages = tree_get(tree_find(world_channels(story, &state), "id", id), "messages");
    int count = 0;

    JSON_EACH(message, messages)
        count += tree_get(message, member) != NULL;
    return count;
}

static const char *make(const struct story *story, const char *name)
{
    const cJSON *made = run_well(story, slack_channel_make,
                                 arena_printf(story->arena, "{\"name\":\"%s\",\"greeting\":\"Hello\"}", name));

    return arena_strdup(story->arena, json_find_string(made, "channel"));
}

/* ---- stories ---- */

static void one_channel_whatever_is_lost(void **state)
{
    static const char *const methods[] = { "conversations.create", "chat.postMessage", "users.conversations",
                                           "conversations.history", "auth.test" };
    static const char *const faults[] = { "drop_after", "drop_before", "garbage_after", "status_after", "status" };
    struct story *story = *state;
    int stories = 0;

    for (size_t m = 0; m < ARRAY_LEN(methods); m++) {
        for (size_t f = 0; f < ARRAY_LEN(faults); f++) {
            const char *name = arena_printf(story->arena, "inc-%d", 100 + stories), *id;

            story->operation = arena_printf(story->arena, "birth-%d", stories++);
            arm(story, "conversations.create", "drop_after"); /* so that the other one is called, too */
            arm(story, methods[m], faults[f]);
            id = make(story, name);
            assert_int_equal(count_channels(story, name), 1);
            assert_int_equal(count_messages(story, id, "metadata"), 1);
            change_world(story, "faults", "{\"service\":\"slack\",\"fault\":\"none\"}");
        }
    }
}

static void a_further_effect_of_the_operation_finds_it(void **state)
{
    struct story *story = *state;
    const char *id = make(story, "inc-x");
    const cJSON *again =
        run_well(story, slack_channel_make, "{\"name\":\"inc-x\",\"greeting\":\"Hello\",\"is_again\":true}");

    assert_string_equal(json_find_string(again, "channel"), id);
    assert_int_equal(count_channels(story, "inc-x"), 1);
    story->operation = "birth-000000000000000b"; /* while another incident of that name gets its own */
    assert_string_not_equal(make(story, "inc-x"), id);
    assert_int_equal(count_channels(story, "inc-x"), 2);
}

static void names_that_are_taken_are_passed_over(void **state)
{
    struct story *story = *state;
    const cJSON *made;

    change_world(story, "world",
                 "{\"channel\":[{\"id\":\"C0A\",\"name\":\"inc-x\",\"is_member\":false},"
                 "{\"id\":\"C0B\",\"name\":\"inc-x-2\",\"is_archived\":true},"
                 "{\"id\":\"C0C\",\"name\":\"inc-x-3\",\"is_private\":true,\"is_member\":false}]}");
    made = run_well(story, slack_channel_make, "{\"name\":\"inc-x\",\"greeting\":\"Hello\",\"is_private\":true}");
    assert_string_equal(json_find_string(made, "name"), "inc-x-4");
    assert_true(json_find_bool(made, "is_private", false));
}

static void who_cannot_come_is_named(void **state)
{
    struct story *story = *state;
    const char *id = make(story, "inc-x");
    const cJSON *told = run_well(
        story, slack_channel_invite,
        args_of(story, id, "\"users\":[\"U012AB3CD\",\"U0GHOST\",\"U0OPSGATE\",\"U0789GUEST\",\"U0456EFGH\"]"));
    const cJSON *read;

    assert_int_equal(cJSON_GetArraySize(json_find(told, "invited")), 2);
    assert_string_equal(json_find_string(told, "present.0"), "U0OPSGATE");
    assert_string_equal(json_find_string(told, "refused.0.user"), "U0GHOST");
    assert_string_equal(json_find_string(told, "refused.0.error"), "user_not_found");
    assert_string_equal(json_find_string(told, "refused.1.error"), "user_is_restricted");
    told = run_well(story, slack_channel_invite, args_of(story, id, "\"users\":[\"U012AB3CD\",\"U0456EFGH\"]"));
    assert_int_equal(cJSON_GetArraySize(json_find(told, "present")), 2);
    read = run_well(story, slack_channel_read, args_of(story, id, "\"with_members\":true"));
    assert_int_equal(cJSON_GetArraySize(json_find(read, "members")), 3);
}

static void what_stands_on_top_stands_once(void **state)
{
    static const char *const faults[] = { "drop_after", "drop_before", "garbage_after" };
    struct story *story = *state;
    const char *id = make(story, "inc-x");
    AUTO_JSON cJSON *world = NULL;
    const cJSON *channels, *read, *message = NULL;

    run_well(story, slack_channel_topic, args_of(story, id, "\"text\":\"*P1* down\""));
    run_well(story, slack_channel_purpose, args_of(story, id, "\"text\":\"D1\""));
    read = run_well(story, slack_channel_read, args_of(story, id, ""));
    assert_string_equal(json_find_string(read, "topic"), "P1 down");
    assert_string_equal(json_find_string(read, "purpose"), "D1");
    for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
        arm(story, "bookmarks.add", faults[i]);
        run_well(
            story, slack_channel_bookmark,
            args_of(story, id, arena_printf(story->arena, "\"title\":\"Mark %zu\",\"link\":\"https://r.example\"", i)));
    }
    channels = world_channels(story, &world);
    JSON_EACH(channel, channels)
        if (tree_has_text(channel, "id", id)) {
            assert_int_equal(cJSON_GetArraySize(tree_get(channel, "bookmarks")), 3);
            JSON_EACH(item, tree_get(channel, "messages"))
                message = tree_get(item, "metadata") ? item : message;
        }
    for (int i = 0; i < 2; i++)
        run_well(story, slack_channel_pin,
                 args_of(story, id, arena_printf(story->arena, "\"ts\":\"%s\"", tree_text(message, "ts"))));
    assert_int_equal(count_messages(story, id, "pinned_to"), 1);
    must_fail(story, slack_channel_pin, args_of(story, id, "\"ts\":\"1.5\""), "message_not_found");
}

static void one_file_whatever_is_lost(void **state)
{
    static const struct {
        const char *method, *fault;
    } lost[] = { { "files.getUploadURLExternal", "drop_after" },
                 { "upload", "drop_after" },
                 { "upload", "status" },
                 { "files.completeUploadExternal", "drop_after" },
                 { "files.completeUploadExternal", "garbage_after" },
                 { "files.completeUploadExternal", "drop_before" } };
    struct story *story = *state;
    const char *id = make(story, "inc-x");

    for (size_t i = 0; i < ARRAY_LEN(lost); i++) {
        arm(story, lost[i].method, lost[i].fault);
        run_well(
            story, slack_file_upload,
            args_of(story, id,
                    arena_printf(story->arena,
                                 "\"filename\":\"post-mortem-%zu.md\",\"title\":\"T\",\"content\":\"# Über\\n\"", i)));
        assert_int_equal(count_messages(story, id, "files"), (int)i + 1);
    }
}

static void put_away_and_renamed(void **state)
{
    struct story *story = *state;
    const char *id = make(story, "inc-x");
    const cJSON *renamed;

    change_world(story, "world", "{\"channel\":{\"id\":\"C0A\",\"name\":\"inc-y\"}}");
    for (int i = 0; i < 2; i++) {
        renamed = run_well(story, slack_channel_rename, args_of(story, id, "\"name\":\"inc-y\""));
        assert_string_equal(json_find_string(renamed, "name"), "inc-y-2");
    }
    must_fail(story, slack_channel_rename, args_of(story, "C0A", "\"name\":\"inc-z\""), "not_authorized");
    for (int i = 0; i < 2; i++)
        run_well(story, slack_channel_archive, args_of(story, id, ""));
    must_fail(story, slack_channel_archive, args_of(story, "C0GENERAL", ""), "cant_archive_general");
    must_fail(story, slack_channel_unarchive, args_of(story, id, ""), "do it in Slack");
    must_fail(story, slack_channel_topic, args_of(story, id, "\"text\":\"x\""), "is_archived");
    must_fail(story, slack_channel_invite, args_of(story, id, "\"users\":[\"U012AB3CD\"]"), "is_archived");
    run_well(story, slack_channel_unarchive, args_of(story, "C0GENERAL", ""));
    assert_false(json_find_bool(run_well(story, slack_channel_read, args_of(story, "C0NOWHERE", "")), "exists", true));
    assert_true(json_find_bool(run_well(story, slack_channel_read, args_of(story, id, "")), "is_archived", false));
}

static void what_the_bot_may_not_do_is_named(void **state)
{
    struct story *story = *state;
    const char *id = make(story, "inc-x");

    change_world(story, "world", "{\"slack_scopes\":\"chat:write,channels:read,groups:read,channels:history\"}");
    must_fail(story, slack_channel_make, "{\"name\":\"inc-y\",\"greeting\":\"Hello\"}", "[channels:manage]");
    must_fail(story, slack_channel_make, "{\"name\":\"inc-y\",\"greeting\":\"Hello\",\"is_private\":true}",
              "[groups:write]");
    must_fail(story, slack_channel_topic, args_of(story, id, "\"text\":\"x\""), "[channels:manage]");
    must_fail(story, slack_channel_pin, args_of(story, id, "\"ts\":\"1.5\""), "[pins:write]");
    must_fail(story, slack_channel_bookmark, args_of(story, id, "\"title\":\"t\",\"link\":\"https://r\""),
              "[bookmarks:write]");
    must_fail(story, slack_file_upload, args_of(story, id, "\"filename\":\"f\",\"title\":\"t\",\"content\":\"c\""),
              "[files:write]");
}

static void a_limit_is_told(void **state)
{
    struct story *story = *state;
    struct exchange_step step;

    change_world(story, "world", "{\"slack_limits\":{\"conversations.create\":1}}");
    make(story, "inc-x");
    step = attempt(story, slack_channel_make, "{\"name\":\"inc-y\",\"greeting\":\"Hello\"}", true);
    assert_int_equal(step.next, NEXT_AGAIN);
    assert_string_equal(step.limit, "conversations.create");
}

#define STORY_OF(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_OF(one_channel_whatever_is_lost),
        STORY_OF(a_further_effect_of_the_operation_finds_it),
        STORY_OF(names_that_are_taken_are_passed_over),
        STORY_OF(who_cannot_come_is_named),
        STORY_OF(what_stands_on_top_stands_once),
        STORY_OF(one_file_whatever_is_lost),
        STORY_OF(put_away_and_renamed),
        STORY_OF(what_the_bot_may_not_do_is_named),
        STORY_OF(a_limit_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

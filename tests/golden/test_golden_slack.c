/* What Slack is sent, word for word: tests/golden/slack-*.json. */
#include "tests/golden/golden.h"

#include "bot/base/json.h"
#include "integrations/slack/buttons.h"
#include "integrations/slack/message.h"

#include <string.h>

#define EFFECT "birth-00000000000000e1"
#define OPERATION "birth-00000000000000a1"

static cJSON *a_card(enum card_tone tone, const char *status, enum step_mark last, const char *footer)
{
    struct card_field fields[] = {
        { "Version", "`main`" },
        { "Image", "`us-docker.pkg.dev/acme/images/api@sha256:9f86d08`" },
        { "Asked by", "@{slack:U012AB3CD}" },
        { "Target", "api/staging" },
    };
    struct card_step steps[] = {
        { STEP_OK, "image `main` resolved" },
        { STEP_OK, "new revision `api-service-d1042`, no traffic" },
        { last, "health check" },
        { STEP_NEXT, "all traffic" },
    };
    struct card card = {
        .operation = "D1042",
        .outside_id = OPERATION,
        .title = "Deploy api main to staging",
        .tone = tone,
        .status = status,
        .fields = fields,
        .fields_count = ARRAY_LEN(fields),
        .steps = steps,
        .steps_count = ARRAY_LEN(steps),
        .footer = footer,
    };

    return slack_message_card(&card, EFFECT);
}

static cJSON *running(void)
{
    return a_card(CARD_RUNNING, "D1042: waiting until it is healthy", STEP_NOW,
                  "asked @{date:1795212000999}\n@{time:1795212061000} @{slack:U012AB3CD} paused at 25 %");
}

static cJSON *waiting(void)
{
    return a_card(CARD_WAITING, "D1042: waiting for the target", STEP_NEXT, NULL);
}

static cJSON *good(void)
{
    return a_card(CARD_GOOD, "D1042: `main` serves all traffic of api/staging after 41 s", STEP_OK, "took 41 s");
}

static cJSON *bad(void)
{
    return a_card(CARD_BAD,
                  "D1042: revision `api-service-d1042` is not healthy: answered 500. Traffic was not touched.",
                  STEP_BAD, "took 12 s");
}

static cJSON *hostile(void)
{
    struct card_field fields[] = { { "Commit", "fix <!channel> & <@U012AB3CD> &amp; <https://evil.example|x>" },
                                   { "Mentions",
                                     "@{slack:<!here>} @{slack:} @{slack @{github:octo-cat} @{local:deploy} "
                                     "@{time:-1} @{time:} @{date:1x} @{time:99999999999999999999} @{time:1" },
                                   { "Code", "`@{slack:U012AB3CD} *not bold* <b>`" },
                                   { "", "" } };
    struct card_step steps[] = { { STEP_NOW, "line one\nline two" }, { STEP_NEXT, NULL } };
    struct card card = {
        .operation = "D1",
        .outside_id = OPERATION,
        .title = "Deploy <b> & *co* to `x` for @{slack:U012AB3CD} at @{time:1795212000000}",
        .tone = CARD_RUNNING,
        .status = "1 < 2 > 0 & @channel #ops",
        .fields = fields,
        .fields_count = ARRAY_LEN(fields),
        .steps = steps,
        .steps_count = ARRAY_LEN(steps),
    };

    return slack_message_card(&card, EFFECT);
}

static struct card_action canary_actions[] = {
    { "Promote to 25 %", "promote D1042 --look 7", ACTION_PRIMARY, NULL },
    { "Pause", "pause D1042 --look 7", ACTION_PLAIN, NULL },
    { "Abort & go back", "abort D1042 --look 7", ACTION_DANGER, "All traffic goes back to <v1.4.1>." },
};

static cJSON *buttons(void)
{
    const char *table[] = { "          requests  errors    p95", "canary        1204  0.08 %  121 ms",
                            "baseline     22876  0.06 %  118 ms" };
    struct card card = {
        .operation = "D1042",
        .outside_id = OPERATION,
        .title = "Deploy api v1.4.2 to production",
        .tone = CARD_WAITING,
        .status = "D1042: 5 % of traffic; looks good, waiting for a person",
        .table = table,
        .table_count = ARRAY_LEN(table),
        .actions = canary_actions,
        .actions_count = ARRAY_LEN(canary_actions),
        .footer = "baked 4 min",
    };

    return slack_message_card(&card, EFFECT);
}

/* What a program printed, and a label from outside. */
static cJSON *hostile_table(void)
{
    const char *table[] = { "``` <!channel> & *x*", "@{slack:U012AB3CD} `code`", "" };
    struct card_action actions[] = { { "<b> *x* `y` @{slack:U012AB3CD} & co", "promote \"<@U1> &\"", 7, "<!here>" },
                                     { "", "pause D1", 0, NULL },
                                     { "Nothing behind it", "", 0, NULL },
                                     { "No verb", "%x D1", ACTION_PRIMARY, "" } };
    struct card card = { .operation = "D1",
                         .outside_id = OPERATION,
                         .tone = CARD_BAD,
                         .table = table,
                         .table_count = ARRAY_LEN(table),
                         .actions = actions,
                         .actions_count = ARRAY_LEN(actions) };

    return slack_message_card(&card, EFFECT);
}

static cJSON *bare(void)
{
    return slack_message_card(&(struct card){ .tone = CARD_RUNNING }, NULL);
}

static cJSON *reply_of(const char *text, const char **lines, size_t count)
{
    return slack_message_reply(&(struct reply){ .text = text, .lines = lines, .lines_count = count });
}

static cJSON *short_reply(void)
{
    const char *lines[] = { "`/deploy SERVICE ENVIRONMENT [VERSION]`  bring a version out", "", "*Hint*: 1 < 2" };

    return reply_of("These are the verbs for @{slack:U012AB3CD}:", lines, ARRAY_LEN(lines));
}

static cJSON *reply_with_buttons(void)
{
    struct card_action actions[] = { { "Deploy v1.4.2", "deploy api production v1.4.2", ACTION_PRIMARY, NULL } };

    return slack_message_reply(&(struct reply){ .text = "Staging runs `v1.4.2`. The same to production?",
                                                .actions = actions,
                                                .actions_count = ARRAY_LEN(actions) });
}

static cJSON *empty_reply(void)
{
    return reply_of(NULL, NULL, 0);
}

static cJSON *message(void)
{
    return slack_message_post(&(struct reply){ .text = "*api/staging* is free again" }, OPERATION, EFFECT);
}

static cJSON *late(void)
{
    const struct message_part only = { EFFECT, INT64_C(1795212000999), "*D12*: Acknowledged by @{slack:U012AB3CD}." };

    return slack_message_parts(&only, 1, 0, OPERATION);
}

static cJSON *parts(void)
{
    static const struct message_part several[] = {
        { EFFECT, INT64_C(1795212000999), "*D12* (P1: API <down>) is opened by PagerDuty." },
        { "birth-00000000000000e2", INT64_C(1795219140000), "*D12*: Acknowledged by @{slack:U012AB3CD}." },
        { "birth-00000000000000e3", INT64_C(1795219260000), "*D12* (P1: API <down>) is resolved by @{slack:U012AB3CD}." },
    };

    return slack_message_parts(several, ARRAY_LEN(several), 7, OPERATION);
}

/* People, groups and channels are mentioned, and what only looks like that is not. */
static cJSON *asked(void)
{
    const char *lines[] = { "Asked: @{slack:U012AB3CD} (on call), @{slack-group:S0ENG}",
                            "@{slack-group:} @{slack-group:S0|here} @{slack-groups:S0ENG} `@{slack-group:S0ENG}`",
                            "In @{slack-channel:C012AB3CD}, @{slack-channel:} `@{slack-channel:C012AB3CD}`" };

    return slack_message_post(
        &(struct reply){
            .text = "*D1042* waits for consent: 0 of 1 approval of lead (opsgate.yaml:12). `approve D1042` gives it.",
            .lines = lines,
            .lines_count = ARRAY_LEN(lines) },
        OPERATION, EFFECT);
}

static const struct row {
    const char *name; /* and the golden file's */
    cJSON *(*make)(void);
} rows[] = {
    { "slack-card-running.json", running },
    { "slack-card-waiting.json", waiting },
    { "slack-card-good.json", good },
    { "slack-card-bad.json", bad },
    { "slack-card-hostile.json", hostile },
    { "slack-card-bare.json", bare },
    { "slack-reply.json", short_reply },
    { "slack-reply-empty.json", empty_reply },
    { "slack-message.json", message },
    { "slack-message-late.json", late },
    { "slack-message-parts.json", parts },
    { "slack-message-asked.json", asked },
    { "slack-card-buttons.json", buttons },
    { "slack-card-hostile-table.json", hostile_table },
    { "slack-reply-buttons.json", reply_with_buttons },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_JSON cJSON *json = row->make();
    AUTO_FREE char *text = cJSON_Print(json);
    AUTO_BUF struct buf line = BUF(GOLDEN_MAX_BYTES);

    buf_addf(&line, "%s\n", text);
    golden_check(row->name, buf_text(&line));
}

/* ---- limits ---- */

/* Bytes, each character counted at its most: so within Slack's limits whatever they count. */
static void check_text(const cJSON *object, size_t max_bytes)
{
    const char *text = json_find_string(object, "text");

    assert_non_null(text);
    assert_true(strlen(text) > 0 && strlen(text) <= max_bytes);
    assert_true(utf8_is_valid(str_of(text)));
}

static void check_button(const cJSON *button)
{
    const char *value = json_find_string(button, "value"), *id = json_find_string(button, "action_id");
    const cJSON *confirm = json_find(button, "confirm");

    check_text(json_find(button, "text"), 75);
    assert_true(id && strlen(id) <= 255 && str_starts_with(str_of(id), SLACK_ACTION_ID_PREFIX));
    assert_true(value && value[0] && strlen(value) <= 2000);
    if (confirm) {
        check_text(json_find(confirm, "title"), 100);
        check_text(json_find(confirm, "text"), 300);
        check_text(json_find(confirm, "confirm"), 30);
        check_text(json_find(confirm, "deny"), 30);
    }
}

static void check_buttons(const cJSON *elements)
{
    int count = cJSON_GetArraySize(elements);

    assert_true(count > 0 && count <= 25);
    JSON_EACH(button, elements)
        check_button(button);
}

static void check_block(const cJSON *block)
{
    const char *type = json_find_string(block, "type");

    if (strcmp(type, "header") == 0)
        check_text(json_find(block, "text"), 150);
    else if (json_find(block, "text"))
        check_text(json_find(block, "text"), 3000);
    assert_true(cJSON_GetArraySize(json_find(block, "fields")) <= 10);
    JSON_EACH(field, json_find(block, "fields"))
        check_text(field, 2000);
    if (strcmp(type, "actions") == 0) {
        check_buttons(json_find(block, "elements"));
        return;
    }
    JSON_EACH(element, json_find(block, "elements"))
        check_text(element, 3000);
}

static void check_limits(const cJSON *message)
{
    check_text(message, 4000);
    assert_true(cJSON_GetArraySize(json_find(message, "blocks")) <= 50);
    JSON_EACH(block, json_find(message, "blocks"))
        check_block(block);
}

static const char *repeat(struct arena *arena, const char *piece, size_t bytes)
{
    AUTO_BUF struct buf text = BUF(bytes + strlen(piece));

    while (text.len < bytes)
        buf_puts(&text, piece);
    return arena_copy(arena, buf_str(&text));
}

/* However long it is: the table's fences are closed, and buttons and footer have their room. */
static void check_end(const cJSON *message)
{
    const cJSON *blocks = json_find(message, "blocks");
    int last = cJSON_GetArraySize(blocks) - 1;
    const char *table = json_find_string(cJSON_GetArrayItem(blocks, last - 2), "text.text");

    assert_string_equal(json_find_string(cJSON_GetArrayItem(blocks, last), "type"), "context");
    assert_string_equal(json_find_string(cJSON_GetArrayItem(blocks, last - 1), "type"), "actions");
    assert_true(table && str_starts_with(str_of(table), "```\n") && str_ends_with(str_of(table), "…\n```"));
    assert_null(strstr(strstr(table + 3, "```") + 1, "```"));
}

static void a_card_keeps_slacks_limits_whatever_it_holds(void **state)
{
    static const char *const pieces[] = { "a", "&", "é", "✅", "*b* ", "`", "@{slack:U012AB3CD}", "line\n" };
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t p = 0; p < ARRAY_LEN(pieces); p++) {
        const char *text = repeat(arena, pieces[p], 5000);
        struct card_field fields[70];
        struct card_step steps[70];
        struct card_action actions[40];
        const char *table[70];
        struct card card = { .operation = "D1",
                             .outside_id = OPERATION,
                             .title = text,
                             .status = text,
                             .footer = text,
                             .fields = fields,
                             .fields_count = ARRAY_LEN(fields),
                             .steps = steps,
                             .steps_count = ARRAY_LEN(steps),
                             .table = table,
                             .table_count = ARRAY_LEN(table),
                             .actions = actions,
                             .actions_count = ARRAY_LEN(actions) };

        for (size_t i = 0; i < ARRAY_LEN(actions); i++)
            actions[i] = (struct card_action){ text, "promote D1", ACTION_DANGER, text };
        for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
            fields[i] = (struct card_field){ text, text };
            steps[i] = (struct card_step){ STEP_OK, text };
            table[i] = text;
        }
        AUTO_JSON cJSON *json = slack_message_card(&card, EFFECT);

        check_limits(json);
        check_end(json);
    }
}

/* A command is whole or not there. */
static void a_command_too_long_for_a_button_is_left_out(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct card_action actions[] = { { "fits", repeat(arena, "x", 2000), 0, NULL },
                                     { "does not", repeat(arena, "x", 2001), 0, NULL } };
    struct reply reply = { .text = "x", .actions = actions, .actions_count = ARRAY_LEN(actions) };
    AUTO_JSON cJSON *json = slack_message_reply(&reply);

    (void)state;
    check_limits(json);
    assert_int_equal(cJSON_GetArraySize(json_find(json, "blocks.1.elements")), 1);
    assert_string_equal(json_find_string(json, "blocks.1.elements.0.text.text"), "fits");
}

static void buttons_of_a_message_have_ids_of_their_own(void **state)
{
    struct card_action actions[] = { { "a", "pause D1", 0, NULL }, { "b", "pause D1", 0, NULL } };
    struct reply reply = { .text = "x", .actions = actions, .actions_count = ARRAY_LEN(actions) };
    AUTO_JSON cJSON *json = slack_message_reply(&reply);

    (void)state;
    assert_string_equal(json_find_string(json, "blocks.1.elements.0.action_id"), "opsgate.1.pause");
    assert_string_equal(json_find_string(json, "blocks.1.elements.1.action_id"), "opsgate.2.pause");
}

static void a_long_reply_keeps_room_for_its_buttons(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct card_action actions[] = { { "a", "pause D1", 0, NULL } };
    const char *lines[80];
    struct reply reply = { .lines = lines, .lines_count = 80, .actions = actions, .actions_count = 1 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        lines[i] = repeat(arena, "x", 2900);
    AUTO_JSON cJSON *json = slack_message_reply(&reply);

    check_limits(json);
    assert_int_equal(cJSON_GetArraySize(json_find(json, "blocks")), 50);
    assert_string_equal(json_find_string(json, "blocks.49.type"), "actions");
}

static void a_long_reply_is_told_in_sections_without_losing_a_line(void **state)
{
    const char *lines[100];
    size_t told = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        lines[i] =
            "`/deploy SERVICE ENVIRONMENT [VERSION]`  brings a version out & checks <it> on the way to everybody";
    AUTO_JSON cJSON *json = reply_of("Help", lines, ARRAY_LEN(lines));

    check_limits(json);
    JSON_EACH(block, json_find(json, "blocks"))
        for (const char *at = json_find_string(block, "text.text"); (at = strstr(at, "everybody")); at++)
            told++;
    assert_int_equal(told, ARRAY_LEN(lines));
}

static void a_reply_beyond_all_sections_is_cut(void **state)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *line = repeat(arena, "x", 2900);
    const char *lines[80];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        lines[i] = line;
    AUTO_JSON cJSON *json = reply_of("Help", lines, ARRAY_LEN(lines));

    check_limits(json);
    assert_int_equal(cJSON_GetArraySize(json_find(json, "blocks")), 50);
    assert_non_null(strstr(json_find_string(json, "blocks.49.text.text"), "…"));
}

int main(void)
{
    static const struct CMUnitTest limits[] = {
        cmocka_unit_test(a_card_keeps_slacks_limits_whatever_it_holds),
        cmocka_unit_test(a_long_reply_is_told_in_sections_without_losing_a_line),
        cmocka_unit_test(a_reply_beyond_all_sections_is_cut),
        cmocka_unit_test(a_long_reply_keeps_room_for_its_buttons),
        cmocka_unit_test(a_command_too_long_for_a_button_is_left_out),
        cmocka_unit_test(buttons_of_a_message_have_ids_of_their_own),
    };
    struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(limits)];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i] = (struct CMUnitTest){ .name = rows[i].name,
                                        .test_func = check_row,
                                        .initial_state = (void *)(uintptr_t)&rows[i] };
    memcpy(tests + ARRAY_LEN(rows), limits, sizeof(limits));
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Input: a letter that picks one of the exchanges about channels, 'a' the first, and a tick or not ('!') for a second
 * try; then answers, each begun by a digit that picks its status and ended by a NUL or by the end. Whatever comes, the
 * bot token goes to Slack's API alone and bytes to Slack's hosts; what is done has the form of its result, and what is
 * not has words. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/channel_name.h"
#include "bot/model/settings.h"
#include "bot/model/slack_channel.h"
#include "bot/model/slack_message.h"
#include "integrations/slack/channel.h"
#include "integrations/slack/channel_change.h"
#include "integrations/slack/invite.h"
#include "integrations/slack/message_read.h"
#include "integrations/slack/upload.h"

#include <string.h>

#define API "https://slack.com/api"

static const int statuses[10] = { 200, 200, 200, 200, 200, 403, 404, 429, 503, 0 };

static const struct {
    exchange_fn step;
    const char *args;
    const struct shape *result;
} asked[] = {
    /* a new one at the end: the files of the corpus name theirs by its letter */
    { slack_channel_make, "{\"name\":\"inc-x\",\"greeting\":\"g\"}", &slack_channel_made_shape },
    { slack_channel_invite, "{\"channel\":\"C1\",\"users\":[\"U1\",\"U2\",\"U3\",\"U1\"]}", &slack_invited_shape },
    { slack_channel_topic, "{\"channel\":\"C1\",\"text\":\"t\"}", &slack_channel_ask_shape },
    { slack_channel_pin, "{\"channel\":\"C1\",\"ts\":\"1.5\"}", &slack_pin_shape },
    { slack_channel_bookmark, "{\"channel\":\"C1\",\"title\":\"t\",\"link\":\"https://r\"}", &slack_bookmarked_shape },
    { slack_channel_rename, "{\"channel\":\"C1\",\"name\":\"inc-y\"}", &slack_channel_rename_shape },
    { slack_channel_unarchive, "{\"channel\":\"C1\"}", &slack_channel_ask_shape },
    { slack_file_upload, "{\"channel\":\"C1\",\"filename\":\"f\",\"title\":\"t\",\"content\":\"c\"}",
      &slack_uploaded_shape },
    { slack_channel_read, "{\"channel\":\"C1\",\"with_members\":true}", &slack_channel_read_shape },
    { slack_message_read, "{\"channel\":\"C1\",\"ts\":\"170.5\",\"with_text\":true}", &slack_message_read_shape },
};

static void check_call(const struct http_call *call)
{
    struct str url = str_of(call->url);

    if (call->credential == HTTP_SLACK_BOT) {
        MUST(str_starts_with(url, API "/"));
        return;
    }
    MUST(call->credential == HTTP_NO_CREDENTIAL && str_take_prefix(&url, "https://"));
    url = str_take_until(&url, '/');
    MUST(str_is(url, "slack.com") || str_ends_with(url, ".slack.com") || str_is(url, "slack-gov.com") ||
         str_ends_with(url, ".slack-gov.com"));
}

/* Of those who were to be invited each is told of once. */
static void check_invited(const struct slack_invited *told)
{
    MUST(told->invited_count + told->present_count + told->refused_count == 3);
    for (size_t i = 0; i < told->refused_count; i++)
        MUST(told->refused[i].error[0] && told->refused[i].why[0]);
}

static void check_result(size_t which, const cJSON *json, struct arena *arena)
{
    char value[512]; /* larger than any of them */
    struct error err;

    MUST(asked[which].result->size <= sizeof(value));
    MUST(shape_from_json(asked[which].result, json, arena, value, &err));
    if (asked[which].step == slack_channel_invite)
        check_invited((const struct slack_invited *)(const void *)value);
}

/* Any text is a title. */
static void check_name(struct str input, struct arena *arena)
{
    const struct channel_name_parts parts = { "inc-{date}-{slug}", 1795305600000, arena_copy(arena, input), "D1",
                                              "P1" };

    MUST(channel_name_is_good(channel_name(arena, &parts)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct settings settings = { .slack = { .api_url = API } };
    AUTO(arena) struct arena *arena = arena_create();
    struct str input = fuzz_input(data, size), rest = input;
    size_t which = input.len > 0 ? (unsigned char)(input.at[0] - 'a') % ARRAY_LEN(asked) : 0;
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    struct exchange exchange = { .settings = &settings,
                                 .effect_id = "birth-e",
                                 .operation_id = "birth-a",
                                 .answers = answers,
                                 .unix_ms = INT64_C(1700100000000),
                                 .is_first_try = true,
                                 .arena = arena };
    struct exchange_step step;
    struct error err;
    size_t count;

    check_name(input, arena);
    if (rest.len > 0)
        rest = (struct str){ rest.at + 1, rest.len - 1 };
    exchange.is_first_try = !str_take_prefix(&rest, "!");
    count = fuzz_answers(rest, statuses, arena, answers);
    exchange.args = json_parse_in(arena, str_of(asked[which].args), &err);
    while ((step = asked[which].step(&exchange)).next == NEXT_CALL) {
        check_call(&step.call);
        if (exchange.answer_count == count)
            return 0;
        exchange.answer_count++;
    }
    if (step.next == NEXT_DONE)
        check_result(which, step.result, arena);
    else
        MUST(step.error && step.error[0]);
    return 0;
}

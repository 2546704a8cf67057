/* What happens in the simulated Slack over several requests: commands, their answers, messages. */
#include "stage.h"

#include "form.h"
#include "slack/signature.h"

#include <string.h>
#include <time.h>

static void a_command_arrives_signed_and_its_answer_is_shown_to_one(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *sent = sandbox_post(
        &stage->sandbox, "slack/command",
        "{\"user\":\"U012AB3CD\",\"channel\":\"C0GENERAL\",\"command\":\"/deploy\",\"text\":\"api <now> @bob\"}");
    struct received received = receiver_last(stage->opsgate);
    AUTO_JSON cJSON *form = form_decode(str_of(received.body));
    AUTO_JSON cJSON *world = sandbox_get(&stage->sandbox, "state");
    const cJSON *whisper = tree_get(tree_get(world, "slack"), "ephemerals")->child;
    int64_t timestamp_s = 0;
    struct error err;

    assert_int_equal(tree_int(sent, "status", 0), 200);
    assert_true(tree_has_text(sent, "body", STAGE_ANSWER));
    assert_string_equal(received.path, "/slack/commands");
    assert_string_equal(received.type, "application/x-www-form-urlencoded");
    assert_true(parse_int(str_of(received.timestamp), 1, INT32_MAX * INT64_C(4), &timestamp_s, &err));
    assert_string_equal(received.signature, slack_signature_make("shh", timestamp_s, str_of(received.body)).text);
    assert_true(tree_has_text(form, "text", "api &lt;now&gt; <@U0456EFGH|bob>"));
    assert_true(tree_has_text(form, "user_id", "U012AB3CD"));
    assert_true(tree_has_text(whisper, "for", "U012AB3CD"));
    assert_true(tree_has_text(whisper, "text", "accepted"));
}

static void a_forged_command_carries_another_signature(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *sent = sandbox_post(&stage->sandbox, "slack/command",
                                         "{\"user\":\"ann\",\"channel\":\"#general\",\"command\":\"/"
                                         "deploy\",\"bad_signature\":true,\"skew_s\":-400,\"repeat\":2}");
    struct received received = receiver_last(stage->opsgate);
    int64_t timestamp_s = 0;
    struct error err;

    assert_int_equal(cJSON_GetArraySize(tree_get(sent, "answers")), 2);
    assert_int_equal(received.count, 2);
    assert_true(parse_int(str_of(received.timestamp), 1, INT32_MAX * INT64_C(4), &timestamp_s, &err));
    assert_true(timestamp_s < (int64_t)time(NULL) - 390);
    assert_string_not_equal(received.signature, slack_signature_make("shh", timestamp_s, str_of(received.body)).text);
}

static void a_response_url_works_five_times(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *sent = sandbox_post(&stage->sandbox, "slack/command",
                                         "{\"user\":\"ann\",\"channel\":\"#general\",\"command\":\"/ops\"}");
    const char *path = tree_text(sent, "response_url") + strlen(stage->sandbox.url);

    for (int use = 1; use <= 6; use++) {
        AUTO_ANSWER struct answer answer;

        sandbox_ask(&stage->sandbox,
                    &(struct ask){ .method = "POST",
                                   .path = path,
                                   .type = STAGE_JSON,
                                   .body = "{\"text\":\"x\",\"response_type\":\"in_channel\"}" },
                    &answer);
        assert_int_equal(answer.status, use <= 5 ? 200 : 404);
    }
    assert_int_equal(stage_messages_in(stage, "C0GENERAL"), 5);
}

static void history_shows_metadata_only_on_demand(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *posted =
        stage_post_message(stage, "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\",\"metadata\":{\"event_"
                                  "type\":\"effect\",\"event_payload\":{\"id\":\"e-1\"}}}");
    AUTO_ANSWER struct answer plain, whole;

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "GET",
                               .path = "/slack/api/conversations.history?channel=C0DEPLOYS",
                               .authorization = STAGE_SLACK },
                &plain);
    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "GET",
                               .path = "/slack/api/conversations.history?channel=C0DEPLOYS&include_all_metadata=true",
                               .authorization = STAGE_SLACK },
                &whole);
    assert_true(tree_true(posted, "ok"));
    assert_null(strstr(plain.body, "e-1"));
    assert_non_null(strstr(plain.body, "\"event_type\":\"effect\""));
    assert_non_null(strstr(whole.body, "e-1"));
}

static void an_update_with_text_alone_removes_the_blocks(void **state)
{
    const struct stage *stage = *state;
    AUTO_JSON cJSON *posted =
        stage_post_message(stage, "{\"channel\":\"C0DEPLOYS\",\"text\":\"x\",\"blocks\":[{\"type\":\"divider\"}]}");
    AUTO_FREE char *body =
        text_format("{\"channel\":\"C0DEPLOYS\",\"ts\":\"%s\",\"text\":\"y\"}", tree_text(posted, "ts"));
    AUTO_ANSWER struct answer answer;

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "POST",
                               .path = "/slack/api/chat.update",
                               .type = STAGE_JSON,
                               .authorization = STAGE_SLACK,
                               .body = body },
                &answer);
    assert_true(tree_true(answer.json, "ok"));
    assert_null(tree_get(tree_get(answer.json, "message"), "blocks"));
    assert_true(tree_has_text(tree_get(answer.json, "message"), "text", "y"));
}

static void fifty_blocks_are_taken_and_one_more_is_not(void **state)
{
    const struct stage *stage = *state;
    AUTO_BUF struct buf blocks = BUF(8192);

    for (int i = 0; i < 50; i++)
        buf_addf(&blocks, "%s{\"type\":\"divider\"}", i ? "," : "");
    AUTO_FREE char *fifty = text_format("{\"channel\":\"C0ALERTS\",\"text\":\"x\",\"blocks\":[%s]}", buf_text(&blocks));
    AUTO_FREE char *more = text_format(
        "{\"channel\":\"C0ALERTS\",\"text\":\"x\",\"blocks\":[%s,{\"type\":\"divider\"}]}", buf_text(&blocks));
    AUTO_JSON cJSON *taken = stage_post_message(stage, fifty), *refused = stage_post_message(stage, more);

    assert_true(tree_true(taken, "ok"));
    assert_true(tree_has_text(refused, "error", "invalid_blocks"));
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        STORY(a_command_arrives_signed_and_its_answer_is_shown_to_one),
        STORY(a_forged_command_carries_another_signature),
        STORY(a_response_url_works_five_times),
        STORY(history_shows_metadata_only_on_demand),
        STORY(an_update_with_text_alone_removes_the_blocks),
        STORY(fifty_blocks_are_taken_and_one_more_is_not),
    };

    stage_program = argc > 1 ? argv[1] : stage_program;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

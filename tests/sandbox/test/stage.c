#include "stage.h"

const char *stage_program = "opsgate-sandbox";

int stage_set_up(void **state)
{
    struct stage *stage = xcalloc(1, sizeof *stage);

    stage->opsgate = receiver_create(STAGE_ANSWER);
    sandbox_start(&stage->sandbox, stage_program, receiver_url(stage->opsgate));
    stage->token = sandbox_token(&stage->sandbox);
    cJSON_Delete(sandbox_post(&stage->sandbox, "world", "{\"reconcile_ms\":200,\"slack_patience_ms\":60000}"));
    *state = stage;
    return 0;
}

int stage_tear_down(void **state)
{
    struct stage *stage = *state;
    int status = sandbox_stop(&stage->sandbox);

    receiver_destroy(stage->opsgate);
    free(stage->token);
    free(stage);
    return status;
}

/* ---- Cloud Run ---- */

void stage_ask(const struct stage *stage, const char *method, const char *path, const char *body, struct answer *answer)
{
    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = method,
                               .path = path,
                               .type = body ? STAGE_JSON : NULL,
                               .authorization = stage->token,
                               .body = body },
                answer);
}

cJSON *stage_get(const struct stage *stage, const char *path)
{
    AUTO_ANSWER struct answer answer;

    stage_ask(stage, "GET", path, NULL, &answer);
    assert_int_equal(answer.status, 200);
    return TAKE(answer.json);
}

cJSON *stage_patch(const struct stage *stage, const char *mask, const char *body)
{
    AUTO_FREE char *path = text_format(STAGE_SERVICE "?updateMask=%s", mask);
    AUTO_ANSWER struct answer answer;

    stage_ask(stage, "PATCH", path, body, &answer);
    if (answer.status != 200)
        fail_msg("%d %s", answer.status, answer.body);
    return TAKE(answer.json);
}

cJSON *stage_wait(const struct stage *stage, const cJSON *operation)
{
    AUTO_FREE char *path = text_format("/run/v2/%s:wait", tree_text(operation, "name"));
    AUTO_ANSWER struct answer answer;

    stage_ask(stage, "POST", path, "{\"timeout\":\"10s\"}", &answer);
    assert_int_equal(answer.status, 200);
    assert_true(tree_true(answer.json, "done"));
    return TAKE(answer.json);
}

/* ---- Slack ---- */

cJSON *stage_post_message(const struct stage *stage, const char *body)
{
    AUTO_ANSWER struct answer answer;

    sandbox_ask(&stage->sandbox,
                &(struct ask){ .method = "POST",
                               .path = "/slack/api/chat.postMessage",
                               .type = STAGE_JSON,
                               .authorization = STAGE_SLACK,
                               .body = body },
                &answer);
    return TAKE(answer.json);
}

int stage_messages_in(const struct stage *stage, const char *channel)
{
    AUTO_JSON cJSON *state = sandbox_get(&stage->sandbox, "state");

    return cJSON_GetArraySize(
        tree_get(tree_find(tree_get(tree_get(state, "slack"), "channels"), "id", channel), "messages"));
}

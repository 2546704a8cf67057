#include "bot/model/deployment.h"

static const struct shape_field deployment_rows[] = {
    ROW_STRING(deployment, repository, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment, sha, .flags = SHAPE_NONZERO),
    ROW_STRING(deployment, environment, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment, task, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment, operation, .flags = SHAPE_REQUIRED),
    ROW_INT(deployment, deployment, .flags = SHAPE_NONZERO),
};
const struct shape deployment_shape = SHAPE("a deployment", deployment, deployment_rows);

const char *deployment_operation(const cJSON *payload, struct arena *arena)
{
    struct error ignored;

    if (cJSON_IsString(payload))
        payload = json_parse_in(arena, str_of(payload->valuestring), &ignored);
    return cJSON_IsObject(payload) ? json_find_string(payload, DEPLOYMENT_PAYLOAD) : NULL;
}

static const struct shape_field made_rows[] = {
    ROW_OBJECT(deployment_made, of, &deployment_shape, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_made, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_made, service, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_made, version, .flags = SHAPE_REQUIRED),
};
const struct shape deployment_made_shape = SHAPE("a deployment to make", deployment_made, made_rows);

static const struct shape_field status_rows[] = {
    ROW_OBJECT(deployment_status_made, of, &deployment_shape, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_status_made, state, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_status_made, description, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_status_made, environment_url, .flags = SHAPE_NONZERO),
    ROW_STRING(deployment_status_made, log_url, .flags = SHAPE_NONZERO),
    ROW_INT(deployment_status_made, asked_at_ms),
};
const struct shape deployment_status_made_shape =
    SHAPE("a status of a deployment", deployment_status_made, status_rows);

static const struct shape_field told_rows[] = {
    ROW_OBJECT(deployment_told, of, &deployment_shape, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_told, words, .flags = SHAPE_NONZERO),
    ROW_BOOL(deployment_told, is_shared, .flags = SHAPE_NONZERO),
};
const struct shape deployment_told_shape = SHAPE("what GitHub was told", deployment_told, told_rows);

static const struct shape_field ask_rows[] = {
    ROW_STRING(deployment_ask, repository, .flags = SHAPE_REQUIRED),
    ROW_INT(deployment_ask, deployment, .flags = SHAPE_REQUIRED),
};
const struct shape deployment_ask_shape = SHAPE("a deployment to look at", deployment_ask, ask_rows);

static const struct shape_field now_rows[] = {
    ROW_STRING(deployment_now, sha, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_now, ref, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_now, environment, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_now, task, .flags = SHAPE_REQUIRED),
    ROW_STRING(deployment_now, creator, .flags = SHAPE_NONZERO),
    ROW_STRING(deployment_now, operation, .flags = SHAPE_NONZERO),
    ROW_STRING(deployment_now, app, .flags = SHAPE_NONZERO),
    ROW_STRING(deployment_now, state, .flags = SHAPE_NONZERO),
    ROW_STRING(deployment_now, default_branch, .flags = SHAPE_REQUIRED),
    ROW_INT(deployment_now, created_at_ms, .flags = SHAPE_NONZERO),
};
const struct shape deployment_now_shape = SHAPE("a deployment as it is", deployment_now, now_rows);

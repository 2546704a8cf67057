#include "slack/limits.h"

#include "bot/base/time.h"

#include <math.h>

#define HITS_KEPT 500
#define PER_MINUTE_MAX 100000

void slack_limits_init(struct slack_limits *limits)
{
    *limits = (struct slack_limits){ json_object(), json_object(), json_array() };
}

void slack_limits_finish(struct slack_limits *limits)
{
    cJSON_Delete(limits->per_minute);
    cJSON_Delete(limits->windows);
    cJSON_Delete(limits->hit);
}

bool slack_limits_change(struct slack_limits *limits, const cJSON *value, struct error *err)
{
    if (!cJSON_IsObject(value))
        return error_set(err, ERR_INVALID, "an object: so many calls a minute for each method, {\"chat.update\": 50}");
    JSON_EACH(row, value) {
        if (!cJSON_IsNumber(row) || row->valuedouble < 0 || row->valuedouble > PER_MINUTE_MAX ||
            row->valuedouble != floor(row->valuedouble))
            return error_set(err, ERR_INVALID, "'%.60s' is a whole number of calls a minute, 0 for no limit",
                             row->string);
    }
    JSON_EACH(row, value) {
        json_set(limits->per_minute, row->string, json_copy(row));
    }
    return true;
}

static cJSON *last_hit(const struct slack_limits *limits, const char *limit, const char *channel)
{
    for (int i = cJSON_GetArraySize(limits->hit) - 1; i >= 0; i--) {
        cJSON *hit = cJSON_GetArrayItem(limits->hit, i);

        if (tree_has_text(hit, "limit", limit) && (!channel || tree_has_text(hit, "channel", channel)))
            return hit;
    }
    return NULL;
}

void slack_limits_hit(struct slack_limits *limits, const char *limit, const char *channel, int64_t now_ms,
                      int64_t until_ms)
{
    cJSON *hit = last_hit(limits, limit, channel);

    if (!hit || now_ms >= tree_int(hit, "until_ms", 0)) {
        hit = json_add(limits->hit, json_object());
        json_set_string(hit, "limit", limit);
        json_set_string(hit, "channel", channel);
        json_set_int(hit, "at_ms", now_ms);
        json_set_int(hit, "until_ms", until_ms);
    }
    json_set_int(hit, "refused", tree_int(hit, "refused", 0) + 1);
    tree_keep_last(limits->hit, HITS_KEPT);
}

static cJSON *window_of(struct slack_limits *limits, const char *method, int64_t now_ms)
{
    cJSON *window = tree_get(limits->windows, method);

    if (window && now_ms < tree_int(window, "began_ms", 0) + MINUTE_MS)
        return window;
    window = json_set(limits->windows, method, json_object());
    json_set_int(window, "began_ms", now_ms);
    return window;
}

bool slack_limits_take(struct slack_limits *limits, const char *method, int64_t now_ms, int *ret_after_s)
{
    int64_t per_minute = tree_int(limits->per_minute, method, 0), calls, left_ms;
    cJSON *window;

    if (per_minute == 0)
        return true;
    window = window_of(limits, method, now_ms);
    calls = tree_int(window, "calls", 0);
    if (calls < per_minute) {
        json_set_int(window, "calls", calls + 1);
        return true;
    }
    left_ms = tree_int(window, "began_ms", 0) + MINUTE_MS - now_ms;
    *ret_after_s = (int)((left_ms + SECOND_MS - 1) / SECOND_MS);
    slack_limits_hit(limits, method, NULL, now_ms, now_ms + left_ms);
    return false;
}

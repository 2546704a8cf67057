#include "integrations/slack/payload.h"

#include "bot/base/time.h"
#include "integrations/slack/typed_text.h"

#include <string.h>

#define TS_MAX_BYTES 32
#define TRIGGER_MAX_BYTES 200
#define MICROSECONDS_DIGITS 16 /* 1700000000 and six more, when Slack leaves the dot out */

bool slack_payload_get_id(const cJSON *payload, const char *path, const char **ret_id, struct error *err)
{
    const char *id;

    if (!json_get_string(payload, path, &id, err))
        return false;
    if (!slack_id_is_valid(str_of(id)))
        return error_set(err, ERR_INVALID, "%s is no id of Slack's", path);
    *ret_id = id;
    return true;
}

bool slack_payload_find_id(const cJSON *payload, const char *path, const char **ret_id, struct error *err)
{
    *ret_id = NULL;
    return !json_find(payload, path) || slack_payload_get_id(payload, path, ret_id, err);
}

bool slack_payload_get_team(const cJSON *payload, const char **ret_team, struct error *err)
{
    return slack_payload_get_id(payload, json_find(payload, "user.team_id") ? "user.team_id" : "team.id", ret_team,
                                err);
}

const char *slack_payload_name(const cJSON *payload)
{
    const char *name = json_find_string(payload, "user.username");

    name = name ? name : json_find_string(payload, "user.name");
    return name && strlen(name) <= SLACK_PAYLOAD_NAME_MAX_BYTES ? name : NULL;
}

const char *slack_payload_trigger(const cJSON *payload)
{
    const char *trigger = json_find_string(payload, "trigger_id");

    return trigger && trigger[0] && strlen(trigger) <= TRIGGER_MAX_BYTES ? trigger : NULL;
}

bool slack_ts_is_valid(const char *ts)
{
    size_t whole = ts ? strspn(ts, "0123456789") : 0;
    size_t part = ts && ts[whole] == '.' ? strspn(ts + whole + 1, "0123456789") : 0;

    return whole > 0 && strlen(ts) == whole + (ts[whole] == '.' ? 1 + part : 0) && (ts[whole] != '.' || part > 0) &&
           strlen(ts) <= TS_MAX_BYTES;
}

int64_t slack_ts_unix_ms(const char *ts)
{
    struct str seconds = { ts, strspn(ts, "0123456789") };
    struct error ignored;
    int64_t unix_s;

    if (seconds.len == MICROSECONDS_DIGITS)
        seconds.len -= 6;
    return parse_int(seconds, 0, INT64_C(1) << 40, &unix_s, &ignored) ? unix_s * SECOND_MS : 0;
}

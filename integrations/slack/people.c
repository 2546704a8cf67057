#include "integrations/slack/people.h"

#include "bot/model/membership.h"
#include "bot/model/settings.h"
#include "integrations/slack/api.h"

#include <string.h>

#define METHOD "users.lookupByEmail"
#define ID_MAX_BYTES 30

static bool is_user_id(const char *id)
{
    size_t len = id ? strlen(id) : 0;

    return len > 1 && len <= ID_MAX_BYTES && strchr("UW", id[0]) &&
           strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == len;
}

static bool is_of_us(const struct exchange *exchange, const cJSON *user)
{
    const char *ours = exchange->settings->slack.team, *theirs = json_find_string(user, "team_id");

    return !ours || (theirs && strcmp(ours, theirs) == 0);
}

static bool is_full_member(const cJSON *user)
{
    static const char *const bars[] = { "deleted",     "is_bot",         "is_restricted", "is_ultra_restricted",
                                        "is_stranger", "is_invited_user" };

    for (size_t i = 0; i < ARRAY_LEN(bars); i++)
        if (json_find_bool(user, bars[i], false))
            return false;
    return json_find_bool(user, "is_email_confirmed", false);
}

static void take(const struct exchange *exchange, const char *email, const cJSON *user, struct membership_read *found)
{
    const char *id = json_find_string(user, "id"), *theirs = json_find_string(user, "profile.email");

    if (!is_user_id(id) || !theirs || !str_equal_nocase(str_of(theirs), str_of(email)) || !is_of_us(exchange, user) ||
        !is_full_member(user))
        return;
    *ARENA_PUSH(exchange->arena, found->emails, found->emails_count) =
        (struct membership_email){ arena_printf(exchange->arena, "slack:%s", id), email };
}

static bool is_nobody(const struct exchange *exchange, const struct http_answer *raw)
{
    struct error ignored;
    const char *error = json_find_string(json_parse_in(exchange->arena, raw->body, &ignored), "error");

    return raw->status == 200 && error && strcmp(error, "users_not_found") == 0;
}

struct exchange_step slack_people_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct membership_read found = { 0 };
    struct people_ask ask;
    struct error err;

    if (!exchange->settings || !shape_from_json(&people_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "Slack's people: a list of addresses is needed");
    for (size_t i = 0; i < ask.emails_count && i < PEOPLE_ASKED_MAX; i++) {
        const struct slack_query query = { "email", ask.emails[i] };
        const struct http_answer *raw = dialog_ask(&dialog, slack_api_get(exchange, METHOD, &query, 1));
        struct slack_answer answer;

        if (!raw)
            return dialog.step;
        if (is_nobody(exchange, raw))
            continue;
        answer = slack_api_read(exchange, METHOD, raw);
        if (answer.meaning != SLACK_OK)
            return answer.step;
        take(exchange, ask.emails[i], json_find(answer.json, "user"), &found);
    }
    return exchange_done(exchange, shape_to_json(&membership_read_shape, &found, SHAPE_WHOLE));
}

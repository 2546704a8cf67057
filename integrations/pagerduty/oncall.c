#include "integrations/pagerduty/oncall.h"

#include "bot/base/time.h"
#include "bot/model/membership.h"
#include "integrations/dialog.h"
#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/incident.h"
#include "integrations/pagerduty/people.h"
#include "integrations/url.h"

#include <string.h>

#define PAGE 100
#define PAGES_MAX 10 /* of people on call by one schedule, some of them again and again */
#define PEOPLE_MAX 1000

/* ---- people ---- */

static bool has(const struct membership_read *found, const char *id)
{
    for (size_t i = 0; i < found->members_count; i++)
        if (strcmp(membership_id(found->members[i]), id) == 0)
            return true;
    return false;
}

static void take(const struct exchange *exchange, const cJSON *user, struct membership_read *found)
{
    const char *id = json_find_string(user, "id"), *email = json_find_string(user, "email"), *member;
    char *lower;

    if (!pagerduty_id_is_valid(id) || has(found, id))
        return;
    member = arena_printf(exchange->arena, "pagerduty:%s", id);
    *ARENA_PUSH(exchange->arena, found->members, found->members_count) = member;
    if (!pagerduty_email_is_good(email))
        return;
    lower = arena_strdup(exchange->arena, email);
    str_lower(lower);
    *ARENA_PUSH(exchange->arena, found->emails, found->emails_count) = (struct membership_email){ member, lower };
}

/* `path` leads from an element of the list to the user. False: *ret_step is the end. */
static bool take_list(const struct exchange *exchange, const char *what, const cJSON *list, const char *path,
                      struct membership_read *found, struct exchange_step *ret_step)
{
    if (!cJSON_IsArray(list)) { /* "nobody is on call" must have been said, not left out */
        *ret_step = exchange_again(exchange, "PagerDuty's answer about %s made no sense: no list", what);
        return false;
    }
    JSON_EACH(item, list) {
        take(exchange, json_find(item, path), found);
        if (found->members_count <= PEOPLE_MAX)
            continue;
        *ret_step = exchange_never(exchange, "PagerDuty tells of more than %d people on call by %s", PEOPLE_MAX, what);
        return false;
    }
    return true;
}

static struct exchange_step done(const struct exchange *exchange, struct membership_read *found)
{
    membership_sort(found->members, &found->members_count);
    return exchange_done(exchange, shape_to_json(&membership_read_shape, found, SHAPE_WHOLE));
}

static struct exchange_step refused(const struct exchange *exchange, const char *what, const char *scopes,
                                    const struct http_answer *answer)
{
    struct exchange_step step = pagerduty_refused(exchange, what, answer);

    if (answer->status == 403)
        step.error = arena_printf(exchange->arena, "%s (%s)", step.error, scopes);
    return step;
}

/* ---- a shift-based one: by the list of who is on call ---- */

static struct exchange_step read_oncalls(struct dialog *dialog, const char *schedule, const char *what)
{
    const struct exchange *exchange = dialog->exchange;
    struct membership_read found = { 0 };
    bool is_more = true;

    for (int page = 0; is_more && page < PAGES_MAX; page++) {
        const char *path =
            arena_printf(exchange->arena, "/oncalls?schedule_ids%%5B%%5D=%s&include%%5B%%5D=users&limit=%d&offset=%d",
                         schedule, PAGE, page * PAGE);
        const struct http_answer *answer = dialog_ask(dialog, pagerduty_call(exchange, "GET", path, (struct str){ 0 }));
        const cJSON *json;

        if (!answer)
            return dialog->step;
        if (answer->status != 200)
            return refused(exchange, what, "oncalls.read", answer);
        json = pagerduty_json(exchange, what, answer, &dialog->step);
        if (!json || !take_list(exchange, what, json_find(json, "oncalls"), "user", &found, &dialog->step))
            return dialog->step;
        is_more = json_find_bool(json, "more", false);
    }
    if (is_more)
        return exchange_never(exchange, "PagerDuty tells of the people on call by %s on more than %d pages", what,
                              PAGES_MAX);
    if (found.members_count == 0)
        return exchange_never(exchange, "PagerDuty knows no %s, or the key may not see it", what);
    return done(exchange, &found);
}

/* ---- a layer-based one ---- */

static const char *users_path(const struct exchange *exchange, const char *schedule)
{
    AUTO_BUF struct buf path = BUF(URL_MAX_BYTES);

    buf_addf(&path, "/schedules/%s/users?since=", schedule);
    url_add_encoded(&path, str_of(time_format(exchange->unix_ms).text));
    buf_puts(&path, "&until=");
    url_add_encoded(&path, str_of(time_format(exchange->unix_ms + SECOND_MS).text));
    return arena_copy(exchange->arena, buf_str(&path));
}

struct exchange_step pagerduty_schedule_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct membership_read found = { 0 };
    const char *schedule, *what;
    const struct http_answer *answer;
    struct membership_ask ask;
    const cJSON *json;
    struct error err;

    if (!shape_from_json(&membership_ask_shape, exchange->args, exchange->arena, &ask, &err) ||
        !pagerduty_id_is_valid(membership_id(ask.source)))
        return exchange_never(exchange, "PagerDuty's schedule: an id such as pagerduty-schedule:PABC123 is needed");
    if (!pagerduty_is_configured(exchange, &dialog.step))
        return dialog.step;
    schedule = membership_id(ask.source);
    what = arena_printf(exchange->arena, "schedule %s", schedule);
    answer = dialog_ask(&dialog, pagerduty_call(exchange, "GET", users_path(exchange, schedule), (struct str){ 0 }));
    if (!answer)
        return dialog.step;
    if (answer->status == 404 || answer->status == 400)
        return read_oncalls(&dialog, schedule, what);
    if (answer->status != 200)
        return refused(exchange, what, "users.read and schedules.read", answer);
    json = pagerduty_json(exchange, what, answer, &dialog.step);
    if (!json || !take_list(exchange, what, json_find(json, "users"), "", &found, &dialog.step))
        return dialog.step;
    return done(exchange, &found);
}

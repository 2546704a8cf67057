#include "integrations/pagerduty/people.h"

#include "bot/model/settings.h"
#include "integrations/dialog.h"
#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/incident.h"
#include "integrations/url.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 100
#define PAGES_MAX 10
#define FOUND_PAGES_MAX 3 /* of those whose name or address is like the one asked for */
#define LEVEL_MAX 1000
#define EMAIL_MAX_BYTES 254

bool pagerduty_email_is_good(const char *email)
{
    const char *at = email ? strchr(email, '@') : NULL;
    size_t len = email ? strlen(email) : 0;

    for (size_t i = 0; i < len; i++)
        if (email[i] <= ' ' || email[i] > '~')
            return false;
    return at && at > email && at[1] && len <= EMAIL_MAX_BYTES;
}

/* ---- users ---- */

static const char *lower_email(struct arena *arena, const cJSON *json)
{
    const char *email = json_find_string(json, "email");
    char *lower;

    if (!pagerduty_email_is_good(email))
        return NULL;
    lower = arena_strdup(arena, email);
    str_lower(lower);
    return lower;
}

bool pagerduty_user_read_json(struct bounds *bounds, const cJSON *json, struct pagerduty_user *ret_user)
{
    struct pagerduty_user user = {
        .id = json_find_string(json, "id"),
        .name = bounds_text(bounds, json, "name"),
        .url = bounds_page(bounds, json, "html_url"),
        .email = lower_email(bounds->arena, json),
    };

    if (!pagerduty_id_is_valid(user.id))
        return false;
    if (!user.name)
        user.name = bounds_text(bounds, json, "summary"); /* a reference, where the whole user was asked for */
    *ret_user = user;
    return true;
}

static struct exchange_step found(const struct exchange *exchange, const struct pagerduty_user *user)
{
    struct pagerduty_user_read read = { user };

    return exchange_done(exchange, shape_to_json(&pagerduty_user_read_shape, &read, SHAPE_WHOLE));
}

static struct exchange_step find_by_id(struct dialog *dialog, const char *id)
{
    const struct exchange *exchange = dialog->exchange;
    struct bounds bounds = BOUNDS(exchange->arena);
    const char *what = arena_printf(exchange->arena, "user %s", id);
    const char *path = arena_printf(exchange->arena, "/users/%s", id);
    const struct http_answer *answer = NULL;
    struct pagerduty_user user;
    const cJSON *json = pagerduty_ask(dialog, pagerduty_call(exchange, "GET", path, (struct str){ 0 }), what, &answer);

    if (answer && answer->status == 404)
        return found(exchange, NULL);
    if (!json)
        return dialog->step;
    if (!pagerduty_user_read_json(&bounds, json_find(json, "user"), &user))
        return exchange_again(exchange, "PagerDuty's answer about %s made no sense: no user", what);
    return found(exchange, &user);
}

static const char *search_path(const struct exchange *exchange, const char *email, int page)
{
    AUTO_BUF struct buf path = BUF(URL_MAX_BYTES);

    buf_puts(&path, "/users?query=");
    url_add_encoded(&path, str_of(email));
    buf_addf(&path, "&limit=%d&offset=%d", PAGE, page * PAGE);
    return arena_copy(exchange->arena, buf_str(&path));
}

static struct exchange_step find_by_email(struct dialog *dialog, const char *email)
{
    static const char what[] = "the list of users";
    const struct exchange *exchange = dialog->exchange;
    struct bounds bounds = BOUNDS(exchange->arena);
    struct pagerduty_user user;

    for (int page = 0; page < FOUND_PAGES_MAX; page++) {
        const char *path = search_path(exchange, email, page);
        const cJSON *json = pagerduty_ask(dialog, pagerduty_call(exchange, "GET", path, (struct str){ 0 }), what, NULL);
        const cJSON *list = json_find(json, "users");

        if (!json)
            return dialog->step;
        if (!cJSON_IsArray(list)) /* "nobody is that" must have been said, not left out */
            return exchange_again(exchange, "PagerDuty's answer about %s made no sense: no list", what);
        JSON_EACH(item, list)
            if (pagerduty_user_read_json(&bounds, item, &user) && str_equal_nocase(str_of(user.email), str_of(email)))
                return found(exchange, &user);
        if (!json_find_bool(json, "more", false))
            break;
    }
    return found(exchange, NULL);
}

struct exchange_step pagerduty_user_find(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct pagerduty_user_ask ask;
    struct error err;

    if (!shape_from_json(&pagerduty_user_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "PagerDuty's users: %s", err.message);
    if (ask.id ? !pagerduty_id_is_valid(ask.id) : !pagerduty_email_is_good(ask.email))
        return exchange_never(exchange, "PagerDuty's users: an id such as PUSER01, or an e-mail address is needed");
    if (!pagerduty_is_configured(exchange, &dialog.step))
        return dialog.step;
    return ask.id ? find_by_id(&dialog, ask.id) : find_by_email(&dialog, ask.email);
}

/* ---- who is on call ---- */

static struct pagerduty_oncall_level *find_level(struct arena *arena, struct pagerduty_oncall *oncall, int64_t number)
{
    struct pagerduty_oncall_level *level;

    for (size_t i = 0; i < oncall->levels_count; i++)
        if (oncall->levels[i].level == number)
            return &oncall->levels[i];
    level = ARENA_PUSH(arena, oncall->levels, oncall->levels_count);
    *level = (struct pagerduty_oncall_level){ .level = number };
    return level;
}

static bool has(const struct pagerduty_oncall_level *level, const char *id)
{
    for (size_t i = 0; i < level->people_count; i++)
        if (strcmp(level->people[i].id, id) == 0)
            return true;
    return false;
}

static void take(struct bounds *bounds, const cJSON *item, struct pagerduty_oncall *oncall)
{
    int64_t number = json_find_int(item, "escalation_level", 0);
    struct pagerduty_oncall_level *level;
    struct pagerduty_user user;

    if (number < 1 || number > LEVEL_MAX || !pagerduty_user_read_json(bounds, json_find(item, "user"), &user))
        return;
    level = find_level(bounds->arena, oncall, number);
    if (!has(level, user.id) && bounds_has_room(bounds, level->people_count))
        *ARENA_PUSH(bounds->arena, level->people, level->people_count) = user;
    if (!oncall->policy)
        oncall->policy = pagerduty_reference_read(bounds, item, "escalation_policy");
}

static int by_level(const void *a, const void *b)
{
    const struct pagerduty_oncall_level *one = a, *other = b;

    return (one->level > other->level) - (one->level < other->level);
}

static struct exchange_step read_policy(struct dialog *dialog, const char *policy, const char *what,
                                        struct pagerduty_oncall *oncall)
{
    const struct exchange *exchange = dialog->exchange;
    struct bounds bounds = BOUNDS(exchange->arena);
    bool is_more = true;

    while (bounds.step < 2) /* names, not novels */
        bounds_narrow(&bounds);
    for (int page = 0; is_more && page < PAGES_MAX; page++) {
        const char *path = arena_printf(
            exchange->arena, "/oncalls?escalation_policy_ids%%5B%%5D=%s&include%%5B%%5D=users&limit=%d&offset=%d",
            policy, PAGE, page * PAGE);
        const cJSON *json = pagerduty_ask(dialog, pagerduty_call(exchange, "GET", path, (struct str){ 0 }), what, NULL);
        const cJSON *list = json_find(json, "oncalls");

        if (!json)
            return dialog->step;
        if (!cJSON_IsArray(list)) /* "nobody is on call" must have been said */
            return exchange_again(exchange, "PagerDuty's answer about %s made no sense: no list", what);
        JSON_EACH(item, list)
            take(&bounds, item, oncall);
        is_more = json_find_bool(json, "more", false);
    }
    if (is_more)
        return exchange_never(exchange, "PagerDuty tells %s on more than %d pages", what, PAGES_MAX);
    if (oncall->levels_count > 1)
        qsort(oncall->levels, oncall->levels_count, sizeof(*oncall->levels), by_level);
    return exchange_done(exchange, shape_to_json(&pagerduty_oncall_shape, oncall, SHAPE_WHOLE));
}

/* The policy of a service. NULL: dialog->step is what to return. */
static const struct pagerduty_reference *policy_of(struct dialog *dialog, const char *service)
{
    const struct exchange *exchange = dialog->exchange;
    struct bounds bounds = BOUNDS(exchange->arena);
    const char *what = arena_printf(exchange->arena, "service %s", service);
    const char *path = arena_printf(exchange->arena, "/services/%s", service);
    const struct pagerduty_reference *policy;
    const cJSON *json = pagerduty_ask(dialog, pagerduty_call(exchange, "GET", path, (struct str){ 0 }), what, NULL);

    if (!json)
        return NULL;
    policy = pagerduty_reference_read(&bounds, json, "service.escalation_policy");
    if (!policy)
        dialog->step =
            exchange_again(exchange, "PagerDuty's answer about %s made no sense: no escalation policy", what);
    return policy;
}

struct exchange_step pagerduty_oncall_read(const struct exchange *exchange)
{
    struct dialog dialog = DIALOG(exchange);
    struct pagerduty_oncall oncall = { 0 };
    struct pagerduty_oncall_ask ask;
    const char *what = "the list of who is on call";
    struct error err;

    if (!shape_from_json(&pagerduty_oncall_ask_shape, exchange->args, exchange->arena, &ask, &err))
        return exchange_never(exchange, "PagerDuty's on-calls: %s", err.message);
    if (!pagerduty_id_is_valid(ask.service ? ask.service : ask.policy))
        return exchange_never(exchange, "PagerDuty's on-calls: the id of a service or an escalation policy is needed");
    if (!pagerduty_is_configured(exchange, &dialog.step))
        return dialog.step;
    if (ask.service) {
        oncall.policy = policy_of(&dialog, ask.service);
        if (!oncall.policy)
            return dialog.step;
        ask.policy = oncall.policy->id;
    }
    return read_policy(&dialog, ask.policy, what, &oncall);
}

#include "integrations/pagerduty/from.h"

#include "bot/model/settings.h"
#include "integrations/pagerduty/api.h"
#include "integrations/pagerduty/incident.h"
#include "integrations/pagerduty/people.h"

#include <string.h>

#define REQUESTER_NOT_FOUND 1008
#define USER_NOT_FOUND 2013

/* ---- who that is, by `people:` ---- */

static const char *id_in(const struct person_settings *person, struct str system)
{
    const struct {
        const char *system, *id;
    } rows[] = {
        { "slack", person->slack },
        { "github", person->github },
        { "pagerduty", person->pagerduty },
        { "local", person->local },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (str_is(system, rows[i].system))
            return rows[i].id;
    return NULL;
}

/* NULL: nobody there. `by` is "slack:U012AB3CD". */
static const struct person_settings *find_person(const struct settings *settings, const char *by)
{
    struct str id = str_of(by), system = str_take_until(&id, ':');

    for (size_t i = 0; id.len > 0 && i < settings->people_count; i++) {
        const char *other = id_in(&settings->people[i], system);

        if (other && str_equal(id, str_of(other)))
            return &settings->people[i];
    }
    return NULL;
}

static const char *pagerduty_id_of(const struct settings *settings, const char *by)
{
    const struct person_settings *person = by ? find_person(settings, by) : NULL;
    struct str id = str_of(by);

    if (person && person->pagerduty)
        return person->pagerduty;
    return str_take_prefix(&id, "pagerduty:") ? id.at : NULL;
}

/* ---- the address ---- */

static struct pagerduty_from stand_in(const struct exchange *exchange, bool is_for_a_person)
{
    return (struct pagerduty_from){ exchange->settings->pagerduty->from, is_for_a_person };
}

/* True: *ret_email is the user's, or NULL where PagerDuty knows no such user or does not tell. False: dialog->step. */
static bool ask_address(struct dialog *dialog, const char *id, const char **ret_email)
{
    const struct exchange *exchange = dialog->exchange;
    struct bounds bounds = BOUNDS(exchange->arena);
    struct pagerduty_user user = { 0 };
    const char *what = arena_printf(exchange->arena, "user %s", id);
    const char *path = arena_printf(exchange->arena, "/users/%s", id);
    const struct http_answer *answer = dialog_ask(dialog, pagerduty_call(exchange, "GET", path, (struct str){ 0 }));
    const cJSON *json;

    if (!answer)
        return false;
    if (pagerduty_is_taken(answer)) {
        json = pagerduty_json(exchange, what, answer, &dialog->step);
        if (!json)
            return false;
        (void)pagerduty_user_read_json(&bounds, json_find(json, "user"), &user);
        *ret_email = user.email;
        return true;
    }
    dialog->step = pagerduty_refused(exchange, what, answer);
    *ret_email = NULL;
    return dialog->step.next == NEXT_NEVER; /* nobody of that id, or the key may not see users: somebody stands in */
}

bool pagerduty_from_find(struct dialog *dialog, const struct pagerduty_act *act, struct pagerduty_from *ret_from)
{
    const struct settings *settings = dialog->exchange->settings;
    const struct person_settings *person = act->by ? find_person(settings, act->by) : NULL;
    const char *id = pagerduty_id_of(settings, act->by), *email = NULL;

    if (pagerduty_id_is_valid(id) && !ask_address(dialog, id, &email))
        return false;
    if (!pagerduty_email_is_good(email))
        email = pagerduty_email_is_good(act->email) ? act->email : person ? person->email : NULL;
    *ret_from = pagerduty_email_is_good(email) ? (struct pagerduty_from){ email, false }
                                               : stand_in(dialog->exchange, act->by || act->email);
    if (pagerduty_email_is_good(ret_from->email))
        return true;
    dialog->step = exchange_never(dialog->exchange, "PagerDuty: pagerduty.from is no e-mail address");
    return false;
}

/* ---- writing ---- */

static bool knows_no_such_user(const struct exchange *exchange, const struct http_answer *answer)
{
    int64_t code = answer->status >= 400 && answer->status < 500 ? pagerduty_error_code(exchange, answer) : 0;

    return code == REQUESTER_NOT_FOUND || code == USER_NOT_FOUND;
}

const struct http_answer *pagerduty_write_as(struct dialog *dialog, struct pagerduty_from *from, const char *method,
                                             const char *path, const cJSON *body)
{
    const struct exchange *exchange = dialog->exchange;
    struct pagerduty_from other = stand_in(exchange, true);
    const struct http_answer *answer = dialog_ask(dialog, pagerduty_write(exchange, method, path, from->email, body));

    if (!answer || !knows_no_such_user(exchange, answer) || !pagerduty_email_is_good(other.email) ||
        str_equal_nocase(str_of(from->email), str_of(other.email)))
        return answer;
    *from = other;
    return dialog_ask(dialog, pagerduty_write(exchange, method, path, from->email, body));
}

struct exchange_step pagerduty_write_refused(const struct exchange *exchange, const char *what,
                                             const struct http_answer *answer)
{
    struct exchange_step step;

    if (!knows_no_such_user(exchange, answer))
        return pagerduty_refused(exchange, what, answer);
    step = exchange_never(exchange,
                          "PagerDuty knows no user of the address pagerduty.from, as whom %s would be changed: make it "
                          "the address of a user there",
                          what);
    step.refusal = REFUSAL_PERMISSION;
    return step;
}

/* private.c - a private incident, and who is in it: whoever declared it, whoever leads it, and those who were invited.
 * For everybody else there is none.
 *
 * On the host whoever administers opsgate sees all of it: the record is theirs to read anyway.
 */
#include "handlers/incident/internal.h"

#include "bot/model/plant.h"

#include "policy/policy.h"

bool incident_is_private(const struct operation *operation)
{
    return text_equal(operation->kind, machine_incident.kind) && json_find_bool(operation->body, "is_private", false);
}

/* ---- who sees it ---- */

/* Others read along where somebody mentions opsgate in a channel, and so do they its answer; of other doors than
 * Slack's nobody has said that they do not. */
static bool is_overheard(const struct request *request)
{
    const struct reply_address *to = &request->reply_to;

    return !text_equal(request->source, "slack") ||
           (!to->url && !to->is_for_one && to->channel && to->channel[0] != 'D');
}

static bool is_person(const struct view *view, const char *text, const struct principal *who)
{
    struct principal person;

    return text && policy_read_principal(view->policy, text, view->arena, &person) &&
           policy_is_same_person(view->policy, NULL, &person, who);
}

bool incident_is_in(const struct view *view, const struct operation *operation, const struct principal *who)
{
    if (policy_is_same_person(view->policy, NULL, &operation->requester, who) ||
        is_person(view, json_find_string(operation->body, "lead_principal"), who))
        return true;
    JSON_EACH(user, json_find(operation->body, "people"))
        if (cJSON_IsString(user) && is_person(view, arena_printf(view->arena, "slack:%s", user->valuestring), who))
            return true;
    return false;
}

bool incident_is_seen(const struct view *view, const struct operation *operation, const struct request *request)
{
    if (PLANTED(PRIVATE_SHOWN) || !incident_is_private(operation) || text_equal(request->source, "local") ||
        text_equal(json_find_string(operation->body, "channel"),
                   request->channel)) /* only who is in it can type there */
        return true;
    return !is_overheard(request) && incident_is_in(view, operation, &request->principal);
}

const char *incident_unseen(const struct view *view, const struct request *request, const char *id)
{
    return arena_printf(view->arena,
                        "`%s` is no incident that you can see, or it ended long ago: `incident list` shows those that "
                        "are open.%s Nothing was done.",
                        id,
                        is_overheard(request) ? " Of a private one, ask in its own channel, or with `/incident`." : "");
}

/* ---- who is told, where it has no channel ---- */

const char *incident_declarer(const struct deciding *d)
{
    const struct principal *declarer = d->operation ? &d->operation->requester : NULL;

    if (!declarer || (!text_equal(declarer->system, "slack") && !text_equal(declarer->system, "local")))
        return NULL;
    return incident_slack_id(d, principal_text(declarer, d->view->arena));
}

static void add(const struct deciding *d, const char *user, struct incident_insiders *insiders)
{
    for (size_t i = 0; i < insiders->count; i++)
        if (text_equal(insiders->users[i], user))
            return;
    if (user && insiders->count < INCIDENT_INSIDERS_TOLD_MAX)
        *ARENA_PUSH(d->view->arena, insiders->users, insiders->count) = user;
}

struct incident_insiders incident_insiders(const struct deciding *d)
{
    struct incident_insiders insiders = { NULL, 0 };

    add(d, incident_declarer(d), &insiders);
    add(d, incident_slack_id(d, d->body->lead_principal), &insiders);
    for (size_t i = 0; i < d->body->people_count; i++)
        add(d, d->body->people[i], &insiders);
    return insiders;
}

/* runbooks.c - procedures of the configuration that were written for such an incident: offered, and never begun by
 * themselves. */
#include "handlers/incident/internal.h"

#include "handlers/runbook/arguments.h"

#include <string.h>

#define OFFERED_MAX 5

static bool has_label(const struct incident_alerts *alerts, const struct shape_pair *wanted)
{
    for (size_t i = 0; i < alerts->labels_count; i++)
        if (strcmp(alerts->labels[i].key, wanted->key) == 0 && strcmp(alerts->labels[i].value, wanted->value) == 0)
            return true;
    return false;
}

/* All of them on the same group of alerts. */
static bool has_labels(const struct incident_body *body, const struct runbook_match *match)
{
    for (size_t i = 0; i < body->alerts_count; i++) {
        size_t found = 0;

        while (found < match->labels_count && has_label(&body->alerts[i], &match->labels[found]))
            found++;
        if (found == match->labels_count)
            return true;
    }
    return match->labels_count == 0;
}

static bool concerns_any(const struct deciding *d, const struct runbook_match *match)
{
    for (size_t i = 0; i < match->service_count; i++)
        if (incident_concerns_service(d->view, d->body, match->service[i]))
            return true;
    return match->service_count == 0;
}

static bool fits(const struct deciding *d, const struct runbook_match *match)
{
    const char *title = d->body->title ? d->body->title : "";

    return (!match->title || str_fits(str_of(title), match->title, true)) && has_labels(d->body, match) &&
           concerns_any(d, match);
}

static bool needs_words(const struct runbook_settings *runbook)
{
    for (size_t i = 0; i < runbook->args_count; i++)
        if (!runbook->args[i].otherwise)
            return true;
    return runbook->destructive;
}

static void offer(const struct deciding *d, const struct runbook_settings *runbook, struct reply *reply)
{
    struct arena *arena = d->view->arena;

    *ARENA_PUSH(arena, reply->lines, reply->lines_count) =
        arena_printf(arena, "*May mend it*: the runbook `%s`%s%s: `%s`", runbook->name, runbook->about ? ", " : "",
                     runbook->about ? runbook->about : "", runbook_usage(runbook, arena));
    if (!needs_words(runbook) && reply->actions_count < CARD_ACTIONS_MAX)
        *ARENA_PUSH(arena, reply->actions, reply->actions_count) = (struct card_action){
            .label = arena_printf(arena, "Run %s", runbook->name),
            .command = arena_printf(arena, "run %s", runbook->name),
            .style = ACTION_DANGER,
            .confirm = arena_printf(arena, "%s is run%s%s.", runbook->name, runbook->target ? " on " : "",
                                    runbook->target ? runbook->target : ""),
        };
}

void incident_offer_runbooks(const struct deciding *d, struct reply *reply)
{
    const struct settings *settings = d->view->settings;
    size_t count = 0;

    for (size_t i = 0; i < settings->runbooks_count && count < OFFERED_MAX; i++)
        if (settings->runbooks[i].match && fits(d, settings->runbooks[i].match)) {
            offer(d, &settings->runbooks[i], reply);
            count++;
        }
}

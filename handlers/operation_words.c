#include "handlers/operation_words.h"

#include "bot/model/card.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/card.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/keep.h"
#include "handlers/hold/halt.h"
#include "handlers/hold/lock.h"
#include "handlers/incident/incident.h"
#include "handlers/maintenance/maintenance.h"
#include "handlers/review.h"
#include "handlers/schedule/schedule.h"

#include <string.h>

static bool is_configured(const struct settings *settings, const char *word)
{
    if (settings_find_service(settings, word))
        return true;
    for (size_t i = 0; i < settings->services_count; i++)
        if (settings_find_environment(&settings->services[i], word))
            return true;
    return false;
}

const char *operation_typed(const struct settings *settings, const char *word, struct arena *arena)
{
    if (operation_is_id(word))
        return word;
    return is_configured(settings, word) ? NULL : operation_id_read(word, arena);
}

const struct operation *operation_find(const struct view *view, const char *id)
{
    const struct operation *live = view->find_operation(view->ctx, id);

    return live ? live : view->find_ended(view->ctx, id);
}

const struct operation *operation_find_seen(const struct view *view, const struct request *request, const char *id)
{
    const struct operation *found = operation_find(view, id);

    return found && incident_is_seen(view, found, request) ? found : NULL;
}

static const char *halt_of(const struct operation *operation, struct arena *arena)
{
    struct deploy_body body;
    struct error ignored;

    if (strcmp(operation->kind, machine_deploy.kind) != 0 || operation->schema != machine_deploy.schema ||
        !operation->body || !shape_from_json(machine_deploy.body, operation->body, arena, &body, &ignored))
        return NULL;
    return deploy_halt(operation->state, &body, arena);
}

const char *operation_standing(const struct operation *operation, struct arena *arena)
{
    const char *halt;

    if (operation->is_stuck)
        return "stuck";
    if (operation->result)
        return operation->result;
    if (strcmp(operation->kind, machine_keep.kind) == 0)
        return keep_standing(operation, arena);
    halt = halt_of(operation, arena);
    return halt ? halt : operation->state;
}

static bool is_kind(const struct operation *operation, const struct machine *machine)
{
    return strcmp(operation->kind, machine->kind) == 0;
}

const char *operation_place(const struct operation *operation, struct arena *arena)
{
    const char *service = json_find_string(operation->body, "service");
    const char *environment = json_find_string(operation->body, "environment");

    if (operation->target)
        return operation->target;
    if (maintenance_is(operation))
        return maintenance_places(operation);
    if (!is_kind(operation, &machine_lock) && !is_kind(operation, &machine_halt) &&
        !is_kind(operation, &machine_review))
        return NULL;
    service = service ? service : json_find_string(operation->body, "database"); /* of a review */
    if (service && environment)
        return arena_printf(arena, "%s/%s", service, environment);
    return environment ? environment : is_kind(operation, &machine_review) ? service : "everything";
}

const char *operation_asked_by(const struct operation *operation, struct arena *arena)
{
    const char *what = json_find_string(operation->body, "trigger.what"), *system = operation->requester.system;

    if (what)
        return arena_printf(arena, "the %s", what);
    return system && strcmp(system, SCHEDULE_SYSTEM) == 0
               ? arena_printf(arena, "the schedule `%s`", operation->requester.id)
               : principal_mention(&operation->requester, arena);
}

#define TOLD_BYTES 400

/* card_quote would leave a blank for each. */
static struct str without_stars(struct str text, struct arena *arena)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    bool is_code = false;

    for (size_t i = 0; i < text.len; i++) {
        is_code ^= text.at[i] == '`';
        if (is_code || text.at[i] != '*')
            out[len++] = text.at[i];
    }
    return (struct str){ out, len };
}

const char *operation_told(const struct event *event, const char *key, struct arena *arena)
{
    const char *text = json_find_string(event->body, key);
    struct str rest = str_of(text ? text : "no reason was given"), line = str_take_until(&rest, '\n');

    str_take_prefix(&line, "*Denied*: ");
    while (line.len > 0 && line.at[line.len - 1] == '.')
        line.len--;
    return card_quote(without_stars(line, arena), TOLD_BYTES, arena);
}

const char *operation_acts_with(const struct view *view, const char *acts, const struct principal *who,
                                const char *what)
{
    return arena_printf(view->arena, "%s%s%s %s %s", acts ? acts : "", acts ? "\n" : "",
                        card_date(view_unix_ms(view), view->arena),
                        who ? principal_mention(who, view->arena) : "opsgate", what);
}

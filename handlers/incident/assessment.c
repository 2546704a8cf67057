/* assessment.c - the first look at what may be wrong. Places are looked at as `status` does, a few and for seconds:
 * what does not answer by then is named, and holds nothing up. In a storm of incidents some are told what the record
 * knows alone. */
#include "handlers/incident/internal.h"

#include "handlers/status/look.h"
#include "handlers/status/status.h"
#include "handlers/watch/changes.h"

#include <string.h>

#define LOOK "assess" /* the timer, and what its readings begin with */
#define LOOKS_MAX 3   /* at once: each asks for up to STATUS_PLACES_MAX places */
#define RANKS 4       /* of its services or not, changed lately or not */

static struct incident_changes recent_changes(const struct view *view)
{
    const struct incident_span span = { .from_ms = view->now_ms - INCIDENT_CHANGES_BEFORE_MS,
                                        .until_ms = view->now_ms,
                                        .has_holds = true };

    return incident_changes(view, &span);
}

/* ---- where ---- */

static bool is_same(const char *given, const char *name) /* what was not said may be any */
{
    return !given || strcmp(given, name) == 0;
}

static bool was_told(const struct incident_changes *changes, const struct place *place)
{
    for (size_t i = 0; i < changes->told_count; i++) {
        const struct change_kept *told = &changes->told[i];

        if ((told->service || told->environment) && is_same(told->service, place->service->name) &&
            is_same(told->environment, place->environment->name))
            return true;
    }
    return false;
}

/* There, or in one of its regions; or as others told. */
static bool has_changed(const struct incident_changes *changes, const struct place *place)
{
    const char *target = place->target;
    size_t len = strlen(target);

    for (size_t i = 0; i < changes->count; i++) {
        const char *where = changes->list[i]->target;

        if (where && strncmp(where, target, len) == 0 && (!where[len] || where[len] == '/'))
            return true;
    }
    return was_told(changes, place);
}

/* Those of `rank`, in the order of the file. */
static void add_places(const struct deciding *d, const struct incident_changes *changes, int rank,
                       struct status_body *look)
{
    const struct settings *settings = d->view->settings;

    for (size_t i = 0; i < settings->services_count; i++) {
        bool is_meant = incident_concerns_service(d->view, d->body, settings->services[i].name);

        for (size_t k = 0; is_meant == (rank < RANKS / 2) && k < settings->services[i].environments_count; k++) {
            struct place place = { .service = &settings->services[i],
                                   .environment = &settings->services[i].environments[k] };
            size_t before = look->sights_count, regions;

            place.target = settings_target_name(place.service, place.environment, d->view->arena);
            if (has_changed(changes, &place) != (rank % 2 == 0))
                continue;
            regions = look_add(d->view, &place, STATUS_PLACES_MAX, look);
            look->left_out += (int64_t)(regions - (look->sights_count - before));
        }
    }
}

static bool is_stormy(const struct deciding *d)
{
    size_t count = d->view->list_operations(d->view->ctx, NULL, 0), looking = 0;
    const struct operation **all = arena_alloc(d->view->arena, (count + 1) * sizeof(*all));

    d->view->list_operations(d->view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        looking += strcmp(all[i]->kind, machine_incident.kind) == 0 && !operation_has_ended(all[i]) &&
                   !all[i]->is_stuck && json_find(all[i]->body, "looking");
    return looking >= LOOKS_MAX;
}

/* ---- it looks, and tells ---- */

static void tell(struct deciding *d, const struct status_body *look, const struct incident_changes *changes)
{
    incident_say_reply(d, incident_assessment(d, look, changes));
    d->body->looking = NULL;
    d->body->assessments++;
    incident_record(d, "assessed", "opsgate",
                    arena_printf(d->view->arena, "%zu %s of opsgate's in the 2 h before%s", changes->count,
                                 changes->count == 1 ? "change" : "changes",
                                 changes->told_count > 0 ? arena_printf(d->view->arena, ", and %zu that others told of",
                                                                        changes->told_count)
                                                         : ""));
}

void incident_assess(struct deciding *d)
{
    struct incident_changes changes = recent_changes(d->view);
    struct status_body *look;

    if (d->body->looking || d->view->settings->services_count == 0) /* of which nothing is known */
        return;
    if (is_stormy(d)) {
        tell(d, NULL, &changes);
        return;
    }
    look = ARENA_NEW(d->view->arena, struct status_body);
    for (int rank = 0; rank < RANKS; rank++)
        add_places(d, &changes, rank, look);
    look_ask(d->view, LOOK ":", look, d->out);
    if (look_is_over(look)) { /* nowhere */
        tell(d, look, &changes);
        return;
    }
    d->body->looking = look;
    outcome_timer(d->out, LOOK, look->answer_at_ms);
}

void incident_look_heard(struct deciding *d)
{
    struct incident_changes changes;

    if (!d->body->looking)
        return;
    d->body->looking = look_take(d->view, LOOK ":", d->body->looking, d->event, d->out);
    if (!look_is_over(d->body->looking))
        return;
    outcome_cancel_timer(d->out, LOOK);
    changes = recent_changes(d->view);
    tell(d, d->body->looking, &changes);
}

void incident_assess_asked(struct deciding *d)
{
    const struct incident_body *body = d->body;

    if (!body->channel && !body->channel_problem) {
        outcome_refuse(d->out, "*%s* is assessed once its channel is there. Nothing was done.", d->id);
        return;
    }
    if (d->view->settings->services_count == 0) {
        outcome_refuse(d->out, "No services are configured, so there is nothing to assess. Nothing was done.");
        return;
    }
    if (body->looking) {
        outcome_refuse(d->out, "*%s* is being assessed: it comes in a moment. Nothing was done.", d->id);
        return;
    }
    incident_assess(d);
    outcome_reply(d->out, "*%s* is assessed anew: what is found comes in %s within seconds.", d->id,
                  body->channel
                      ? arena_printf(d->view->arena, "#%s", body->channel_name ? body->channel_name : body->channel)
                  : body->is_private ? "direct messages"
                                     : "the channel for incidents");
}

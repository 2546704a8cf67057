#include "handlers/trigger/places.h"

#include "handlers/deploy/deploy.h"
#include "handlers/deploy/evidence.h"
#include "handlers/group/group.h"
#include "handlers/trigger/match.h"

#include "bot/model/plant.h"
#include "bot/model/settings.h"

#include <string.h>

/* ---- which ---- */

bool places_add(const struct view *view, struct trigger_body *body, const struct trigger_place *place)
{
    if (body->places_count >= TRIGGER_PLACES_MAX) {
        body->is_cut = true;
        return false;
    }
    *ARENA_PUSH(view->arena, body->places, body->places_count) = *place;
    return true;
}

static int64_t longer(const struct service_settings *service, const struct release_settings *rule)
{
    int64_t wait_ms = service->artifact ? service->artifact->wait_ms : 0;

    return wait_ms > rule->wait_ms ? wait_ms : rule->wait_ms;
}

/* In a repository of several services: a tag that begins as those of another one do is no wrong version of this one. */
static bool is_anothers(const struct view *view, const struct trigger_body *body, const struct release_settings *rule)
{
    for (size_t i = 0; i < view->settings->services_count && !rule->tag_prefix; i++) {
        const struct service_settings *service = &view->settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++) {
            const struct release_settings *theirs = service->environments[k].release;

            if (theirs && theirs->tag_prefix && service->repository && match_version(theirs->tag_prefix, body->tag) &&
                str_equal_nocase(str_of(service->repository), str_of(body->repository)))
                return true;
        }
    }
    return false;
}

void places_find(const struct view *view, struct trigger_body *body)
{
    for (size_t i = 0; i < view->settings->services_count; i++) {
        const struct service_settings *service = &view->settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++) {
            const struct environment_settings *environment = &service->environments[k];
            struct trigger_place place = { .service = service->name, .environment = environment->name };
            const char *why = NULL;

            if (!environment->release || !service->repository ||
                !str_equal_nocase(str_of(service->repository), str_of(body->repository)))
                continue;
            place.wait_ms = longer(service, environment->release);
            if (!match_takes(environment->release, body, view->arena, &place, &why) && !why)
                continue;
            if (why && is_anothers(view, body, environment->release))
                continue;
            place.state = why ? PLACE_REFUSED : PLACE_FOUND;
            place.text = why;
            places_add(view, body, &place);
        }
    }
}

size_t places_count(const struct trigger_body *body, enum place_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < body->places_count; i++)
        count += body->places[i].state == (int64_t)state;
    return count;
}

const struct release_settings *places_rule(const struct view *view, const struct trigger_place *place)
{
    const struct service_settings *service = settings_find_service(view->settings, place->service);
    const struct environment_settings *environment =
        service ? settings_find_environment(service, place->environment) : NULL;

    return environment ? environment->release : NULL;
}

/* ---- there already ---- */

static const char *name_of(const struct view *view, const struct trigger_place *place)
{
    return arena_printf(view->arena, "%s/%s", place->service, place->environment);
}

/* "geo/production", or one for each of its regions. */
static size_t targets_of(const struct view *view, const struct trigger_place *place, const char ***ret)
{
    const struct service_settings *service = settings_find_service(view->settings, place->service);
    const struct environment_settings *environment =
        service ? settings_find_environment(service, place->environment) : NULL;
    const struct cloud_run_driver *driver = environment ? environment->driver.cloud_run : NULL;
    const char **targets = NULL;
    size_t count = 0;

    for (size_t i = 0; driver && i < driver->regions_count; i++)
        *ARENA_PUSH(view->arena, targets, count) =
            arena_printf(view->arena, "%s/%s", name_of(view, place), driver->regions[i]);
    if (count == 0)
        *ARENA_PUSH(view->arena, targets, count) = name_of(view, place);
    *ret = targets;
    return count;
}

bool places_is_one_target(const struct view *view, const struct trigger_place *place)
{
    const char **targets;

    return targets_of(view, place, &targets) == 1;
}

const char *places_serving_commit(const struct view *view, const struct trigger_place *place)
{
    const char **targets, *first = NULL;
    size_t count = targets_of(view, place, &targets);

    for (size_t i = 0; i < count; i++) {
        const char *sha = evidence_serving_commit(view, place->service, targets[i]);

        if (!sha || (first && strcmp(sha, first) != 0))
            return NULL;
        first = sha;
    }
    return first;
}

/* A way back that is under way will leave what serves. */
static bool is_left(const struct view *view, const struct target *target)
{
    const struct operation *holder = target->holder ? view->find_operation(view->ctx, target->holder) : NULL;

    return holder && (strcmp(holder->kind, "rollback") == 0 || json_find_bool(holder->body, "is_way_back", false));
}

/* By its commit too: a release that was made anew under the same tag is another one. Where no commit is known the
 * deploy finds out by its image. */
static bool serves(const struct view *view, const struct trigger_body *body, const struct trigger_place *place,
                   const char *target_name)
{
    const struct target *target = view->find_target(view->ctx, target_name);

    return target && target->good_count > 0 && !target->doubt && !is_left(view, target) &&
           text_equal(target->good[target->good_count - 1].version, place->called) &&
           (!body->sha || text_equal(evidence_serving_commit(view, place->service, target_name), body->sha));
}

static bool is_live(const struct operation *operation, const char *kind)
{
    return strcmp(operation->kind, kind) == 0 && !operation_has_ended(operation);
}

static bool is_of(const char *target, const char *place)
{
    size_t len = strlen(place);

    return target && strncmp(target, place, len) == 0 && (!target[len] || target[len] == '/');
}

/* By its trigger's commit and by what was asked for: a tag that was moved since makes another one of it. */
static bool brings_it(const struct operation *operation, const struct trigger_body *body,
                      const struct trigger_place *place)
{
    const char *theirs = json_find_string(operation->body, "trigger.sha");
    bool is_it = text_equal(json_find_string(operation->body, "wanted"), place->version) ||
                 text_equal(json_find_string(operation->body, "version"), place->called);

    return is_live(operation, "deploy") && !operation->is_stuck && !deploy_is_being_aborted(operation) && is_it &&
           (!theirs || !body->sha || strcmp(theirs, body->sha) == 0);
}

/* ---- on the move ---- */

/* "deploy api production ..." has not begun yet. */
static bool has_member(const struct operation *group, const struct trigger_place *place)
{
    const cJSON *member;

    cJSON_ArrayForEach(member, json_find(group->body, "members")) {
        const cJSON *words = json_find(member, "words");
        const char *service = cJSON_GetStringValue(cJSON_GetArrayItem(words, 0)),
                   *environment = cJSON_GetStringValue(cJSON_GetArrayItem(words, 1));

        if (text_equal(service, place->service) && text_equal(environment, place->environment) &&
            json_find_int(member, "state", MEMBER_WAITING) <= MEMBER_ASKED)
            return true;
    }
    return false;
}

static bool has_place(const struct operation *trigger, const struct trigger_place *place)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, json_find(trigger->body, "places")) {
        int64_t state = json_find_int(one, "state", PLACE_FOUND);

        if (text_equal(json_find_string(one, "service"), place->service) &&
            text_equal(json_find_string(one, "environment"), place->environment) &&
            (state == PLACE_FOUND || state == PLACE_ASKED))
            return true;
    }
    return false;
}

bool places_is_moving(const struct view *view, const char *own_id, const struct trigger_place *place)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));
    const char *target = name_of(view, place);

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (((is_live(all[i], "deploy") || is_live(all[i], "rollback")) && is_of(all[i]->target, target)) ||
            (is_live(all[i], machine_group.kind) && has_member(all[i], place)) ||
            (is_live(all[i], machine_trigger.kind) && strcmp(all[i]->id, own_id) != 0 && has_place(all[i], place)))
            return true;
    return false;
}

/* ---- why not ---- */

/* Of several regions: where it neither serves nor is on its way, there it is still to be brought. */
const char *places_why_left_out(const struct view *view, const struct trigger_body *body,
                                const struct trigger_place *place, const char **ret_by)
{
    size_t count = view->list_operations(view->ctx, NULL, 0), targets_count;
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));
    const char **targets, *by = NULL;

    *ret_by = NULL;
    if (PLANTED(RELEASE_TWICE))
        return NULL;
    view->list_operations(view->ctx, all, count);
    targets_count = targets_of(view, place, &targets);
    for (size_t i = 0; i < targets_count; i++) {
        const char *bringer = NULL;

        if (serves(view, body, place, targets[i]))
            continue;
        for (size_t k = 0; k < count && !bringer; k++)
            if (text_equal(all[k]->target, targets[i]) && brings_it(all[k], body, place))
                bringer = all[k]->id;
        if (!bringer)
            return NULL;
        by = by ? by : bringer;
    }
    *ret_by = by;
    return by ? arena_printf(view->arena, "%s brings it already", by) : PLACES_SERVES;
}

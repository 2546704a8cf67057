/* world_run.c - Cloud Run's API. From
 * https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services */
#include "tests/simulation/world_service.h"

#include "bot/base/time.h"
#include "bot/model/effect.h"

#include <inttypes.h>
#include <string.h>

#define REVISION "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
#define LATEST "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"

static void refuse(struct world_call *call, int status, const char *name, const char *message)
{
    cJSON *json = json_object(), *error = json_set(json, "error", json_object());

    json_set_int(error, "code", status);
    json_set_string(error, "message", message);
    json_set_string(error, "status", name);
    world_answer_json(call, status, json);
}

static const char *full_name(const struct service *service, struct arena *arena)
{
    return arena_printf(arena, "projects/%s/locations/%s/services/%s", service->project, service->region,
                        service->name);
}

static const char *etag_of(const struct service *service, struct arena *arena)
{
    return arena_printf(arena, "\"e%s-%" PRId64 "\"", service->name, service->etag);
}

static const char *tag_uri(const struct service *service, const char *tag, struct arena *arena)
{
    return arena_printf(arena, "http://%s---%s.%s.app.sim", tag, service->name, service->region);
}

static cJSON *split_json(const struct service *service, const struct split *split, bool is_status, struct arena *arena)
{
    cJSON *list = json_array();

    for (size_t i = 0; i < split->count; i++) {
        const struct share *share = &split->shares[i];
        cJSON *item = json_add(list, json_object());

        json_set_string(item, "type", share->is_latest ? LATEST : REVISION);
        if (!share->is_latest)
            json_set_string(item, "revision", share->revision);
        if (share->percent > 0) /* zero values are left out */
            json_set_int(item, "percent", share->percent);
        json_set_string(item, "tag", share->tag);
        if (is_status && share->tag)
            json_set_string(item, "uri", tag_uri(service, share->tag, arena));
    }
    return list;
}

static cJSON *condition_json(const struct service *service)
{
    cJSON *condition = json_object();

    json_set_string(condition, "type", "Ready");
    if (service->observed != service->generation) {
        json_set_string(condition, "state", "CONDITION_RECONCILING");
    } else if (service->problem) {
        json_set_string(condition, "state", "CONDITION_FAILED");
        json_set_string(condition, "message", service->problem);
        json_set_string(condition, "reason", "REVISION_FAILED");
    } else {
        json_set_string(condition, "state", "CONDITION_SUCCEEDED");
    }
    return condition;
}

static cJSON *scaling_json(struct world_range range)
{
    cJSON *json = json_object();

    if (range.min > 0) /* zero values are left out */
        json_set_int(json, "minInstanceCount", range.min);
    if (range.max > 0)
        json_set_int(json, "maxInstanceCount", range.max);
    return json;
}

static cJSON *service_json(const struct service *service, struct arena *arena)
{
    const char *name = full_name(service, arena);
    cJSON *json = json_object();

    json_set_string(json, "name", name);
    json_set_string(json, "etag", etag_of(service, arena));
    json_set_string(json, "generation", arena_printf(arena, "%" PRId64, service->generation));
    json_set_string(json, "observedGeneration", arena_printf(arena, "%" PRId64, service->observed));
    json_set(json, "template", json_copy(service->template));
    json_set(json, "annotations", json_copy(service->annotations));
    if (service->range.min > 0 || service->range.max > 0)
        json_set(json, "scaling", scaling_json(service->range));
    json_set(json, "traffic", split_json(service, &service->traffic, false, arena));
    json_set(json, "trafficStatuses", split_json(service, &service->status, true, arena));
    json_set_string(json, "latestCreatedRevision",
                    arena_printf(arena, "%s/revisions/%s", name, service->latest_created));
    json_set_string(json, "latestReadyRevision", arena_printf(arena, "%s/revisions/%s", name, service->latest_ready));
    json_set_string(json, "uri", arena_printf(arena, "http://%s.%s.app.sim", service->name, service->region));
    if (service->observed != service->generation)
        json_set_bool(json, "reconciling", true);
    json_set(json, "terminalCondition", condition_json(service));
    return json;
}

static cJSON *revision_json(const struct service *service, const struct revision *revision, struct arena *arena)
{
    static const char *const states[] = { "CONDITION_PENDING", "CONDITION_SUCCEEDED", "CONDITION_FAILED" };
    cJSON *json = json_copy(revision->template), *condition;

    cJSON_DeleteItemFromObjectCaseSensitive(json, "revision");
    json_set_string(json, "name", arena_printf(arena, "%s/revisions/%s", full_name(service, arena), revision->name));
    json_set_string(json, "service", service->name);
    json_set_string(json, "createTime", time_format(revision->created_ms).text);
    condition = json_add(json_set(json, "conditions", json_array()), json_object());
    json_set_string(condition, "type", "Ready");
    json_set_string(condition, "state", states[revision->state]);
    if (revision->state == REVISION_PENDING)
        json_set_bool(json, "reconciling", true);
    return json;
}

static bool decode_split(struct world *world, struct service *service, const cJSON *list, const char *also,
                         struct split *split, const char **ret_problem)
{
    int64_t sum = 0;

    *split = (struct split){ .count = 0 };
    JSON_EACH(item, list) {
        const char *type = json_find_string(item, "type"), *revision = json_find_string(item, "revision");
        struct share *share = &split->shares[split->count];

        if (split->count == ARRAY_LEN(split->shares)) {
            *ret_problem = "too many traffic targets";
            return false;
        }
        split->count++;
        share->is_latest = type && strcmp(type, LATEST) == 0;
        share->percent = json_find_int(item, "percent", 0);
        share->tag = arena_strdup(world->arena, json_find_string(item, "tag"));
        share->revision = arena_strdup(world->arena, revision);
        sum += share->percent;
        if (!share->is_latest &&
            (!type || strcmp(type, REVISION) != 0 || !revision ||
             (!service_find_revision(service, revision) && !(also && strcmp(also, revision) == 0)))) {
            *ret_problem = "traffic names a revision that does not exist";
            return false;
        }
    }
    if (sum != 100)
        *ret_problem = "traffic does not sum to 100";
    return sum == 100;
}

static const char *image_of(const cJSON *template)
{
    return json_find_string(template, "containers.0.image");
}

struct patch {
    struct service *service;
    cJSON *body;
    bool template, traffic, annotations, scaling, is_new;
    const char *revision; /* that the template asks for */
    struct split split;
};

static bool has_mask(const char *mask, const char *name)
{
    struct str rest = str_of(mask);

    while (rest.len > 0) {
        struct str field = str_take_until(&rest, ',');

        if (str_is(field, name) || (str_starts_with(field, name) && field.at[strlen(name)] == '.'))
            return true;
    }
    return false;
}

static bool check_patch(struct world_call *call, struct patch *patch)
{
    struct world *world = call->world;
    struct service *service = patch->service;
    const char *etag = json_find_string(patch->body, "etag"), *problem = "";
    const struct revision *same;

    if (etag && strcmp(etag, etag_of(service, call->arena)) != 0) {
        refuse(call, 409, "ABORTED", "Conflict for resource: version was specified but current version differs.");
        return false;
    }
    if (patch->template) {
        const cJSON *template = json_find(patch->body, "template");
        const char *wanted = json_find_string(template, "revision");

        if (!image_of(template)) {
            refuse(call, 400, "INVALID_ARGUMENT", "template.containers: an image is required.");
            return false;
        }
        patch->revision =
            wanted ? arena_strdup(world->arena, wanted)
                   : arena_printf(world->arena, "%s-%05" PRId64 "-xyz", service->name, service->generation + 1);
        same = service_find_revision(service, patch->revision);
        if (same && strcmp(same->image, image_of(template)) != 0) {
            refuse(call, 409, "ALREADY_EXISTS", "Revision named with different configuration already exists.");
            return false;
        }
        if (!str_starts_with(str_of(patch->revision), service->name) || strlen(patch->revision) > 63) {
            refuse(call, 400, "INVALID_ARGUMENT", "template.revision: must start with the service's name.");
            return false;
        }
        patch->is_new = !same;
    }
    if (patch->traffic &&
        !decode_split(world, service, json_find(patch->body, "traffic"), patch->revision, &patch->split, &problem)) {
        refuse(call, 400, "INVALID_ARGUMENT", problem);
        return false;
    }
    return true;
}

static void apply_template(struct world_call *call, struct patch *patch)
{
    struct service *service = patch->service;
    const cJSON *template = json_find(patch->body, "template");
    struct world_change change = { .kind = CHANGE_REVISION, .place = service->place, .text = patch->revision };

    cJSON_Delete(service->template);
    service->template = json_copy(template);
    if (!patch->is_new)
        return;
    if (!service_add_revision(call->world, service, patch->revision, image_of(template), template))
        return;
    service->latest_created = patch->revision;
    JSON_EACH(annotation, json_find(template, "annotations")) {
        if (strcmp(annotation->string, RUN_ANNOTATION_EFFECT) == 0)
            change.effect = annotation->valuestring;
        if (strcmp(annotation->string, RUN_ANNOTATION_OPERATION) == 0)
            change.operation = annotation->valuestring;
    }
    world_changed(call, &change, arena_printf(call->arena, "made revision %s", patch->revision));
}

static const char *annotation_of(const cJSON *annotations, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(annotations, name);

    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static void apply_traffic(struct world_call *call, struct patch *patch)
{
    struct service *service = patch->service;
    struct run_share before[SHARES_MAX], after[SHARES_MAX];
    struct world_change change = { .kind = CHANGE_TRAFFIC, .place = service->place, .before = before, .after = after };

    change.before_count = service_shares(service, &service->traffic, before);
    change.after_count = service_shares(service, &patch->split, after);
    service->traffic = patch->split;
    change.effect = annotation_of(service->annotations, RUN_ANNOTATION_EFFECT);
    change.operation = annotation_of(service->annotations, RUN_ANNOTATION_OPERATION);
    if (run_split_equal(before, change.before_count, after, change.after_count))
        return;
    world_changed(call, &change, arena_printf(call->arena, "moved traffic of %s", service->place));
}

static void apply_scaling(struct world_call *call, struct patch *patch)
{
    struct service *service = patch->service;
    struct world_change change = { .kind = CHANGE_SCALING, .place = service->place, .range_before = service->range };

    service->range = (struct world_range){ json_find_int(patch->body, "scaling.minInstanceCount", 0),
                                           json_find_int(patch->body, "scaling.maxInstanceCount", 0) };
    change.range_after = service->range;
    change.effect = annotation_of(service->annotations, RUN_ANNOTATION_SCALED);
    world_changed(call, &change, arena_printf(call->arena, "scaled %s", service->place));
}

static void run_patch(struct world_call *call, struct service *service)
{
    struct patch patch = { .service = service };
    const char *mask = world_form_value(world_query(call->call.url), "updateMask", call->arena);
    AUTO_JSON cJSON *body = NULL;
    struct error err;
    cJSON *json;

    if (!mask || !json_parse(call->call.body, &body, &err)) {
        refuse(call, 400, "INVALID_ARGUMENT", "an updateMask and a Service are needed");
        return;
    }
    patch.body = body;
    patch.template = has_mask(mask, "template");
    patch.traffic = has_mask(mask, "traffic");
    patch.annotations = has_mask(mask, "annotations");
    patch.scaling = has_mask(mask, "scaling");
    if (!check_patch(call, &patch))
        return;
    service->generation++;
    if (patch.annotations) {
        cJSON_Delete(service->annotations);
        service->annotations =
            json_find(body, "annotations") ? json_copy(json_find(body, "annotations")) : json_object();
    }
    if (patch.template)
        apply_template(call, &patch);
    if (patch.traffic)
        apply_traffic(call, &patch);
    if (patch.scaling)
        apply_scaling(call, &patch);
    service_start_settling(call->world, service);
    json = json_object();
    json_set_string(json, "name",
                    arena_printf(call->arena, "projects/%s/locations/%s/operations/op-%" PRId64, service->project,
                                 service->region, service->generation));
    json_set(json, "metadata", service_json(service, call->arena));
    world_answer_json(call, 200, json);
}

static void run_revisions(struct world_call *call, struct service *service, struct str rest)
{
    cJSON *json, *list;

    if (str_take_prefix(&rest, "/")) {
        struct revision *revision = service_find_revision(service, arena_copy(call->arena, rest));

        if (revision)
            world_answer_json(call, 200, revision_json(service, revision, call->arena));
        else
            refuse(call, 404, "NOT_FOUND", "Revision not found.");
        return;
    }
    json = json_object();
    list = json_set(json, "revisions", json_array());
    for (size_t i = service->revision_count; i > 0; i--)
        json_add(list, revision_json(service, &service->revisions[i - 1], call->arena));
    world_answer_json(call, 200, json);
}

static void meet_scaling(const struct world_call *call, struct service *service)
{
    /* never what it was before, or nobody could tell */
    struct world_range other = { 1, 10 + scheduler_now_ms(call->world->scheduler) / SECOND_MS };

    if (call->log->sender.effect && strcmp(call->log->sender.kind, EFFECT_SCALE) == 0 &&
        call->world->weather->scale_meets &&
        dice_hit(scheduler_dice(call->world->scheduler), call->world->weather->scale_meets))
        world_scale_service(call->world, service, other);
}

/* Somebody may be at it at the very moment when its traffic is looked at to be changed. */
static void run_get(struct world_call *call, struct service *service)
{
    struct world *world = call->world;
    struct dice *dice = scheduler_dice(world->scheduler);
    bool is_met = call->log->sender.effect && dice_hit(dice, world->weather->foreign_meets);
    bool is_before = is_met && dice_hit(dice, 500);

    if (call->log->sender.effect && world->weather->foreign_is_near)
        world->weather->foreign_is_near = !world_move_by_hand(world, service);
    else if (is_before)
        world_move_by_hand(world, service);
    meet_scaling(call, service);
    world_answer_json(call, 200, service_json(service, call->arena));
    if (is_met && !is_before)
        world_move_by_hand(world, service);
}

void world_run_call(struct world_call *call)
{
    struct world *world = call->world;
    struct str path = world_path(call->call.url, WORLD_RUN_URL);

    if (!world_token_is_good(call, "Bearer ", world_token_text(world, call->arena))) {
        refuse(call, 401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");
        return;
    }
    for (size_t i = 0; i < world->service_count; i++) {
        struct service *service = world->services[i];
        struct str rest = path;
        const char *prefix = arena_printf(call->arena, "/v2/%s", full_name(service, call->arena));

        if (!str_take_prefix(&rest, prefix) || (rest.len > 0 && rest.at[0] != '/'))
            continue;
        if (str_take_prefix(&rest, "/revisions"))
            run_revisions(call, service, rest);
        else if (strcmp(call->call.method, "PATCH") == 0)
            run_patch(call, service);
        else
            run_get(call, service);
        return;
    }
    refuse(call, 404, "NOT_FOUND", "Resource was not found.");
}

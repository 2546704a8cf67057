/* world_run.c - Cloud Run: services, their revisions and traffic, as they settle; and what runs on them, for health
 * checks. From https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services */
#include "tests/simulation/world_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define REVISION "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
#define LATEST "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
#define SHARES_MAX 64
#define REVISIONS_MAX 128

enum revision_state { REVISION_PENDING, REVISION_READY, REVISION_BROKEN };

struct revision {
    const char *name, *image;
    enum revision_state state;
    bool is_unhealthy, is_slow;
    int64_t breaks_at;         /* percent of the traffic; 0: never */
    int64_t percent, since_ms; /* of the traffic that it has */
    int64_t created_ms;
    cJSON *template;
};
struct share {
    bool is_latest;
    const char *revision, *tag; /* tag or NULL */
    int64_t percent;
};
struct split {
    struct share shares[SHARES_MAX];
    size_t count;
};
struct service {
    const char *project, *region, *name;
    const char *place; /* "us-central1/api-staging" */
    struct revision revisions[REVISIONS_MAX];
    size_t revision_count;
    struct split traffic, status;
    cJSON *template, *annotations;
    int64_t generation, observed, etag;
    const char *latest_created, *latest_ready, *problem;
};

bool world_is_only_tagged(const struct world *world, const char *place, const char *revision, const char *tag)
{
    bool has_tag = false;

    for (size_t i = 0; i < world->service_count; i++) {
        const struct service *service = world->services[i];

        for (size_t k = 0; strcmp(service->place, place) == 0 && k < service->traffic.count; k++) {
            const struct share *share = &service->traffic.shares[k];

            if (share->is_latest || strcmp(share->revision, revision) != 0)
                continue;
            if (share->percent > 0)
                return false;
            has_tag = has_tag || (share->tag && strcmp(share->tag, tag) == 0);
        }
    }
    return has_tag;
}

static void refuse(struct world_call *call, int status, const char *name, const char *message)
{
    cJSON *json = json_object(), *error = json_set(json, "error", json_object());

    json_set_int(error, "code", status);
    json_set_string(error, "message", message);
    json_set_string(error, "status", name);
    world_answer_json(call, status, json);
}

static struct revision *find_revision(struct service *service, const char *name)
{
    for (size_t i = 0; i < service->revision_count; i++)
        if (strcmp(service->revisions[i].name, name) == 0)
            return &service->revisions[i];
    return NULL;
}

static struct revision *add_revision(struct world *world, struct service *service, const char *name, const char *image,
                                     const cJSON *template)
{
    struct revision *revision = &service->revisions[service->revision_count];

    if (service->revision_count == ARRAY_LEN(service->revisions))
        return NULL;
    service->revision_count++;
    *revision = (struct revision){ .name = arena_strdup(world->arena, name),
                                   .image = arena_strdup(world->arena, image),
                                   .created_ms = world_unix_ms(world),
                                   .template = json_copy(template) };
    return revision;
}

static int namesakes(const struct world *world, const char *name)
{
    int count = 0;

    for (size_t i = 0; i < world->service_count; i++)
        count += strcmp(world->services[i]->name, name) == 0;
    return count;
}

void world_add_service(struct world *world, const char *project, const char *region, const char *name,
                       const char *image, bool floats)
{
    struct service *service = xcalloc(1, sizeof(*service));
    cJSON *container = json_object();
    struct revision *revision;

    service->project = arena_strdup(world->arena, project);
    service->region = arena_strdup(world->arena, region);
    service->name = arena_strdup(world->arena, name);
    service->place = arena_printf(world->arena, "%s/%s", region, name);
    service->template = json_object();
    service->annotations = json_object();
    json_set_string(container, "image", image);
    json_add(json_set(service->template, "containers", json_array()), container);
    revision =
        add_revision(world, service, arena_printf(world->arena, "%s-00001-ab%c", name, 'c' + namesakes(world, name)),
                     image, service->template);
    revision->state = REVISION_READY;
    service->latest_created = service->latest_ready = revision->name;
    service->traffic.shares[0] = (struct share){ .is_latest = floats, .revision = revision->name, .percent = 100 };
    service->traffic.count = 1;
    service->status = service->traffic;
    revision->percent = 100;
    service->generation = service->observed = service->etag = 1;
    *ARENA_PUSH(world->arena, world->services, world->service_count) = service;
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

static const char *resolved(const struct service *service, const struct share *share)
{
    return share->is_latest ? service->latest_ready : share->revision;
}

static size_t as_shares(const struct service *service, const struct split *split, struct run_share *shares)
{
    for (size_t i = 0; i < split->count; i++)
        shares[i] = (struct run_share){ .revision = resolved(service, &split->shares[i]),
                                        .percent = split->shares[i].percent,
                                        .tag = split->shares[i].tag };
    return split->count;
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
        if (!share->is_latest && (!type || strcmp(type, REVISION) != 0 || !revision ||
                                  (!find_revision(service, revision) && !(also && strcmp(also, revision) == 0)))) {
            *ret_problem = "traffic names a revision that does not exist";
            return false;
        }
    }
    if (sum != 100)
        *ret_problem = "traffic does not sum to 100";
    return sum == 100;
}

/* What users reach from now on. */
static void serve(struct world *world, struct service *service)
{
    service->status = service->traffic;
    for (size_t i = 0; i < service->revision_count; i++) {
        struct revision *revision = &service->revisions[i];
        int64_t percent = 0;

        for (size_t s = 0; s < service->status.count; s++)
            if (strcmp(resolved(service, &service->status.shares[s]), revision->name) == 0)
                percent += service->status.shares[s].percent;
        if (percent != revision->percent)
            revision->since_ms = scheduler_now_ms(world->scheduler);
        revision->percent = percent;
    }
}

bool world_run_load(const struct world *world, const char *name, struct run_load *ret_load)
{
    for (size_t i = 0; i < world->service_count; i++) {
        const struct revision *revision = find_revision(world->services[i], name);
        bool breaks;

        if (!revision)
            continue;
        breaks = revision->breaks_at > 0 && revision->percent >= revision->breaks_at;
        *ret_load = (struct run_load){ .percent = revision->percent,
                                       .since_ms = revision->since_ms,
                                       .is_broken = breaks && !revision->is_slow,
                                       .is_slow = breaks && revision->is_slow };
        return true;
    }
    return false;
}

struct settling {
    struct world *world;
    struct service *service;
    int64_t generation;
};

static bool can_serve(struct service *service)
{
    for (size_t i = 0; i < service->traffic.count; i++) {
        const struct share *share = &service->traffic.shares[i];
        const struct revision *revision = find_revision(service, resolved(service, share));

        if (share->percent > 0 && (!revision || revision->state != REVISION_READY))
            return false;
    }
    return true;
}

static void on_settled(void *arg)
{
    struct settling *settling = arg;
    struct service *service = settling->service;
    struct world *world = settling->world;
    struct revision *newest = find_revision(service, service->latest_created);

    if (settling->generation == service->generation) {
        if (newest->state == REVISION_PENDING) {
            newest->state = dice_hit(scheduler_dice(world->scheduler), world->weather->revision_fails) ? REVISION_BROKEN
                                                                                                       : REVISION_READY;
            if (dice_hit(scheduler_dice(world->scheduler), world->weather->breaks)) {
                newest->breaks_at = dice_between(scheduler_dice(world->scheduler), 1, 100);
                newest->is_slow = dice_hit(scheduler_dice(world->scheduler), 400);
            }
            newest->is_unhealthy = dice_hit(scheduler_dice(world->scheduler), world->weather->unhealthy);
            if (newest->state == REVISION_BROKEN)
                world_count(world, FAULT_REVISION_FAILED);
        }
        if (newest->state == REVISION_READY)
            service->latest_ready = newest->name;
        service->problem =
            newest->state == REVISION_BROKEN ? "Revision is not ready: the container did not start." : NULL;
        if (can_serve(service))
            serve(world, service);
        service->observed = service->generation;
    }
    free(settling);
}

static void start_settling(struct world *world, struct service *service)
{
    struct settling *settling = xcalloc(1, sizeof(*settling));
    struct dice *dice = scheduler_dice(world->scheduler);
    bool is_slow = dice_hit(dice, world->weather->revision_slow);

    if (is_slow)
        world_count(world, FAULT_REVISION_SLOW);
    *settling = (struct settling){ world, service, service->generation };
    service->etag++;
    scheduler_after(world->scheduler, is_slow ? dice_between(dice, 20000, 120000) : dice_between(dice, 300, 6000), 0,
                    on_settled, settling, free);
}

static const char *image_of(const cJSON *template)
{
    return json_find_string(template, "containers.0.image");
}

struct patch {
    struct service *service;
    cJSON *body;
    bool template, traffic, annotations, is_new;
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
        same = find_revision(service, patch->revision);
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
    if (!add_revision(call->world, service, patch->revision, image_of(template), template))
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

    change.before_count = as_shares(service, &service->traffic, before);
    change.after_count = as_shares(service, &patch->split, after);
    service->traffic = patch->split;
    change.effect = annotation_of(service->annotations, RUN_ANNOTATION_EFFECT);
    change.operation = annotation_of(service->annotations, RUN_ANNOTATION_OPERATION);
    if (run_split_equal(before, change.before_count, after, change.after_count))
        return;
    world_changed(call, &change, arena_printf(call->arena, "moved traffic of %s", service->place));
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
    start_settling(call->world, service);
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
        struct revision *revision = find_revision(service, arena_copy(call->arena, rest));

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

static struct service *any_service(struct world *world)
{
    return world->services[dice_between(scheduler_dice(world->scheduler), 0, (int64_t)world->service_count - 1)];
}

static bool is_shared_out(const struct service *service)
{
    for (size_t i = 0; i < service->traffic.count; i++)
        if (service->traffic.shares[i].percent > 0 && service->traffic.shares[i].percent < 100)
            return true;
    return false;
}

/* One in the middle of a rollout, if there is one. */
static struct service *interesting_service(struct world *world)
{
    size_t first = (size_t)dice_between(scheduler_dice(world->scheduler), 0, (int64_t)world->service_count - 1);

    for (size_t i = 0; i < world->service_count; i++) {
        struct service *service = world->services[(first + i) % world->service_count];

        if (is_shared_out(service))
            return service;
    }
    return any_service(world);
}

static const struct revision *any_revision(struct world *world, const struct service *service)
{
    return &service->revisions[dice_between(scheduler_dice(world->scheduler), 0, (int64_t)service->revision_count - 1)];
}

static void tell_foreign(struct world *world, const struct service *service, const struct split *from)
{
    struct run_share before[SHARES_MAX], after[SHARES_MAX];
    struct world_change change = { .kind = CHANGE_TRAFFIC, .place = service->place, .before = before, .after = after };

    change.before_count = as_shares(service, from, before);
    change.after_count = as_shares(service, &service->traffic, after);
    if (world->watch.on_foreign)
        world->watch.on_foreign(world->watch.ctx, &change);
}

static bool move_by_hand(struct world *world, struct service *service)
{
    struct dice *dice = scheduler_dice(world->scheduler);
    const struct revision *one = any_revision(world, service), *other = any_revision(world, service);
    int64_t percent = dice_hit(dice, 300) && one != other ? dice_between(dice, 1, 99) : 100;
    struct split before = service->traffic;

    if (service->traffic.count == 1 && percent == 100 && strcmp(resolved(service, &before.shares[0]), one->name) == 0)
        return false; /* it has all of it already */
    if (one->state != REVISION_READY || other->state != REVISION_READY)
        return false;
    world_count(world, FAULT_FOREIGN_TRAFFIC);
    service->traffic.shares[0] = (struct share){ .revision = one->name, .percent = percent };
    service->traffic.shares[1] = (struct share){ .revision = other->name, .percent = 100 - percent };
    service->traffic.count = percent < 100 ? 2 : 1;
    service->generation++;
    tell_foreign(world, service, &before);
    start_settling(world, service);
    return true;
}

/* Somebody may be at it at the very moment when its traffic is looked at to be changed. */
static void run_get(struct world_call *call, struct service *service)
{
    struct world *world = call->world;
    bool is_met = call->log->sender.effect && dice_hit(scheduler_dice(world->scheduler), world->weather->foreign_meets);
    bool is_before = is_met && dice_hit(scheduler_dice(world->scheduler), 500);

    if (is_before)
        move_by_hand(world, service);
    world_answer_json(call, 200, service_json(service, call->arena));
    if (is_met && !is_before)
        move_by_hand(world, service);
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

/* http://TAG---SERVICE.REGION.app.sim/path: the revision behind the tag. */
void world_app_call(struct world_call *call)
{
    struct world *world = call->world;
    struct str rest = str_of(call->call.url), tag;

    str_take_prefix(&rest, "http://");
    for (size_t i = 0; i < world->service_count; i++) {
        struct service *service = world->services[i];

        for (size_t s = 0; s < service->status.count; s++) {
            const struct share *share = &service->status.shares[s];
            const struct revision *revision;

            tag = rest;
            if (!share->tag || !str_take_prefix(&tag, share->tag) || !str_take_prefix(&tag, "---") ||
                !str_take_prefix(&tag, service->name) || !str_take_prefix(&tag, ".") ||
                !str_take_prefix(&tag, service->region))
                continue;
            revision = find_revision(service, resolved(service, share));
            if (revision && revision->is_unhealthy)
                world_count(world, FAULT_UNHEALTHY);
            world_answer_text(call,
                              revision && revision->state == REVISION_READY && !revision->is_unhealthy ? 200 : 503, "");
            return;
        }
    }
    world_answer_text(call, 404, "");
}

const char *world_foreign_traffic(struct world *world)
{
    struct dice *dice = scheduler_dice(world->scheduler);
    struct service *service = dice_hit(dice, 500) ? interesting_service(world) : any_service(world);

    return move_by_hand(world, service) ? service->place : NULL;
}

void world_foreign_edit(struct world *world)
{
    world_count(world, FAULT_FOREIGN_EDIT);
    any_service(world)->etag++;
}

void world_break_newest(struct world *world)
{
    for (size_t i = 0; i < world->service_count; i++) {
        struct revision *newest = find_revision(world->services[i], world->services[i]->latest_created);

        if (newest && newest->percent > 0 && newest->percent < 100)
            newest->breaks_at = 1;
    }
}

void world_run_finish(struct world *world)
{
    for (size_t i = 0; i < world->service_count; i++) {
        struct service *service = world->services[i];

        cJSON_Delete(service->template);
        cJSON_Delete(service->annotations);
        for (size_t r = 0; r < service->revision_count; r++)
            cJSON_Delete(service->revisions[r].template);
        free(service);
    }
}

/* world_service.c - services on Cloud Run, their revisions and traffic, as they settle; and what runs on them, for
 * health checks.
 */
#include "tests/simulation/world_service.h"

#include <string.h>

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

struct revision *service_find_revision(struct service *service, const char *name)
{
    for (size_t i = 0; i < service->revision_count; i++)
        if (strcmp(service->revisions[i].name, name) == 0)
            return &service->revisions[i];
    return NULL;
}

struct revision *service_add_revision(struct world *world, struct service *service, const char *name, const char *image,
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

static void note_load(struct world *world, struct revision *revision, int64_t percent)
{
    bool breaks = revision->breaks_at > 0 && percent >= revision->breaks_at;

    revision->percent = percent;
    *ARENA_PUSH(world->arena, revision->loads, revision->load_count) =
        (struct run_load){ .percent = percent,
                           .since_ms = scheduler_now_ms(world->scheduler),
                           .is_broken = breaks && !revision->is_slow,
                           .is_slow = breaks && revision->is_slow };
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
    revision = service_add_revision(world, service,
                                    arena_printf(world->arena, "%s-00001-ab%c", name, 'c' + namesakes(world, name)),
                                    image, service->template);
    revision->state = REVISION_READY;
    service->latest_created = service->latest_ready = revision->name;
    service->traffic.shares[0] = (struct share){ .is_latest = floats, .revision = revision->name, .percent = 100 };
    service->traffic.count = 1;
    service->status = service->traffic;
    note_load(world, revision, 100);
    service->generation = service->observed = service->etag = 1;
    *ARENA_PUSH(world->arena, world->services, world->service_count) = service;
}

const char *service_resolved(const struct service *service, const struct share *share)
{
    return share->is_latest ? service->latest_ready : share->revision;
}

size_t service_shares(const struct service *service, const struct split *split, struct run_share *shares)
{
    for (size_t i = 0; i < split->count; i++)
        shares[i] = (struct run_share){ .revision = service_resolved(service, &split->shares[i]),
                                        .percent = split->shares[i].percent,
                                        .tag = split->shares[i].tag };
    return split->count;
}

/* What users reach from now on. */
static void serve(struct world *world, struct service *service)
{
    service->status = service->traffic;
    for (size_t i = 0; i < service->revision_count; i++) {
        struct revision *revision = &service->revisions[i];
        int64_t percent = 0;

        for (size_t s = 0; s < service->status.count; s++)
            if (strcmp(service_resolved(service, &service->status.shares[s]), revision->name) == 0)
                percent += service->status.shares[s].percent;
        if (percent != revision->percent)
            note_load(world, revision, percent);
    }
}

const struct run_load *world_run_loads(const struct world *world, const char *name, size_t *ret_count)
{
    for (size_t i = 0; i < world->service_count; i++) {
        const struct revision *revision = service_find_revision(world->services[i], name);

        if (revision) {
            *ret_count = revision->load_count;
            return revision->loads;
        }
    }
    *ret_count = 0;
    return NULL;
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
        const struct revision *revision = service_find_revision(service, service_resolved(service, share));

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
    struct revision *newest = service_find_revision(service, service->latest_created);

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

void service_start_settling(struct world *world, struct service *service)
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
            revision = service_find_revision(service, service_resolved(service, share));
            if (revision && revision->is_unhealthy)
                world_count(world, FAULT_UNHEALTHY);
            world_answer_text(call,
                              revision && revision->state == REVISION_READY && !revision->is_unhealthy ? 200 : 503, "");
            return;
        }
    }
    world_answer_text(call, 404, "");
}

void world_break_newest(struct world *world)
{
    for (size_t i = 0; i < world->service_count; i++) {
        struct revision *newest = service_find_revision(world->services[i], world->services[i]->latest_created);

        if (newest && newest != &world->services[i]->revisions[0] && newest->percent > 0) {
            newest->breaks_at = 1;
            note_load(world, newest, newest->percent);
        }
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

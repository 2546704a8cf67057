/* world_hand.c - what somebody else does to a service, by hand.
 */
#include "tests/simulation/world_service.h"

#include <string.h>

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

    change.before_count = service_shares(service, from, before);
    change.after_count = service_shares(service, &service->traffic, after);
    if (world->watch.on_foreign)
        world->watch.on_foreign(world->watch.ctx, &change);
}

bool world_move_by_hand(struct world *world, struct service *service)
{
    struct dice *dice = scheduler_dice(world->scheduler);
    const struct revision *one = any_revision(world, service), *other = any_revision(world, service);
    int64_t percent = dice_hit(dice, 300) && one != other ? dice_between(dice, 1, 99) : 100;
    struct split before = service->traffic;

    if (service->traffic.count == 1 && percent == 100 &&
        strcmp(service_resolved(service, &before.shares[0]), one->name) == 0)
        return false; /* it has all of it already */
    if (one->state != REVISION_READY || other->state != REVISION_READY)
        return false;
    world_count(world, FAULT_FOREIGN_TRAFFIC);
    service->traffic.shares[0] = (struct share){ .revision = one->name, .percent = percent };
    service->traffic.shares[1] = (struct share){ .revision = other->name, .percent = 100 - percent };
    service->traffic.count = percent < 100 ? 2 : 1;
    service->generation++;
    tell_foreign(world, service, &before);
    service_start_settling(world, service);
    return true;
}

const char *world_foreign_traffic(struct world *world)
{
    struct dice *dice = scheduler_dice(world->scheduler);
    struct service *service = dice_hit(dice, 500) ? interesting_service(world) : any_service(world);

    return world_move_by_hand(world, service) ? service->place : NULL;
}

void world_foreign_edit(struct world *world)
{
    world_count(world, FAULT_FOREIGN_EDIT);
    any_service(world)->etag++;
}

void world_scale_by_hand(struct world *world, size_t which, struct world_range range)
{
    world_scale_service(world, world->services[which % world->service_count], range);
}

void world_scale_service(struct world *world, struct service *service, struct world_range range)
{
    world_count(world, FAULT_SCALED_BY_HAND);
    service->range = range;
    service->generation++;
    service_start_settling(world, service);
}

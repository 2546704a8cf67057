#include "handlers/rollback/foresee.h"

#include "handlers/deploy/way_back.h"
#include "handlers/rollback/beginning.h"
#include "handlers/rollback/goal.h"

#include "bot/model/card.h"
#include "bot/model/settings.h"

#include <string.h>

#define SHOWN_BYTES 100 /* of a name from outside */

static const char *shown(const struct view *view, const struct target_version *version,
                         const struct target_version *beside)
{
    const char *name = rollback_name(version, beside, view->arena);

    return name ? card_quote(str_of(name), SHOWN_BYTES, view->arena) : NULL;
}

/* "us-east1" of "api/production/us-east1"; NULL: it is no region. */
static const char *region_of(const char *target)
{
    struct str rest = str_of(target);

    str_take_until(&rest, '/');
    str_take_until(&rest, '/');
    return rest.len > 0 ? rest.at : NULL;
}

/* By Cloud Run. Nothing to go back to is no obstacle: it is asked for that. */
static bool foresee_place(const struct view *view, const struct place *place, const char *from,
                          struct rollback_prospect *ret)
{
    const struct rollback_arguments given = { .place = *place, .from = from, .region = region_of(place->target) };
    const struct rollback_body body = rollback_plan(view, &given);
    const struct glass glass = {
        .service = body.service, .environment = body.environment, .target = place->target, .version = body.irreversible
    };

    if (from && body.from.version && !rollback_is_called(&body.from, from))
        return false;
    if (!body.to.revision && body.stopped && !body.stops) /* it would not be aborted for that: beginning.c */
        return false;
    *ret = (struct rollback_prospect){ .from = shown(view, &body.from, &body.to),
                                       .to = shown(view, &body.to, &body.from),
                                       .further = body.further,
                                       .aborts = body.aborts,
                                       .glass = glass.version ? glass_sentence(view, &glass) : NULL };
    return true;
}

static bool foresee_other(const struct view *view, const struct place *place, const char *from,
                          struct rollback_prospect *ret)
{
    const struct glass glass = deploy_way_back_glass(view, place);
    struct target_version left, to;

    if (!deploy_foresee_way_back(view, place, from, &left, &to))
        return false;
    *ret = (struct rollback_prospect){ .from = shown(view, &left, &to),
                                       .to = shown(view, &to, &left),
                                       .glass = glass.version ? glass_sentence(view, &glass) : NULL };
    return true;
}

bool rollback_foresee(const struct view *view, const char *target, const char *from, struct rollback_prospect *ret)
{
    struct place place = { .target = target };
    const struct driver_settings *driver;

    if (!settings_find_target(view->settings, target, &place.service, &place.environment))
        return false;
    driver = &place.environment->driver;
    if (driver->program || driver->github_actions)
        return foresee_other(view, &place, from, ret);
    return driver->cloud_run && (driver->cloud_run->regions_count == 0 || region_of(target)) &&
           foresee_place(view, &place, from, ret);
}

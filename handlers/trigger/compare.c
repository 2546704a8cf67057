/* compare.c - a place that listens to some paths alone: did one of them change since what serves there? Compared is
 * always with what serves, and never with the push before, whose build may have broken. What is not known counts as
 * touched; and so does a place to which something is on its way: a revert changes nothing of what serves, and is meant
 * for that.
 */
#include "handlers/trigger/triggering.h"

#include "handlers/trigger/places.h"

#include "bot/model/exchange.h"
#include "bot/model/paths.h"
#include "bot/model/settings_service.h"

#include <string.h>

static const char *name_of(const struct triggering *t, const struct trigger_place *place)
{
    return arena_printf(t->view->arena, "%s/%s", place->service, place->environment);
}

static bool is_asked_about(const struct trigger_place *place, const char *serving)
{
    return place->state == PLACE_FOUND && place->serving && strcmp(place->serving, serving) == 0;
}

/* One question for all places that serve the same commit. */
static void ask(struct triggering *t, const char *serving)
{
    struct paths_ask ask = { .repository = t->body->repository, .base = serving, .head = t->body->sha };

    for (size_t i = 0; i < t->body->places_count; i++) {
        const struct trigger_place *place = &t->body->places[i];
        const struct release_settings *rule = places_rule(t->view, place);

        if (rule && is_asked_about(place, serving))
            *ARENA_PUSH(t->view->arena, ask.groups, ask.groups_count) =
                (struct paths_group){ name_of(t, place), rule->paths, rule->paths_count };
    }
    outcome_read(t->out, arena_printf(t->view->arena, "paths %s", serving), READING_PATHS,
                 shape_to_json(&paths_ask_shape, &ask, SHAPE_WHOLE), TRIGGER_READ_MS);
}

static bool is_first_with(const struct trigger_body *body, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (is_asked_about(&body->places[i], body->places[at].serving))
            return false;
    return true;
}

void trigger_compare(struct triggering *t)
{
    struct trigger_body *body = t->body;
    size_t asked = 0;

    for (size_t i = 0; i < body->places_count; i++) {
        const struct release_settings *rule = places_rule(t->view, &body->places[i]);

        if (body->places[i].state == PLACE_FOUND && rule && rule->paths_count > 0)
            body->places[i].serving = places_is_moving(t->view, t->operation ? t->operation->id : "", &body->places[i])
                                          ? NULL
                                          : places_serving_commit(t->view, &body->places[i]);
    }
    for (size_t i = 0; i < body->places_count; i++)
        if (body->places[i].state == PLACE_FOUND && body->places[i].serving && is_first_with(body, i)) {
            ask(t, body->places[i].serving);
            asked++;
        }
    if (asked == 0)
        trigger_spread(t);
    else
        outcome_move(t->out, "comparing", body);
}

static bool is_touched(const struct paths_read *read, const char *name)
{
    for (size_t i = 0; i < read->touched_count; i++)
        if (strcmp(read->touched[i], name) == 0)
            return true;
    return false;
}

/* Its commit is in the question's name; answered, nothing is to be asked of its places any more. */
void trigger_on_paths(struct triggering *t)
{
    struct str serving = str_of(t->event->name);
    struct paths_read read = { .relation = NULL };
    struct error ignored;
    bool is_told, is_more = false;

    str_take_prefix(&serving, "paths ");
    is_told = t->event->end == END_DONE &&
              shape_from_json(&paths_read_shape, t->event->body, t->view->arena, &read, &ignored);
    for (size_t i = 0; i < t->body->places_count; i++) {
        struct trigger_place *place = &t->body->places[i];

        if (is_asked_about(place, serving.at)) {
            place->serving = NULL;
            if (is_told && !is_touched(&read, name_of(t, place)))
                place->state = PLACE_UNTOUCHED;
        }
        is_more = is_more || (place->state == PLACE_FOUND && place->serving);
    }
    if (is_more)
        trigger_keep(t);
    else
        trigger_spread(t);
}

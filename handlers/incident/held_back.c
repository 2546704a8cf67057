/* held_back.c - very many open at once, and Slack makes a few channels a minute: #incidents is told so once, with how
 * many wait, and when none does any more.
 *
 * One of those that wait speaks for all (`held_at_ms`): the one with which they became many. It looks after a moment,
 * for a storm is not over with its tenth, and from then on each minute; when it is closed, another one goes on.
 */
#include "handlers/incident/internal.h"

#include "bot/model/effect.h"

#include <inttypes.h>
#include <string.h>

#define MANY 10
#define SETTLES_MS (30 * SECOND_MS)
#define LOOKS_EVERY_MS MINUTE_MS

/* A private one is neither counted nor does it speak. */
static bool is_other(const struct deciding *d, const struct operation *operation)
{
    return strcmp(operation->kind, machine_incident.kind) == 0 && strcmp(operation->id, d->id) != 0 &&
           !operation_has_ended(operation) && !operation->is_stuck && !incident_is_private(operation);
}

static bool waits(const struct operation *operation)
{
    return json_find_bool(operation->body, "wants_channel", false) && !json_find_string(operation->body, "channel");
}

struct waiting {
    int64_t count;      /* with this one */
    const char *first;  /* of the others, the oldest; or NULL */
    bool is_spoken_for; /* by another one */
};

static struct waiting look_around(const struct deciding *d)
{
    size_t count = d->view->list_operations(d->view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(d->view->arena, (count + 1) * sizeof(*all));
    struct waiting found = { .count = d->body->wants_channel && !d->body->channel };

    count = d->view->list_operations(d->view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        if (!is_other(d, all[i]))
            continue;
        found.is_spoken_for = found.is_spoken_for || json_find_int(all[i]->body, "held_at_ms", 0) > 0;
        if (!waits(all[i]))
            continue;
        found.count++;
        if (!found.first)
            found.first = all[i]->id;
    }
    return found;
}

void incident_join_held_back(struct deciding *d)
{
    struct waiting found;

    if (d->body->is_private)
        return;
    found = look_around(d);
    if (found.count >= MANY && !found.is_spoken_for)
        d->body->held_at_ms = incident_now_ms(d) + SETTLES_MS;
}

static void tell_many(struct deciding *d, int64_t count)
{
    int64_t a_minute = effect_kind_find(effect_kinds, effect_kinds_count, EFFECT_CHANNEL)->limit->per_minute;

    d->body->held_told = count;
    incident_announce_first(
        d, arena_printf(d->view->arena,
                        "%" PRId64 " incidents wait for their channels: of these Slack takes %" PRId64
                        " a minute at most, so it takes %s at least. They go on meanwhile; what is said of them here "
                        "comes late, many in one message. `incident list` has all of them now.",
                        count, a_minute, duration_about((count + a_minute - 1) / a_minute * MINUTE_MS).text));
}

static void tell_over(struct deciding *d)
{
    d->body->held_told = d->body->held_at_ms = 0;
    incident_announce(d, "No incident waits for its channel any more.");
}

/* Told anew where they have become twice as many. */
void incident_tell_held_back(struct deciding *d)
{
    const struct waiting found = look_around(d);
    int64_t told = d->body->held_told;

    d->body->held_at_ms = incident_now_ms(d) + LOOKS_EVERY_MS;
    if (told == 0 ? found.count >= MANY : found.count >= 2 * told)
        tell_many(d, found.count);
    else if (told == 0)
        d->body->held_at_ms = 0;
    else if (found.count == 0)
        tell_over(d);
}

void incident_hand_on_held_back(struct deciding *d)
{
    struct waiting found;
    cJSON *told;

    if (d->body->held_at_ms == 0)
        return;
    found = look_around(d);
    if (found.first) {
        told = json_object();
        json_set_int(told, "told", d->body->held_told);
        outcome_message(d->out, found.first, INCIDENT_HELD_BACK, told);
    } else if (d->body->held_told > 0) {
        tell_over(d);
    }
}

void incident_take_held_back(struct deciding *d)
{
    d->body->held_told = json_find_int(d->event->body, "told", 0);
    d->body->held_at_ms = incident_now_ms(d) + SETTLES_MS;
}

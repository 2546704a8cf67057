/* one_way.c - people who deploy what is irreversible, and those who want it back all the same: with a glass, without
 * one, and with one that they may not break.
 */
#include "tests/simulation/scenario_internal.h"

#include <string.h>

static const struct {
    int64_t weight;
    const char *user; /* NULL: anybody */
    const char *command,
        *text; /* as in habits[] of people.c; "%i": behind it stands where an irreversible one serves */
} habits[] = {
    { 30, NULL, "/deploy", "%s staging v%d --irreversible" },
    { 4, NULL, "/deploy", "api staging v%d --irreversible" },
    { 2, NULL, "/deploy", "edge world v%d --irreversible" },
    { 3, NULL, "/deploy", "%i v%d" },
    { 2, NULL, "/deploy", "%i v%d --now" },
    { 6, NULL, "/rollback", "%i" },
    { 6, BOOKS_CAPTAIN, "/rollback", "%i --break-glass 'it loses orders'" },
    { 3, "U0BOB", "/rollback", "%i --break-glass 'it looks wrong to me'" },
    { 4, NULL, "/ops", "abort %i" },
    { 6, NULL, "/ops", "promote %i" },
};

/* "shop staging"; a region is none of a place's words. */
static const char *fill_in(const char *text, const char *target, struct arena *arena)
{
    const char *mark = strstr(text, "%i");
    struct str rest = str_of(target), service = str_take_until(&rest, '/'), environment = str_take_until(&rest, '/');

    return mark ? arena_printf(arena, "%.*s" STR_FMT " " STR_FMT "%s", (int)(mark - text), text, STR_ARG(service),
                               STR_ARG(environment), mark + strlen("%i"))
                : text;
}

void one_way_act(struct scenario *s)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *target = ledger_find_irreversible(s->ledger);
    int64_t sum = 0, at;
    size_t i;

    if (!s->has_one_way)
        return;
    for (i = 0; i < ARRAY_LEN(habits); i++)
        sum += habits[i].weight;
    at = scenario_draw(s, 0, sum - 1);
    for (i = 0; at >= habits[i].weight; i++)
        at -= habits[i].weight;
    if (!target && strstr(habits[i].text, "%i"))
        i = 0;
    if (habits[i].user)
        people_type_as(s, habits[i].user, habits[i].command, fill_in(habits[i].text, target, arena));
    else
        people_type(s, habits[i].command, fill_in(habits[i].text, target, arena));
}

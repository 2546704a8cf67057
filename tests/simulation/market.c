/* market.c - people at the market: who sells by a group, a team or a schedule, in a window, and past a freeze; who
 * looks at that afterwards; and who has files read again.
 */
#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"

#include <string.h>

#define OPENINGS 10

static const struct {
    int64_t weight;
    const char *user;           /* NULL: anybody */
    const char *command, *text; /* as in habits[] of people.c */
} habits[] = {
    { 34, NULL, "/deploy", "till market v%d" },
    { 4, NULL, "/deploy", "till market v%d --break-glass 'the fix for the outage'" },
    { 9, BOOKS_CAPTAIN, "/deploy", "till market v%d --break-glass 'the fix for the outage'" },
    { 9, BOOKS_OTHER_CAPTAIN, "/deploy", "till market v%d --break-glass 'the fix for the outage'" },
    { 3, NULL, "/deploy", "till market v%d --strategy all-at-once" },
    { 6, "U0CAROL", "/rollback", "till market" },
    { 4, "U0ERIN", "/ops", "pause till market" },
    { 3, NULL, "/ops", "resume till market" },
    { 4, NULL, "/ops", "promote till market" },
    { 5, NULL, "/ops", "retry till market" },
    { 1, NULL, "/ops", "abort till market" },
    { 5, NULL, "/ops", "review %v 'the rule was right'" },
    { 7, BOOKS_CAPTAIN, "/ops", "review %v 'I had to'" },
    { 8, "U0BOB", "/ops", "reload" },
    { 2, NULL, "/ops", "reload" },
    { 2, "U0ALICE", "/deploy", "web staging v%d --reason 'it is better'" },
};

static const char *draw_person(struct scenario *s)
{
    static const char *const people[] = { "U0CAROL", "U0CAROL", "U0ERIN", "U0ERIN", "U0DAN", "U0ALICE", "U0BOB" };

    return people[scenario_draw(s, 0, (int64_t)ARRAY_LEN(people) - 1)];
}

static int64_t weight_of(size_t row)
{
    return habits[row].weight;
}

void market_act(struct scenario *s)
{
    size_t i = dice_weighted(&s->dice, weight_of, ARRAY_LEN(habits));

    people_type_as(s, habits[i].user ? habits[i].user : draw_person(s), habits[i].command, habits[i].text);
}

static void on_opening(void *arg)
{
    people_type_as(arg, scenario_draw(arg, 0, 1) ? "U0CAROL" : "U0ERIN", "/deploy", "till market v%d");
}

/* A freeze may come soon, or go: what is to get its traffic is sold before it, or right behind it. */
void market_begin(struct scenario *s)
{
    for (int i = 0; i < OPENINGS; i++)
        scheduler_after(s->scheduler, scenario_draw(s, 5, 350) * SECOND_MS, 0, on_opening, s, NULL);
}

/* Not who broke it: so both are asked. */
void market_tidy(struct scenario *s)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *id;

    for (size_t at = 0; (id = ledger_next_review(s->ledger, &at)) != NULL;) {
        const char *text = arena_printf(arena, "review %s 'seen'", id);

        people_type_as(s, "U0ALICE", "/ops", text);
        people_type_as(s, "U0BOB", "/ops", text);
    }
}

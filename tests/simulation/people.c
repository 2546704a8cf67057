/* people.c - people at their keyboards: what they type and press. */
#include "tests/simulation/scenario_internal.h"

#include <string.h>

static const struct habit {
    int64_t weight;
    const char *command, *text; /* "%d" a version's number, "%s" a service that rolls out by steps, "%o" an operation's
                                   id; others: blanks[] */
} habits[] = {
    { 20, "/deploy", "api staging" },
    { 14, "/deploy", "web staging v%d" },
    { 10, "/deploy", "api staging v%d" },
    { 40, "/deploy", "%s staging v%d" },
    { 4, "/deploy", "%s staging v%d --strategy all-at-once" },
    { 4, "/deploy", "api staging v%d --strategy canary" },
    { 14, "/deploy", "api production v%d" },
    { 4, "/deploy", "wiki production v1.%d.0" },
    { 2, "/deploy", "wiki staging v1.%d.0" },
    { 2, "/rollback", "wiki production" },
    { 1, "/ops", "lock wiki production 'a migration'" },
    { 6, "/deploy", "%R v%d --now" },
    { 1, "/deploy", "all lab v%d --now" },
    { 2, "/deploy", "tool lab v%d --now" },
    { 4, "/ops", "approve %o" },
    { 3, "/ops", "halt it looks bad" },
    { 4, "/ops", "unhalt" },
    { 5, "/ops", "lock %s staging 'a migration'" },
    { 2, "/ops", "lock %s staging mine --steal" },
    { 2, "/ops", "lock %s staging --to slack:U0BOB" },
    { 2, "/ops", "lock staging --to slack:U0ALICE" },
    { 2, "/ops", "lock staging audit --for 1m --blocks all" },
    { 1, "/ops", "lock all outage" },
    { 4, "/ops", "unlock %s staging" },
    { 2, "/ops", "unlock staging" },
    { 1, "/ops", "locks" },
    { 6, "/deploy", "api stagin" },
    { 4, "/deploy", "" },
    { 7, "/status", "" },
    { 5, "/status", "api staging" },
    { 4, "/ops", "help" },
    { 3, "/ops", "" },
    { 4, "/ops", "deplyo api staging" },
    { 3, "/ops", "\"unterminated" },
    { 3, "/ops", "ring " POISON },
    { 3, "/ops", "deploy api staging branch:main" },
    { 20, "/ops", "ring" },
    { 8, "/ops", "ring later" },
    { 16, "/ops", "pull" },
    { 4, "/ops", "pull it now" },
    { 8, "/ops", "ring twice 'or more'" },
    { 2, "/deploy", "nothing staging" },
    { 5, "/rollback", "%s staging" },
    { 8, "/rollback", "%R" },
    { 3, "/rollback", "api staging" },
    { 3, "/rollback", "web staging --reason 'it looks wrong'" },
    { 3, "/rollback", "%s staging --from v%d" },
    { 3, "/rollback", "%s staging --to v%d" },
    { 1, "/rollback", "nothing staging" },
    { 6, "/ops", "pause %s staging" },
    { 5, "/ops", "resume %s staging" },
    { 12, "/ops", "resume %p" },
    { 4, "/ops", "promote %s staging" },
    { 4, "/ops", "promote %h" },
    { 2, "/ops", "abort %s staging" },
    { 4, "/ops", "retry %s staging" },
    { 22, "/ops", "retry %h" },
    { 3, "/ops", "pause %o" },
    { 3, "/ops", "promote %o --look %d" },
    { 2, "/ops", "abort %o" },
    { 2, "/ops", "retry %o" },
    { 2, "/ops", "promote D9%d" },
    { 1, "/ops", "promote D99999999999999999999" },
    { 1, "/ops", "promote %o --look -1" },
    { 1, "/ops", "promote %o --look 99999999999999999999" },
    { 1, "/ops", "abort %o; abort %o" },
    { 10, "/deploy", "all lab v%d" },
    { 3, "/deploy", "all lab --max-parallel 1" },
    { 10, "/deploy", "page,auth,data lab v%d --max-parallel 2" },
    { 9, "/deploy", "mail,auth lab v%d --max-parallel 1 --on-failure continue" },
    { 1, "/deploy", "auth,auth lab" },
    { 1, "/deploy", "auth,nothing lab" },
    { 1, "/deploy", "all lab --max-parallel 0" },
    { 8, "/deploy", "edge world v%d" },
    { 1, "/deploy", "edge world v%d --region asia-east1" },
    { 1, "/deploy", "all world v%d" },
    { 5, "/rollback", "edge world" },
    { 1, "/rollback", "edge world --region europe-west1" },
    { 1, "/rollback", "edge world --to v%d" },
    { 1, "/rollback", "auth lab" },
    { 8, "/rollback", "%G" },
    { 12, "/ops", "abort %g" },
    { 2, "/ops", "abort edge world" },
    { 1, "/ops", "pause %g" },
    { 30, "/deploy", "site lab v%d" },
    { 8, "/rollback", "site lab" },
    { 12, "/rollback", "%W" },
    { 14, "/deploy", "tool lab v%d" },
    { 14, "/deploy", "batch lab v%d" },
    { 3, "/deploy", "tool,batch lab v%d" },
    { 8, "/rollback", "tool lab" },
    { 8, "/rollback", "batch lab" },
    { 26, "/ops", "abort %w" },
    { 18, "/ops", "abort site lab" },
    { 1, "/ops", "pause tool lab" },
};
static const char *const rollout_services[] = { "shop", "shop", "cart", "docs", "docs", "blog" };

static int64_t weight_of(size_t row)
{
    return habits[row].weight;
}

static const struct habit *draw_habit(struct scenario *s)
{
    return &habits[dice_weighted(&s->dice, weight_of, ARRAY_LEN(habits))];
}

static const struct {
    char blank;
    enum running which;
    bool is_place; /* "shop staging", else an id */
} blanks[] = {
    { 'g', RUNNING_GROUP, false },   { 'w', RUNNING_WORKER, false },   { 'W', RUNNING_WORKER, true },
    { 'R', RUNNING_ROLLOUT, true },  { 'h', RUNNING_HELD, false },     { 'p', RUNNING_PAUSED, false },
    { 'G', RUNNING_WAITING, true },  { 'S', RUNNING_SHIFTING, false }, { 'E', RUNNING_EARLY, true },
    { 'x', RUNNING_PROGRAM, false }, { 'y', RUNNING_WORKFLOW, false }, { 'u', RUNNING_UNAPPROVED, false },
    { 'l', RUNNING_LOCK, false },    { 'v', RUNNING_REVIEW, false },
};

/* What runs now; when nothing like that does, something that is not there. */
static const char *fill_running(struct scenario *s, char blank, struct arena *arena)
{
    const char *id, *target;
    char *place;

    for (size_t i = 0; i < ARRAY_LEN(blanks); i++) {
        if (blanks[i].blank != blank || !ledger_find_running(s->ledger, blanks[i].which, &id, &target))
            continue;
        if (!blanks[i].is_place)
            return id;
        place = arena_strdup(arena, target);
        place[strcspn(place, "/")] = ' ';
        return place;
    }
    id = blank == 'o' ? ledger_heard_of(s->ledger, 12, &s->dice) : NULL;
    return id ? id : "D1";
}

static const char *fill_in(struct scenario *s, const char *text, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(1000);

    for (; *text; text++) {
        if (*text != '%') {
            buf_putc(&out, *text);
            continue;
        }
        text++;
        if (*text == 'd')
            buf_addf(&out, "%d", (int)scenario_draw(s, 1, 30));
        else if (*text == 's')
            buf_puts(&out, rollout_services[scenario_draw(s, 0, (int64_t)ARRAY_LEN(rollout_services) - 1)]);
        else
            buf_puts(&out, fill_running(s, *text, arena));
    }
    return arena_strdup(arena, buf_text(&out));
}

static const char *draw_person(struct scenario *s)
{
    static const char *const people[] = { "U0ALICE", "U0ALICE", "U0BOB", "U0BOB", "U0CAROL" };

    return people[scenario_draw(s, 0, (int64_t)ARRAY_LEN(people) - 1)];
}

/* Mostly one of the newest; sometimes on a card that has been updated since. NULL: there is none, or nobody dares. */
static const struct world_button *draw_button(struct scenario *s)
{
    const struct world_button *buttons, *button = NULL;
    size_t count = world_buttons(s->world, &buttons), newest = scenario_draw(s, 0, 3) ? 6 : 40;

    if (count == 0)
        return NULL;
    for (int tries = 0; tries == 0 || (tries < 3 && !strstr(button->value, "--look")); tries++) /* of a rollout first */
        button = &buttons[scenario_draw(s, newest < count ? (int64_t)(count - newest) : 0, (int64_t)count - 1)];
    /* few give up what they have begun */
    return str_starts_with(str_of(button->value), "abort") && scenario_draw(s, 0, 3) ? NULL : button;
}

static void press_some(struct scenario *s, const struct world_button *button)
{
    const char *person = draw_person(s);

    if (!world_may_read(s->world, button->channel, person))
        return;
    for (int64_t times = scenario_draw(s, 0, 2) > 0 ? 2 : 1; times > 0; times--)
        door_press(s, button, person); /* people double-click */
}

/* One that only counts while its card is true: to stop something any will do. */
static bool is_of(const struct world_button *button, const char *id)
{
    struct str rest = str_of(button->value), verb = str_take_word(&rest);

    return str_is(str_take_word(&rest), id) && strstr(button->value, "--look") && !str_is(verb, "pause") &&
           !str_is(verb, "abort");
}

void people_press_old(struct scenario *s)
{
    const struct world_button *buttons;
    size_t count = world_buttons(s->world, &buttons), found = 0;
    const char *id, *target;
    int64_t chosen;

    if (!ledger_find_running(s->ledger, RUNNING_BAKING, &id, &target))
        return;
    for (size_t i = 0; i < count; i++)
        found += is_of(&buttons[i], id);
    if (found == 0)
        return;
    chosen = scenario_draw(s, 1, (int64_t)found);
    for (size_t i = 0; i < count; i++)
        if (is_of(&buttons[i], id) && --chosen == 0)
            door_press(s, &buttons[i], draw_person(s));
}

void people_type_as(struct scenario *s, const char *user, const char *command, const char *text)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct line line = { user, command, fill_in(s, text, arena) };

    door_type(s, &line);
}

void people_type(struct scenario *s, const char *command, const char *text)
{
    people_type_as(s, draw_person(s), command, text);
}

void people_act(struct scenario *s)
{
    const struct world_button *button = scenario_draw(s, 0, 3) == 0 ? draw_button(s) : NULL;
    const struct habit *habit;

    if (button) {
        press_some(s, button);
        return;
    }
    habit = draw_habit(s);
    people_type(s, habit->command, habit->text);
}

void people_stop(struct scenario *s, const char *place)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *slash = strchr(place, '/'), *service = slash ? slash + 1 : place, *dash = strchr(service, '-');
    struct line line = { "U0BOB", "/ops", NULL };

    if (!dash || strcmp(dash + 1, "staging") != 0)
        return;
    line.text = arena_printf(arena, "%s %.*s staging", scenario_draw(s, 0, 1) ? "abort" : "pause",
                             (int)(dash - service), service);
    door_type(s, &line);
}

void people_unhold(struct scenario *s)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *id;

    door_type(s, &(struct line){ "U0ALICE", "/ops", "unhalt" });
    for (size_t at = 0; (id = ledger_next_lock(s->ledger, &at)) != NULL;)
        door_type(s, &(struct line){ "U0ALICE", "/ops", arena_printf(arena, "unlock %s", id) });
}

void people_tidy(struct scenario *s)
{
    static const char *const verbs[] = { "resume", "promote", "promote", "retry", "abort" };
    AUTO(arena) struct arena *arena = arena_create();
    const char *id;

    for (size_t at = 0; (id = ledger_next_live(s->ledger, &at)) != NULL;) {
        const char *verb = verbs[scenario_draw(s, 0, (int64_t)ARRAY_LEN(verbs) - 1)];
        struct line line = { "U0ALICE", "/ops", arena_printf(arena, "%s %s", verb, id) };

        door_type(s, &line);
    }
    people_unhold(s);
}

static const char *const others[] = { "tool lab", "batch lab", "site lab" }; /* no traffic of ours */

void people_deploy_others(struct scenario *s)
{
    AUTO(arena) struct arena *arena = arena_create();

    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        for (int version = 31; version <= 32; version++) {
            struct line line = { "U0ALICE", "/deploy", arena_printf(arena, "%s v%d", others[i], version) };

            door_type(s, &line);
        }
}

static void roll_back(struct scenario *s, const char *const *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct line line = { "U0BOB", "/rollback", places[i] };

        door_type(s, &line);
    }
}

void people_roll_back(struct scenario *s)
{
    static const char *const rollouts[] = { "api staging",  "web staging",  "shop staging", "cart staging",
                                            "docs staging", "blog staging", "auth lab",     "edge world" };

    if (scenario_draw(s, 0, 2) == 0)
        roll_back(s, rollouts, ARRAY_LEN(rollouts));
    roll_back(s, others, ARRAY_LEN(others));
}

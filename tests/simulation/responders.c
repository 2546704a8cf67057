/* responders.c - people who have to do with incidents: they declare them, answer, lead, tell how it stands, resolve
 * them and open them again, several at the same time, by commands. By buttons they do it in people.c.
 *
 * Each word that somebody writes has a mark of its own, so that it is known again wherever it stands.
 */
#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define LIVE_MAX 3
#define DECLARED_MAX 7
#define TRIGGERED_MAX 6
#define ACTS_EVERY_MS 5000

static const char *const people[] = { "U0ALICE", "U0BOB", "U0CAROL", "U0ERIN", "U0DAN" };
static const char *const titles[] = { "api down", "shop is slow", "no mail", "api down" }; /* some alike */

static int64_t draw(struct scenario *s, int64_t low, int64_t high)
{
    return dice_between(&s->responders, low, high);
}

static const char *draw_person(struct scenario *s)
{
    return people[draw(s, 0, (int64_t)ARRAY_LEN(people) - 1)];
}

static const char *mark(struct scenario *s, struct arena *arena)
{
    return arena_printf(arena, "zq%" PRId64 "q", ++s->marks);
}

static void type(struct scenario *s, const char *user, const char *text)
{
    door_type(s, &(struct line){ user, "/incident", text });
}

/* ---- what they type ---- */

static const struct word {
    int64_t weight;
    const char *text; /* "%i" an incident's id, "%p" somebody, "%m" a mark */
} words[] = {
    { 14, "ack %i" },
    { 6, "lead %i" },
    { 6, "lead %i %p" },
    { 5, "severity %i P2 fewer users" },
    { 4, "severity %i P1" },
    { 14, "update %i half of it is back, %m" },
    { 12, "note %i restarted a database, %m" },
    { 8, "resolve %i rolled back, %m" },
    { 3, "resolve %i" },
    { 26, "reopen %i it is back, %m" },
    { 2, "close %i" },
    { 5, "invite %i %p" },
    { 2, "invite %i <@U0STRANGER>" },
    { 4, "show %i" },
    { 2, "assess %i" },
    { 2, "list" },
    { 1, "stats 30d" },
    { 1, "ack" },
    { 1, "private %i" },
    { 1, "ack D99999" },
};

static int64_t weight_of(size_t row)
{
    return words[row].weight;
}

static const struct word *draw_word(struct scenario *s)
{
    return &words[dice_weighted(&s->responders, weight_of, ARRAY_LEN(words))];
}

static const char *fill_in(struct scenario *s, const char *text, const char *incident, struct arena *arena)
{
    AUTO_BUF struct buf out = BUF(1000);

    for (; *text; text++) {
        if (*text != '%') {
            buf_putc(&out, *text);
            continue;
        }
        text++;
        if (*text == 'i')
            buf_puts(&out, incident);
        else if (*text == 'p')
            buf_addf(&out, "<@%s>", draw_person(s));
        else
            buf_puts(&out, mark(s, arena));
    }
    return arena_strdup(arena, buf_text(&out));
}

static void declare(struct scenario *s)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *title = titles[draw(s, 0, (int64_t)ARRAY_LEN(titles) - 1)];

    s->declared++;
    type(s, draw_person(s),
         draw(s, 0, 3) == 0
             ? arena_printf(arena, "declare --private P%d a list leaked %s", (int)draw(s, 1, 3), mark(s, arena))
             : arena_printf(arena, "declare P%d %s%s", (int)draw(s, 1, 3), title,
                            draw(s, 0, 3) == 0 ? arena_printf(arena, " %s", mark(s, arena)) : ""));
}

static void act(struct scenario *s)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct incident_seen *incident = ledger_draw_incident(s->ledger, &s->responders);
    const char *user = draw_person(s);

    if (!incident)
        return;
    if (incident->is_private && incident->declarer && draw(s, 0, 1)) /* others see nothing of it, but they try */
        user = incident->declarer;
    type(s, user, fill_in(s, draw_word(s)->text, incident->id, arena));
}

/* ---- what they do in PagerDuty ---- */

static const char *draw_user(struct scenario *s)
{
    static const char *const users[] = { "PCAROL", "PERIN", "PSTRANGER", NULL };

    return users[draw(s, 0, 3)];
}

static const struct world_page *draw_page(struct scenario *s)
{
    struct world_page *const *list;
    size_t count = world_pages(s->world, &list);

    return count > 0 ? list[draw(s, count > 3 ? (int64_t)count - 3 : 0, (int64_t)count - 1)] : NULL;
}

static void trigger(struct scenario *s)
{
    static const char *const services[] = { HOUSE_PAGED, HOUSE_PAGED, HOUSE_PAGED_TOO, HOUSE_PAGED_LESS, "PSVCOTHER" };
    AUTO(arena) struct arena *arena = arena_create();

    s->triggered++;
    world_page_trigger(s->world, services[draw(s, 0, (int64_t)ARRAY_LEN(services) - 1)],
                       arena_printf(arena, "errors, %s", mark(s, arena)));
}

static void act_there(struct scenario *s)
{
    static const char *const statuses[] = { "acknowledged", "acknowledged", "resolved",
                                            "resolved",     "triggered",    "triggered" };
    AUTO(arena) struct arena *arena = arena_create();
    const struct world_page *page = draw_page(s);
    const char *user = draw_user(s);

    if (!page)
        return;
    if (draw(s, 0, 5) == 0)
        world_page_note(s->world, page->id, user, arena_printf(arena, "seen from there, %s", mark(s, arena)));
    else if (strcmp(page->status, "resolved") == 0 && draw(s, 0, 1))
        world_page_move(s->world, page->id, "triggered", user);
    else
        world_page_move(s->world, page->id, statuses[draw(s, 0, (int64_t)ARRAY_LEN(statuses) - 1)], user);
}

struct wish { /* of somebody here, that waits */
    struct scenario *scenario;
    const char *page, *then; /* what it is made there meanwhile, last */
};

static void on_meanwhile(void *arg)
{
    const struct wish *wish = arg;

    if (!world_page_move(wish->scenario->world, wish->page, "acknowledged", "PSTRANGER"))
        world_page_move(wish->scenario->world, wish->page, "triggered", "PSTRANGER");
}

static void on_then(void *arg)
{
    const struct wish *wish = arg;

    world_page_move(wish->scenario->world, wish->page, wish->then, "PERIN");
}

static const struct incident_seen *find_paged(struct scenario *s)
{
    const struct incident_seen *incident;

    for (size_t at = 0; (incident = ledger_next_incident(s->ledger, &at)) != NULL;)
        if (incident->page)
            return incident;
    return ledger_draw_incident(s->ledger, &s->responders);
}

/* Somebody wants something; and when others have done something else there, it could be written all the same. */
static void on_wish(void *arg)
{
    struct scenario *s = arg;
    AUTO(arena) struct arena *arena = arena_create();
    const struct incident_seen *incident = find_paged(s);
    const char *word = draw(s, 0, 1) ? "resolve" : "ack", *then = word[0] == 'r' ? "acknowledged" : "triggered";
    struct wish *wish;

    if (!incident)
        return;
    if (incident->is_resolved)
        word = "reopen", then = "resolved";
    type(s, draw_person(s), arena_printf(arena, "%s %s", word, incident->id));
    if (!incident->page)
        return;
    wish = world_keep(s->world, sizeof(*wish));
    *wish = (struct wish){ s, incident->page, then };
    scheduler_after(s->scheduler, draw(s, 7000, 10000), 0, on_meanwhile, wish, NULL);
    scheduler_after(s->scheduler, draw(s, 11000, 16000), 0, on_then, wish, NULL);
}

/* Nothing can be written there for a while: meanwhile somebody wants something here, and others do something there. */
static void be_away(struct scenario *s)
{
    bool is_short = draw(s, 0, 2) > 0;
    int64_t for_ms = (is_short ? draw(s, 20, 45) : draw(s, 10, 140)) * SECOND_MS;

    story_tell(s->story, "world", "PagerDuty is away for %" PRId64 " ms", for_ms);
    s->weather.pagerduty_down_until_ms = scenario_now_ms(s) + for_ms;
    if (!is_short)
        return;
    scheduler_after(s->scheduler, draw(s, 500, 3000), 0, on_wish, s, NULL);
}

static bool is_any_open(const struct scenario *s)
{
    struct world_page *const *list;
    size_t count = world_pages(s->world, &list);

    return count > 0 && strcmp(list[count - 1]->status, "resolved") != 0;
}

static void page(struct scenario *s)
{
    if (s->triggered < TRIGGERED_MAX && draw(s, 0, is_any_open(s) ? 9 : 1) == 0)
        trigger(s);
    else if (draw(s, 0, 11) == 0)
        be_away(s);
    else
        act_there(s);
}

/* Just as opsgate is about to write: it has looked already. */
static void on_look(void *ctx, const struct world_page *seen)
{
    struct scenario *s = ctx;

    if (s->is_calm || draw(s, 0, 7) > 0)
        return;
    scenario_count(s, FAULT_PAGE_MET);
    world_page_move(s->world, seen->id, draw(s, 0, 1) ? "resolved" : "acknowledged", draw_user(s));
}

static void on_turn(void *arg)
{
    struct scenario *s = arg;
    size_t live = ledger_incidents(s->ledger);

    if (s->is_calm)
        return;
    if (s->telling == 0)
        ledger_check_pages(s->ledger);
    if (draw(s, 0, 2) == 0)
        page(s);
    else if (live < LIVE_MAX && s->declared < DECLARED_MAX && draw(s, 0, live == 0 ? 1 : 7) == 0)
        declare(s);
    else
        act(s);
    scheduler_after(s->scheduler, draw(s, 200, ACTS_EVERY_MS), 0, on_turn, s, NULL);
}

/* ---- the calm ---- */

void responders_tidy(struct scenario *s)
{
    AUTO(arena) struct arena *arena = arena_create();
    const struct incident_seen *seen;

    if (s->telling == 0)
        ledger_check_pages(s->ledger);
    for (size_t at = 0; (seen = ledger_next_incident(s->ledger, &at)) != NULL;)
        type(s, seen->declarer ? seen->declarer : people[0],
             arena_printf(arena, "%s %s", seen->is_resolved ? "close" : "resolve", seen->id));
}

static void on_calm_turn(void *arg)
{
    responders_tidy(arg);
}

/* One last time some say this here and that there. */
static void on_calm(void *arg)
{
    struct scenario *s = arg;
    AUTO(arena) struct arena *arena = arena_create();
    const struct incident_seen *incident = ledger_draw_incident(s->ledger, &s->responders);

    if (incident && incident->is_resolved && draw(s, 0, 2))
        type(s, incident->declarer ? incident->declarer : people[0], arena_printf(arena, "reopen %s", incident->id));
    else
        act(s);
    act_there(s);
}

/* And one of them opens again what is over. */
static void on_late_calm(void *arg)
{
    struct scenario *s = arg;
    struct world_page *const *list;
    size_t count = world_pages(s->world, &list);

    for (size_t i = count; i > 0 && draw(s, 0, 1); i--)
        if (world_page_move(s->world, list[i - 1]->id, "triggered", draw_user(s)))
            return;
}

static void on_check(void *arg)
{
    struct scenario *s = arg;

    if (s->telling == 0 && s->is_calm)
        ledger_check_pages(s->ledger);
    ledger_check_prompts(s->ledger);
}

/* A channel of the name that is wanted is there already: others make such, too. */
static void take_names(struct scenario *s)
{
    AUTO(arena) struct arena *arena = arena_create();

    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        if (draw(s, 0, 2) == 0) {
            char *slug = arena_strdup(arena, titles[i]);

            for (char *c = slug; *c; c++)
                *c = *c == ' ' ? '-' : *c;
            world_take_name(s->world, arena_printf(arena, "inc-%s-%s", WORLD_EPOCH_DATE, slug));
        }
}

void responders_begin(struct scenario *s)
{
    if (!s->has_incidents)
        return;
    take_names(s);
    world_hear_pager(s->world, (struct world_pager){ s, senders_tell_page, on_look });
    scheduler_after(s->scheduler, draw(s, 1000, 20000), 0, on_turn, s, NULL);
    /* what is open when all becomes calm is let alone for a while, then ended */
    scheduler_after(s->scheduler, s->storm_until_ms + 12 * SECOND_MS, 0, on_late_calm, s, NULL);
    for (int i = 0; i < 3; i++)
        scheduler_after(s->scheduler, s->storm_until_ms + draw(s, 2000, 8000), 0, on_calm, s, NULL);
    for (int64_t after_ms = 30 * SECOND_MS; after_ms <= 170 * SECOND_MS; after_ms += 5 * SECOND_MS)
        scheduler_after(s->scheduler, s->storm_until_ms + after_ms, 0, on_check, s, NULL);
    for (int64_t after_ms = 90 * SECOND_MS; after_ms <= 170 * SECOND_MS; after_ms += 40 * SECOND_MS)
        scheduler_after(s->scheduler, s->storm_until_ms + after_ms, 0, on_calm_turn, s, NULL);
}

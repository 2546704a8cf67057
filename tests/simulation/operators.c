/* operators.c - people who run procedures of the configuration, and change what is no version of a service: how many
 * instances it may have, and from where it is reached.
 */
#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"
#include "tests/simulation/world_program.h"

#define ACTS_EVERY_MS 8000

static const struct word {
    int64_t weight;
    const char *text; /* "%r" a run of a procedure, "%s" a service in staging, "%n" a small number,
                         "%a" addresses, "%t" seconds of a block */
} words[] = {
    { 16, "run mend" },
    { 8, "run mend zone=b" },
    { 16, "run inspect" },
    { 2, "run mend c" },
    { 1, "run mned" },
    { 2, "run inspect --dry-run" },
    { 1, "run" },
    { 18, "retry %r" },
    { 14, "promote %r" },
    { 3, "abort %r" },
    { 3, "pause %r" },
    { 5, "resume %r" },
    { 16, "scale %s staging %n 9" },
    { 4, "scale %s staging 0 %n" },
    { 3, "scale %s staging unset" },
    { 2, "scale %s staging" },
    { 1, "scale %s staging 9 2" },
    { 14, "block %a for %ts" },
    { 2, "block %a for 30s a scanner" },
    { 1, "block %a for 30s --dry-run" },
    { 1, "block 10.0.0.7 for 30s" },
    { 1, "block %a for 5s" },
    { 5, "unblock %a" },
    { 1, "blocks" },
    { 2, "scale %s staging %n 20 --dry-run" },
};

static int64_t draw(struct scenario *s, int64_t low, int64_t high)
{
    return dice_between(&s->operators, low, high);
}

static int64_t weight_of(size_t row)
{
    return words[row].weight;
}

/* One of those that run; when none does, one that is not there. */
static const char *draw_run(struct scenario *s)
{
    const char *id, *found = "D99999";

    for (size_t at = 0, count = 1; (id = ledger_next_of(s->ledger, "runbook", &at)) != NULL; count++)
        if (draw(s, 1, (int64_t)count) == 1)
            found = id;
    return found;
}

static void fill_in(struct scenario *s, const char *text, struct buf *out)
{
    static const char *const addresses[] = { "203.0.113.7", "203.0.113.64/28", "198.51.100.9", "192.0.2.0/24",
                                             "2001:db8::/48" };
    static const char *const services[] = { "api", "api", "shop", "docs" };

    for (; *text; text++) {
        if (*text != '%') {
            buf_putc(out, *text);
            continue;
        }
        text++;
        if (*text == 'r')
            buf_puts(out, draw_run(s));
        else if (*text == 's')
            buf_puts(out, services[draw(s, 0, (int64_t)ARRAY_LEN(services) - 1)]);
        else if (*text == 'a')
            buf_puts(out, addresses[draw(s, 0, (int64_t)ARRAY_LEN(addresses) - 1)]);
        else
            buf_addf(out, "%d", (int)(*text == 't' ? draw(s, 10, 60) : draw(s, 1, 5)));
    }
}

static void say(struct scenario *s, const char *line)
{
    static const char *const people[] = { "U0ALICE", "U0ALICE", "U0BOB", "U0BOB", "U0CAROL" };
    AUTO_BUF struct buf text = BUF(200);

    fill_in(s, line, &text);
    door_type(s, &(struct line){ people[draw(s, 0, (int64_t)ARRAY_LEN(people) - 1)], "/ops", buf_text(&text) });
}

static void act(struct scenario *s)
{
    say(s, words[dice_weighted(&s->operators, weight_of, ARRAY_LEN(words))].text);
}

static void on_turn(void *arg)
{
    struct scenario *s = arg;

    if (s->is_calm)
        return;
    act(s);
    if (draw(s, 0, 7) == 0)
        world_scale_by_hand(s->world, (size_t)draw(s, 0, 5), (struct world_range){ draw(s, 0, 2), draw(s, 3, 5) });
    if (draw(s, 0, 24) == 0)
        world_unblock_by_hand(s->world);
    if (draw(s, 0, 14) == 0)
        world_lose_programs(s->world);
    scheduler_after(s->scheduler, draw(s, 200, ACTS_EVERY_MS), 0, on_turn, s, NULL);
}

/* What is begun in the calm comes to a good end more often. */
static void on_calm(void *arg)
{
    static const char *const lines[] = { "run mend", "run inspect", "scale %s staging %n 9", "block %a for 20s" };

    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        say(arg, lines[i]);
}

void operators_begin(struct scenario *s)
{
    if (!s->has_operators)
        return;
    scheduler_after(s->scheduler, draw(s, 1000, 10000), 0, on_turn, s, NULL);
    for (int i = 0; i < 4; i++)
        scheduler_after(s->scheduler, s->storm_until_ms + draw(s, 5, 120) * SECOND_MS, 0, on_calm, s, NULL);
}

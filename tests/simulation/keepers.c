/* keepers.c - people who keep databases: they fail them over, back them up, and restore them.
 */
#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"

#define ACTS_EVERY_MS 4000

static const struct word {
    int64_t weight;
    const char *text; /* "%f" a failover that runs, "%b" a backup or a restore; "%l" and "%k" good backups of
                         ledger and stock */
} words[] = {
    { 10, "failover ledger --confirm ledger --again" },
    { 6, "failover ledger --confirm ledger" },
    { 6, "failover orders --confirm orders --lose 60s" },
    { 4, "failover orders --confirm orders" },
    { 4, "failover orders --confirm orders --lose unknown --again" },
    { 10, "failover cache --confirm cache --again" },
    { 5, "failover cache --confirm cache --force-data-loss" },
    { 14, "backup create ledger before" },
    { 8, "backup create stock" },
    { 8, "backup restore ledger latest --into ledger-trial" },
    { 16, "backup restore ledger %l --confirm ledger" },
    { 14, "backup restore stock %k --confirm stock" },
    { 4, "backup restore stock %k --confirm stock --no-safety-backup" },
    { 4, "backup restore stock %k --confirm ledger" },
    { 4, "backup restore stock %k --into ledger-trial" },
    { 1, "backup restore ledger latest" },
    { 1, "backup list ledger" },
    { 10, "retry %b" },
    { 14, "promote %b" },
    { 4, "abort %b" },
    { 2, "failover" },
    { 2, "failover ledger" },
    { 2, "failover ledger --confirm leger --again" },
    { 1, "failover ledger --confirm ledger --dry-run" },
    { 10, "retry %f" },
    { 4, "abort %f" },
    { 1, "pause %f" },
};

static int64_t draw(struct scenario *s, int64_t low, int64_t high)
{
    return dice_between(&s->keepers, low, high);
}

static int64_t weight_of(size_t row)
{
    return words[row].weight;
}

/* One of those that run; when none does, one that is not there. */
static const char *draw_running(struct scenario *s, const char *kind)
{
    const char *id, *found = "D99999";

    for (size_t at = 0, count = 1; (id = ledger_next_of(s->ledger, kind, &at)) != NULL; count++)
        if (draw(s, 1, (int64_t)count) == 1)
            found = id;
    return found;
}

static void fill_in(struct scenario *s, const char *text, struct buf *out)
{
    for (; *text; text++)
        if (*text != '%')
            buf_putc(out, *text);
        else if (*++text == 'f' || *text == 'b')
            buf_puts(out, draw_running(s, *text == 'f' ? "failover" : "backup"));
        else
            buf_puts(out, world_draw_backup(s->world, *text == 'l' ? "ledger-db" : "stock-db", &s->keepers));
}

static void say(struct scenario *s, const char *line)
{
    static const char *const people[] = { "U0ALICE", "U0ALICE", "U0ALICE", "U0BOB", "U0BOB", "U0BOB", "U0CAROL" };
    AUTO_BUF struct buf text = BUF(200);

    fill_in(s, line, &text);
    door_type(s, &(struct line){ people[draw(s, 0, (int64_t)ARRAY_LEN(people) - 1)], "/ops", buf_text(&text) });
}

static void on_turn(void *arg)
{
    struct scenario *s = arg;

    if (s->is_calm)
        return;
    say(s, words[dice_weighted(&s->keepers, weight_of, ARRAY_LEN(words))].text);
    if (draw(s, 0, 9) == 0)
        world_touch_database(s->world, (size_t)draw(s, 0, 999));
    scheduler_after(s->scheduler, draw(s, 200, ACTS_EVERY_MS), 0, on_turn, s, NULL);
}

/* What is begun in the calm comes to a good end more often. */
static void on_calm(void *arg)
{
    static const char *const lines[] = { "failover ledger --confirm ledger --again",
                                         "failover cache --confirm cache --again", "backup create stock",
                                         "backup restore stock %k --confirm stock" };
    struct scenario *s = arg;

    for (size_t i = 0; i < ARRAY_LEN(lines); i++)
        say(s, lines[i]);
}

void keepers_begin(struct scenario *s)
{
    if (!s->has_keepers)
        return;
    s->weather.work_in_doubt = draw(s, 100, 700);
    s->weather.work_meets = draw(s, 0, 60);
    s->weather.scale_meets = draw(s, 0, 500);
    scheduler_after(s->scheduler, draw(s, 1000, 10000), 0, on_turn, s, NULL);
    scheduler_after(s->scheduler, s->storm_until_ms + draw(s, 5, 120) * SECOND_MS, 0, on_calm, s, NULL);
}

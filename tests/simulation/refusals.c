/* refusals.c - somebody takes a token away, or a permission, and after a while it is mended: there, and mostly the
 * configuration is read again right then; else the next one who reads it frees what waited.
 */
#include "tests/simulation/scenario_internal.h"

#include "bot/base/time.h"

static void read_again(void *arg)
{
    reload_same(arg);
}

static void on_mended(void *arg)
{
    struct scenario *s = arg;

    if (!s->weather.refuses)
        return;
    ledger_mended(s->ledger);
    story_tell(s->story, "operator", "mends what was refused");
    s->weather.refuses = 0;
    if (s->is_calm || scenario_draw(s, 0, 3)) /* when all is calm nothing else would be read for hours */
        scheduler_after(s->scheduler, scenario_draw(s, 0, 5000), 0, read_again, s, NULL);
}

static void begin(struct scenario *s, enum world_refuses what, int64_t for_ms)
{
    static const char *const names[REFUSES_COUNT] = {
        [REFUSES_SLACK_TOKEN] = "Slack takes the token no more",
        [REFUSES_SLACK_POSTS] = "Slack lets nothing be posted",
        [REFUSES_GITHUB_TOKEN] = "GitHub takes the token no more",
        [REFUSES_GITHUB_DEPLOYMENTS] = "GitHub lets no deployment be made or told of",
        [REFUSES_GOOGLE_TOKEN] = "Google takes no token",
        [REFUSES_GOOGLE_CHANGES] = "Google lets nothing be changed",
    };

    story_tell(s->story, "world", "%s, for %d s", names[what], (int)(for_ms / SECOND_MS));
    s->weather.refuses = 1U << what;
    scheduler_after(s->scheduler, for_ms, 0, on_mended, s, NULL);
}

void refusals_trouble(struct scenario *s)
{
    if (!s->weather.refuses)
        begin(s, (enum world_refuses)scenario_draw(s, 0, REFUSES_COUNT - 1), scenario_draw(s, 3000, 45000));
}

/* For a little while, when cards are shown all the time. */
void refusals_slack(struct scenario *s)
{
    if (s->weather.refuses || s->had_slack_refused)
        return;
    s->had_slack_refused = true;
    begin(s, scenario_draw(s, 0, 1) ? REFUSES_SLACK_TOKEN : REFUSES_SLACK_POSTS, scenario_draw(s, 5000, 15000));
}

static void on_wanted_back(void *arg)
{
    people_type(arg, "/rollback", "%R");
}

/* What bakes has to go back while nothing may be changed: because it turns bad, and because somebody wants it. */
void refusals_way_back(struct scenario *s)
{
    if (s->weather.refuses || s->had_refused_way_back || scenario_now_ms(s) < s->weather.metric_stopped_until_ms)
        return;
    s->had_refused_way_back = true;
    begin(s, REFUSES_GOOGLE_CHANGES, scenario_draw(s, 35000, 60000));
    world_break_newest(s->world);
    scheduler_after(s->scheduler, scenario_draw(s, 500, 6000), 0, on_wanted_back, s, NULL);
}

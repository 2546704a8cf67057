/* card.c - the card of a deploy: what it does now, where the traffic is, how it looks, and what one may decide. */
#include "handlers/deploy/card.h"

#include "handlers/deploy/asking.h"
#include "handlers/deploy/body.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/drift.h"
#include "handlers/deploy/forecast.h"
#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/judge.h"
#include "handlers/deploy/judging.h"
#include "handlers/deploy/probing.h"
#include "handlers/deploy/program.h"
#include "handlers/deploy/showing.h"
#include "handlers/deploy/shown.h"
#include "handlers/deploy/split.h"
#include "handlers/deploy/triggered.h"
#include "handlers/deploy/tune.h"
#include "handlers/image.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

static bool is_simple(const struct showing *s)
{
    return s->body->strategy == STRATEGY_ALL_AT_ONCE;
}

static int64_t percent_made(const struct showing *s)
{
    return deploy_percent(s->body);
}

static const char *about(int64_t ms, struct arena *arena)
{
    return arena_printf(arena, "%s", duration_about(ms).text);
}

/* ---- steps ---- */

/* What comes before any traffic, and, all at once, the rest; then a line for each step of traffic. */
static const struct stage stages[] = {
    { "Pin the image", "pinning the image", "Pinned", { "pinning", "awaiting-artifact" } },
    { "Checks green", "waiting for green checks", NULL, { "awaiting-checks", NULL } },
    { "Consent", "waiting for consent", NULL, { "awaiting-approval", NULL } },
    { "Wait for the target", "waiting for the target", "claimed", { "queued", NULL } },
    { "New revision, no traffic", "new revision, no traffic", "revision made", { "looking", "creating" } },
    { "Ready on Cloud Run", "waiting until it is ready on Cloud Run", "ready", { "starting", NULL } },
    { "Healthy", "waiting until it is healthy", "healthy", { "checking", NULL } },
    { "Switch all traffic", "switching all traffic", NULL, { "shifting", "switching" } },
    { "Verify", "verifying the traffic", NULL, { "verifying", NULL } },
};
#define STAGES_BEFORE_TRAFFIC 7

/* What is over of the preparations is one line: nobody looks at it any more. */
static void add_stages(const struct showing *s, size_t count, size_t now)
{
    const char *done = NULL;

    for (size_t i = 0; i < count && i < now; i++)
        done = !stages[i].done ? done : done ? arena_printf(s->arena, "%s, %s", done, stages[i].done) : stages[i].done;
    if (done)
        *ARENA_PUSH(s->arena, s->card->steps, s->card->steps_count) = (struct card_step){ STEP_OK, done };
    for (size_t i = 0; i < count; i++)
        if ((i >= now || !stages[i].done) && !showing_leaves_out(stages, i, now))
            showing_step(s, i, now, stages[i].text);
}

static const char *step_text(const struct showing *s, size_t step)
{
    int64_t percent = showing_percent(s, step), bake_ms = s->body->steps[step].bake_ms;

    if (step + 1 == s->body->steps_count || bake_ms == 0)
        return arena_printf(s->arena, "%" PRId64 " %%", percent);
    return arena_printf(s->arena, "%" PRId64 " %% · bake %s", percent, about(bake_ms, s->arena));
}

/* Which line it is at: the stages, each step of traffic, the watch; one more when all is done. */
static size_t line_of_now(const struct showing *s)
{
    const char *state = showing_has_ended_badly(s) && s->body->failed_in ? s->body->failed_in : s->operation->state;
    size_t stage = showing_stage(stages, ARRAY_LEN(stages), state),
           steps = STAGES_BEFORE_TRAFFIC + s->body->steps_count;

    if ((s->operation->result && !showing_has_ended_badly(s)) || strcmp(state, "handing-over") == 0)
        return steps + 1;
    if (stage < STAGES_BEFORE_TRAFFIC)
        return stage;
    return strcmp(state, "watching") == 0 ? steps : STAGES_BEFORE_TRAFFIC + (size_t)s->body->step;
}

static void add_steps(const struct showing *s)
{
    size_t line = line_of_now(s);

    add_stages(s, STAGES_BEFORE_TRAFFIC, line);
    for (size_t i = 0; i < s->body->steps_count; i++)
        showing_step(s, STAGES_BEFORE_TRAFFIC + i, line, step_text(s, i));
    if (s->body->watch_ms > 0)
        showing_step(s, STAGES_BEFORE_TRAFFIC + s->body->steps_count, line,
                     arena_printf(s->arena, "Watched %s", about(s->body->watch_ms, s->arena)));
}

static void add_simple_steps(const struct showing *s)
{
    size_t now = showing_stage_now(s, stages, ARRAY_LEN(stages));

    if (now == ARRAY_LEN(stages) && s->body->returning)
        now--;
    add_stages(s, ARRAY_LEN(stages), now);
}

/* ---- the status ---- */

/* Paused after a step that was not allowed: `resume` asks for that again, so the pause is what it waits for. */
static bool is_held(const struct deploy_body *body)
{
    return body->held && !(body->is_paused && body->is_denied);
}

const char *deploy_halt(const char *state, const struct deploy_body *body, struct arena *arena)
{
    size_t stage = showing_stage(stages, ARRAY_LEN(stages), state);
    bool is_made_whole = deploy_is_simple(body) && stage < ARRAY_LEN(stages); /* no step is left to wait with */

    if (body->returning || stage < STAGES_BEFORE_TRAFFIC)
        return NULL;
    if (is_held(body))
        return arena_printf(arena, "held at %" PRId64 " %%", deploy_percent(body));
    return body->is_paused && !is_made_whole ? arena_printf(arena, "paused at %" PRId64 " %%", deploy_percent(body))
                                             : NULL;
}

static const char *held_text(const struct showing *s, const char *halt)
{
    if (!s->body->held_until_ms)
        return arena_printf(s->arena, "%s: %s", halt, s->body->held);
    return arena_printf(s->arena, "%s: %s. Unless somebody answers by %s, traffic goes back", halt, s->body->held,
                        showing_instant(s, s->body->held_until_ms));
}

static const char *unjudged_text(const struct deploy_limits *limits)
{
    bool has_limits = limits->error_rate > 0 || limits->latency_p95_ms > 0 || limits->latency_vs_baseline > 0 ||
                      limits->queries_count > 0;

    return limits->is_judged ? "" : has_limits ? "; not judged: no metrics source" : "; not judged: no analysis";
}

static const char *looking_text(const struct showing *s)
{
    int64_t asked_ms = deploy_is_last_step(s->body) ? s->body->watch_ms : s->body->steps[s->body->step].bake_ms;
    int64_t observed_ms = shown_numbers(s->operation, s->body).observed_ms;
    int64_t whole_s = (observed_ms < asked_ms ? observed_ms : asked_ms) / SECOND_MS;

    return arena_printf(s->arena, "at %" PRId64 " %%, %s %s of %s%s", percent_made(s),
                        deploy_is_last_step(s->body) ? "watched" : "baked",
                        whole_s ? about(whole_s * SECOND_MS, s->arena) : "0 s", about(asked_ms, s->arena),
                        unjudged_text(&s->body->limits));
}

static const char *step_now_text(const struct showing *s)
{
    int64_t percent = s->body->steps_count ? showing_percent(s, (size_t)s->body->step) : 100;
    const char *halt = deploy_halt(s->operation->state, s->body, s->arena);

    if (s->body->returning)
        return arena_printf(s->arena, "traffic goes back to %s: %s", showing_code(s, s->body->previous),
                            deploy_returning_text(s->body, s->arena));
    if (showing_is_in(s, "handing-over"))
        return "good; what served before is handed over to be kept";
    if (halt)
        return is_held(s->body) ? held_text(s, halt) : halt;
    if (showing_is_in(s, "baking") || showing_is_in(s, "watching"))
        return looking_text(s);
    return arena_printf(s->arena,
                        showing_is_in(s, "verifying") ? "verifying the step to %" PRId64 " %%"
                                                      : "moving %" PRId64 " %% of the traffic to it",
                        percent);
}

static const char *now_text(const struct showing *s)
{
    size_t stage = showing_stage(stages, ARRAY_LEN(stages), s->operation->state);

    if (showing_is_in(s, "awaiting-approval"))
        return showing_lacking(s);
    if (showing_is_in(s, "awaiting-artifact"))
        return deploy_awaiting_text(s->view, s->body);
    if (showing_is_in(s, "awaiting-checks"))
        return deploy_checks_text(s->view, s->body);
    if (stage < STAGES_BEFORE_TRAFFIC)
        return s->body->is_paused ? arena_printf(s->arena, "%s; paused before any traffic", stages[stage].now)
                                  : stages[stage].now;
    if (is_simple(s) && stage < ARRAY_LEN(stages) && !s->body->held)
        return stages[stage].now;
    return step_now_text(s);
}

/* ---- fields, numbers ---- */

/* Names alone: values may be secrets. */
static const char *settings_text(const struct showing *s)
{
    const char *text = NULL;

    for (size_t i = 0; i < s->body->env_count; i++)
        text = arena_printf(s->arena, "%s%s`%s`", text ? text : "", text ? ", " : "", s->body->env[i].key);
    return text;
}

/* While it is paused nothing that was said of its numbers is of today, but that they are bad. Numbers of minutes ago
 * are said to be so. */
static const char *judge_text(const struct showing *s)
{
    const char *why = shown_numbers(s->operation, s->body).verdict_why;
    bool is_over = s->operation->result || s->body->returning;

    if (!why)
        return NULL;
    if (!is_over && s->body->verdict != JUDGE_FAIL && s->body->is_paused)
        return "paused: the numbers are judged again once it is resumed";
    if (!is_over && s->body->verdict != JUDGE_FAIL && s->body->limits.lag_ms >= SECOND_MS)
        why = arena_printf(s->arena, "%s; its metrics come %s late", why, about(s->body->limits.lag_ms, s->arena));
    return arena_printf(s->arena, "new version at %" PRId64 " %%, in this step: %s", deploy_step_percent(s->body), why);
}

/* Before it has all traffic: also while the last step, or all at once, is asked for. */
static bool is_increase_to_come(const struct showing *s)
{
    return !deploy_is_last_step(s->body) ||
           showing_stage(stages, ARRAY_LEN(stages), s->operation->state) <= STAGES_BEFORE_TRAFFIC;
}

static void add_fields(const struct showing *s)
{
    showing_hold(s, is_increase_to_come(s));
    showing_field(s, "To break the glass", deploy_glass_text(s->view, s->operation, s->body));
    showing_line(s);
    showing_field(s, "Version", showing_code(s, s->body->version));
    showing_field(s, "Asked by", triggered_asked_by(s->view, s->operation, s->body->trigger));
    showing_field(s, "Image", showing_code(s, image_short(s->body->image, s->arena)));
    showing_field(s, "Commit", deploy_commit_text(s->body, s->arena));
    showing_field(s, "Changes", s->body->tune ? tune_changes(s->body->tune, s->arena) : NULL);
    showing_field(s, "Settings", s->body->tune ? NULL : settings_text(s));
    showing_field(s, "Irreversible", irreversible_field(s->view, s->operation, s->body));
    showing_field(s, "Before", showing_code(s, s->body->previous));
    showing_field(s, "Drift", drift_text(s->view, s->operation, s->body));
    showing_field(s, "Kept", deploy_kept_text(s->view, s->operation, s->body));
    showing_field(s, "Reason", s->body->reason);
    showing_field(s, "Broken glass", deploy_broken_shown(s->body));
    showing_approval(s);
    showing_field(s, "Forecast", forecast_text(s->operation, s->body, s->arena));
    showing_field(s, "Probes", probing_text(s->body, shown_numbers(s->operation, s->body).probed, s->arena));
    showing_field(s, "Judge", judge_text(s));
}

static void add_numbers(const struct showing *s)
{
    const struct numbers numbers = shown_numbers(s->operation, s->body);

    if (numbers.probed)
        s->card->table_count = judge_probes_table(numbers.probed, s->arena, &s->card->table);
    else if (numbers.measured->at_ms)
        s->card->table_count = judge_table(&s->body->limits, numbers.measured, judging_window_ms(numbers.observed_ms),
                                           s->arena, &s->card->table);
}

static const char *tune_title(const struct showing *s)
{
    return arena_printf(s->arena, "%s %s in %s%s%s", strcmp(s->body->tune->verb, "set") == 0 ? "Settings of" : "Restart",
                        s->body->service, s->body->environment, showing_region(s)[0] ? ", " : "", showing_region(s));
}

void deploy_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct showing s = { view, operation, value, view->arena, card };

    if (s.body->tune && strcmp(s.body->tune->verb, "set") == 0 &&
        (s.body->tune->is_dry_run || s.body->tune->changes_count == 0))
        return; /* nothing does change, or what would is not known yet */
    if (s.body->program) {
        deploy_program_card(view, operation, s.body, card);
        return;
    }
    if (s.body->workflow) {
        deploy_card_workflow(view, operation, s.body, card);
        return;
    }
    card->title =
        s.body->tune ? tune_title(&s) :
        arena_printf(s.arena, "Deploy %s %s to %s%s%s", s.body->service, version_short(s.body->version, s.arena),
                     s.body->environment, showing_region(&s)[0] ? " in " : "", showing_region(&s));
    card->tone = showing_tone(&s);
    card->status = showing_status(&s, now_text(&s), "");
    add_fields(&s);
    if (is_simple(&s))
        add_simple_steps(&s);
    else
        add_steps(&s);
    add_numbers(&s);
    showing_buttons(&s);
    card->footer = showing_footer(&s);
}

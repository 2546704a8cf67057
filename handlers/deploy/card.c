/* card.c - the card of a deploy: what it does now, where the traffic is, how it looks, and what one may decide. */
#include "handlers/deploy/card.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/deploying.h"
#include "handlers/deploy/judge.h"
#include "handlers/deploy/program.h"
#include "handlers/deploy/split.h"
#include "handlers/image.h"

#include "bot/base/time.h"

#include <inttypes.h>
#include <string.h>

#define SHOWN_BYTES 150 /* of a name from outside */
#define ACTS_SHOWN 8

struct showing { /* one card being made */
    const struct view *view;
    const struct operation *operation;
    const struct deploy_body *body;
    struct arena *arena;
    struct card *card;
};

/* ---- words ---- */

static const char *as_code(const struct showing *s, const char *words)
{
    return words ? arena_printf(s->arena, "`%s`", card_quote(str_of(words), SHOWN_BYTES, s->arena)) : NULL;
}

static bool is_in(const struct showing *s, const char *state)
{
    return strcmp(s->operation->state, state) == 0;
}

static bool is_simple(const struct showing *s)
{
    return s->body->strategy == STRATEGY_ALL_AT_ONCE;
}

static bool is_last(const struct showing *s)
{
    return s->body->step + 1 >= (int64_t)s->body->steps_count;
}

static int64_t percent_made(const struct showing *s)
{
    return split_percent((struct split){ s->body->split, s->body->split_count }, s->body->revision);
}

static int64_t percent_of(const struct showing *s, size_t step)
{
    return step + 1 >= s->body->steps_count ? 100 : s->body->steps[step].percent;
}

/* Of a target in several: "api/production/us-east1". */
static const char *region_of(const struct showing *s)
{
    struct str rest = str_of(s->operation->target);

    str_take_until(&rest, '/');
    str_take_until(&rest, '/');
    return rest.len > 0 ? rest.at : "";
}

static const char *about(int64_t ms, struct arena *arena)
{
    return arena_printf(arena, "%s", duration_about(ms).text);
}

/* ---- steps ---- */

/* What comes before any traffic, and, all at once, the rest; then a line for each step of traffic. */
static const struct stage {
    const char *text, *now; /* as a step of the card; while it is under way */
    const char *states[3];  /* in which it is */
} stages[] = {
    { "Pin the image", "pinning the image", { "pinning", "awaiting-artifact" } },
    { "Wait for the target", "waiting for the target", { "queued", NULL } },
    { "New revision, no traffic", "new revision, no traffic", { "looking", "creating" } },
    { "Ready on Cloud Run", "waiting until it is ready on Cloud Run", { "starting", NULL } },
    { "Healthy", "waiting until it is healthy", { "checking", NULL } },
    { "Switch all traffic", "switching all traffic", { "shifting", "switching" } },
    { "Verify", "verifying the traffic", { "verifying", NULL } },
};
#define STAGES_BEFORE_TRAFFIC 5

static size_t stage_of(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        for (size_t k = 0; k < ARRAY_LEN(stages[i].states); k++)
            if (state && stages[i].states[k] && strcmp(state, stages[i].states[k]) == 0)
                return i;
    return ARRAY_LEN(stages);
}

static bool has_ended_badly(const struct showing *s)
{
    return s->operation->result && strcmp(s->operation->result, "done") != 0;
}

static void add_step(const struct showing *s, size_t i, size_t now, const char *text)
{
    bool is_bad = has_ended_badly(s) || s->operation->is_stuck || s->body->returning;

    *ARENA_PUSH(s->arena, s->card->steps, s->card->steps_count) = (struct card_step){ i < now   ? STEP_OK
                                                                                      : i > now ? STEP_NEXT
                                                                                      : is_bad  ? STEP_BAD
                                                                                                : STEP_NOW,
                                                                                      text };
}

static const char *step_text(const struct showing *s, size_t step)
{
    int64_t percent = percent_of(s, step), bake_ms = s->body->steps[step].bake_ms;

    if (step + 1 == s->body->steps_count || bake_ms == 0)
        return arena_printf(s->arena, "%" PRId64 " %%", percent);
    return arena_printf(s->arena, "%" PRId64 " %% · bake %s", percent, about(bake_ms, s->arena));
}

/* Which line it is at: the stages, each step of traffic, the watch; one more when all is done. */
static size_t line_of_now(const struct showing *s)
{
    const char *state = has_ended_badly(s) && s->body->failed_in ? s->body->failed_in : s->operation->state;
    size_t stage = stage_of(state), steps = STAGES_BEFORE_TRAFFIC + s->body->steps_count;

    if (s->operation->result && !has_ended_badly(s))
        return steps + 1;
    if (stage < STAGES_BEFORE_TRAFFIC)
        return stage;
    return strcmp(state, "watching") == 0 ? steps : STAGES_BEFORE_TRAFFIC + (size_t)s->body->step;
}

static void add_steps(const struct showing *s)
{
    size_t line = line_of_now(s);

    for (size_t i = 0; i < STAGES_BEFORE_TRAFFIC; i++)
        add_step(s, i, line, stages[i].text);
    for (size_t i = 0; i < s->body->steps_count; i++)
        add_step(s, STAGES_BEFORE_TRAFFIC + i, line, step_text(s, i));
    if (s->body->watch_ms > 0)
        add_step(s, STAGES_BEFORE_TRAFFIC + s->body->steps_count, line,
                 arena_printf(s->arena, "Watched %s", about(s->body->watch_ms, s->arena)));
}

static void add_simple_steps(const struct showing *s)
{
    size_t now = stage_of(has_ended_badly(s) ? s->body->failed_in : s->operation->state);

    if (now == ARRAY_LEN(stages) && s->body->returning)
        now--;
    for (size_t i = 0; i < ARRAY_LEN(stages); i++)
        add_step(s, i, now, stages[i].text);
}

/* ---- the status ---- */

static enum card_tone tone_of(const struct showing *s)
{
    if (s->operation->is_stuck)
        return CARD_BAD;
    if (!s->operation->result)
        return s->body->returning ? CARD_BAD
               : s->body->held || s->body->is_paused || is_in(s, "queued") || is_in(s, "awaiting-artifact")
                   ? CARD_WAITING
                   : CARD_RUNNING;
    return has_ended_badly(s) ? CARD_BAD : CARD_GOOD;
}

static const char *held_text(const struct showing *s)
{
    if (!s->body->held_until_ms)
        return arena_printf(s->arena, "held at %" PRId64 " %%: %s", percent_made(s), s->body->held);
    return arena_printf(s->arena, "held at %" PRId64 " %%: %s. Traffic goes back at %s unless somebody answers",
                        percent_made(s), s->body->held, time_format(s->body->held_until_ms).text);
}

static const char *unjudged_text(const struct deploy_limits *limits)
{
    bool has_limits = limits->error_rate > 0 || limits->latency_p95_ms > 0 || limits->latency_vs_baseline > 0 ||
                      limits->queries_count > 0;

    return limits->is_judged ? "" : has_limits ? "; not judged: no metrics source" : "; not judged: no analysis";
}

static const char *looking_text(const struct showing *s)
{
    int64_t asked_ms = is_last(s) ? s->body->watch_ms : s->body->steps[s->body->step].bake_ms;
    int64_t whole_s = (s->body->observed_ms < asked_ms ? s->body->observed_ms : asked_ms) / SECOND_MS;

    return arena_printf(s->arena, "at %" PRId64 " %%, %s %s of %s%s", percent_made(s), is_last(s) ? "watched" : "baked",
                        about(whole_s * SECOND_MS, s->arena), about(asked_ms, s->arena),
                        unjudged_text(&s->body->limits));
}

static const char *step_now_text(const struct showing *s)
{
    int64_t percent = s->body->steps_count ? percent_of(s, (size_t)s->body->step) : 100;

    if (s->body->returning)
        return arena_printf(s->arena, "traffic goes back to %s: %s", as_code(s, s->body->previous), s->body->returning);
    if (s->body->held && !(s->body->is_paused && s->body->is_denied))
        return held_text(s);
    if (s->body->is_paused)
        return arena_printf(s->arena, "paused at %" PRId64 " %%", percent_made(s));
    if (is_in(s, "baking") || is_in(s, "watching"))
        return looking_text(s);
    return arena_printf(s->arena,
                        is_in(s, "verifying") ? "verifying the step to %" PRId64 " %%"
                                              : "moving %" PRId64 " %% of the traffic to it",
                        percent);
}

static const char *now_text(const struct showing *s)
{
    size_t stage = stage_of(s->operation->state);

    if (is_in(s, "awaiting-artifact"))
        return deploy_awaiting_text(s->body, s->arena);
    if (stage < STAGES_BEFORE_TRAFFIC)
        return s->body->is_paused ? arena_printf(s->arena, "%s; paused before any traffic", stages[stage].now)
                                  : stages[stage].now;
    if (is_simple(s) && stage < ARRAY_LEN(stages) && !s->body->held)
        return stages[stage].now;
    return step_now_text(s);
}

/* With its id in front: a notification shows title and status alone. */
static const char *status_of(const struct showing *s)
{
    const struct operation *operation = s->operation;

    if (operation->is_stuck)
        return arena_printf(
            s->arena,
            "%s is stuck: its own event crashed opsgate; its target was given back. Look at what it has "
            "done before you deploy %s again: `opsgate ops show %s`",
            operation->id, operation->target, operation->id);
    if (operation->summary || !s->body->problem)
        return arena_printf(s->arena, "%s: %s", operation->id, operation->summary ? operation->summary : now_text(s));
    return arena_printf(s->arena, "%s: %s (%s)", operation->id, now_text(s), s->body->problem);
}

/* ---- fields, numbers, acts ---- */

static void add_field(const struct showing *s, const char *name, const char *value)
{
    if (value)
        *ARENA_PUSH(s->arena, s->card->fields, s->card->fields_count) = (struct card_field){ name, value };
}

static const char *kept_text(const struct showing *s)
{
    if (s->body->keep_ms == 0 || !s->operation->result || has_ended_badly(s))
        return NULL;
    return arena_printf(s->arena, "%s, until the first deploy after %s", as_code(s, s->body->previous),
                        time_format(s->operation->ended_at_ms + s->body->keep_ms).text);
}

/* Names alone: values may be secrets. */
static const char *settings_text(const struct showing *s)
{
    const char *text = NULL;

    for (size_t i = 0; i < s->body->env_count; i++)
        text = arena_printf(s->arena, "%s%s`%s`", text ? text : "", text ? ", " : "", s->body->env[i].key);
    return text;
}

static void add_fields(const struct showing *s)
{
    add_field(s, "Version", as_code(s, s->body->version));
    add_field(s, "Asked by", principal_mention(&s->operation->requester, s->arena));
    add_field(s, "Image", as_code(s, image_short(s->body->image, s->arena)));
    add_field(s, "Commit", deploy_commit_text(s->body, s->arena));
    add_field(s, "Settings", settings_text(s));
    add_field(s, "Before", as_code(s, s->body->previous));
    add_field(s, "Kept", kept_text(s));
    add_field(s, "Reason", s->body->reason);
    add_field(s, "Judge", s->body->verdict_why);
}

static void add_numbers(const struct showing *s)
{
    if (s->body->measured.at_ms)
        s->card->table_count = judge_table(&s->body->limits, &s->body->measured, s->arena, &s->card->table);
}

static const char *footer_of(const struct showing *s)
{
    size_t first = s->body->acts_count > ACTS_SHOWN ? s->body->acts_count - ACTS_SHOWN : 0;
    const char *text = arena_printf(s->arena, "asked %s", time_format(s->operation->created_at_ms).text);

    for (size_t i = first; i < s->body->acts_count; i++)
        text = arena_printf(s->arena, "%s\n%s %s %s", text, time_format(s->body->acts[i].at_ms).text,
                            s->body->acts[i].who, s->body->acts[i].what);
    return text;
}

/* ---- buttons ---- */

static void add_action(const struct showing *s, const char *label, const char *verb, enum action_style style,
                       const char *confirm)
{
    *ARENA_PUSH(s->arena, s->card->actions, s->card->actions_count) = (struct card_action){
        .label = label,
        .command = arena_printf(s->arena, "%s %s --look %" PRId64, verb, s->operation->id, s->body->looks),
        .style = style,
        .confirm = confirm,
    };
}

static void add_promote(const struct showing *s)
{
    bool is_first = is_in(s, "shifting");
    const char *label = s->body->verdict == JUDGE_FAIL ? "Promote anyway"
                        : is_last(s) && !is_first      ? "Call it good"
                                                       : arena_printf(s->arena, "Promote to %" PRId64 " %%",
                                                                      percent_of(s, (size_t)s->body->step + !is_first));

    add_action(s, label, "promote", ACTION_PRIMARY,
               s->body->verdict == JUDGE_FAIL ? "Its numbers are over a limit. Give it more traffic all the same?"
                                              : NULL);
}

static void add_way_back(const struct showing *s, bool has_traffic)
{
    if (has_traffic)
        add_action(s, "Roll back", "abort", ACTION_DANGER,
                   arena_printf(s->arena, "All traffic of %s goes back to what served before.", s->operation->target));
    else
        add_action(s, "Abort", "abort", ACTION_PLAIN, NULL);
}

static void add_rollback(const struct showing *s)
{
    *ARENA_PUSH(s->arena, s->card->actions, s->card->actions_count) = (struct card_action){
        .label = "Roll back",
        .command = arena_printf(s->arena, "rollback %s %s%s%s --from %s", s->body->service, s->body->environment,
                                region_of(s)[0] ? " --region " : "", region_of(s), s->operation->id),
        .style = ACTION_DANGER,
        .confirm = arena_printf(s->arena, "All traffic of %s goes back to the version before.", s->operation->target),
    };
}

static void add_actions(const struct showing *s)
{
    bool is_waiting = is_in(s, "shifting") && s->body->is_denied; /* for the first step */
    bool is_looking = is_in(s, "baking") || is_in(s, "watching");

    if (s->operation->is_stuck || s->body->returning || has_ended_badly(s))
        return;
    if (s->operation->result) {
        add_rollback(s);
        return;
    }
    if ((is_looking || is_waiting) && !s->body->is_paused)
        add_promote(s);
    if (s->body->is_paused)
        add_action(s, "Resume", "resume", ACTION_PLAIN, NULL);
    else if (!is_simple(s))
        add_action(s, "Pause", "pause", ACTION_PLAIN, NULL);
    if (s->body->held && !s->body->is_paused)
        add_action(s, "Retry", "retry", ACTION_PLAIN, NULL);
    add_way_back(s, is_looking || is_in(s, "verifying") || (is_in(s, "shifting") && !is_waiting));
}

void deploy_card(const struct view *view, const struct operation *operation, const void *value, struct card *card)
{
    const struct showing s = { view, operation, value, view->arena, card };

    if (s.body->program) {
        deploy_program_card(view, operation, s.body, card);
        return;
    }
    if (s.body->workflow) {
        deploy_card_workflow(view, operation, s.body, card);
        return;
    }
    card->title =
        arena_printf(s.arena, "Deploy %s %s to %s%s%s", s.body->service, version_short(s.body->version, s.arena),
                     s.body->environment, region_of(&s)[0] ? " in " : "", region_of(&s));
    card->tone = tone_of(&s);
    card->status = status_of(&s);
    add_fields(&s);
    if (is_simple(&s))
        add_simple_steps(&s);
    else
        add_steps(&s);
    add_numbers(&s);
    add_actions(&s);
    card->footer = footer_of(&s);
}

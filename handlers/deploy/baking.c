/* baking.c - looks at a step that was made, until so much time was observed: baking, and watching once all traffic is
 * there. */
#include "handlers/deploy/deploying.h"

#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/judge.h"
#include "handlers/deploy/judging.h"
#include "handlers/deploy/probing.h"

#include "bot/model/exchange.h"
#include "bot/model/plant.h"

#include <string.h>

#define LOOK_MIN_MS SECOND_MS
#define LOOK_MAX_MS (10 * SECOND_MS)
#define LOOK_WATCHING_MAX_MS (30 * SECOND_MS)
#define LOOKS_MISSED 3 /* a longer gap than so many looks: what was observed before does not count */
#define MEASURE_DEADLINE_MS (30 * SECOND_MS)
#define EDGE_MS 100 /* after the end of a block, so that it is told */

/* ---- looks ---- */

static int64_t time_asked(const struct deploying *d) /* to be observed in this state */
{
    return deploy_is_last_step(d->body) ? d->body->watch_ms : d->body->steps[d->body->step].bake_ms;
}

static int64_t between(int64_t value, int64_t min, int64_t max)
{
    return value < min ? min : value > max ? max : value;
}

static int64_t look_every_ms(const struct deploying *d)
{
    return between(time_asked(d) / 10, LOOK_MIN_MS, deploy_is_last_step(d->body) ? LOOK_WATCHING_MAX_MS : LOOK_MAX_MS);
}

static void measure(struct deploying *d)
{
    struct measure_ask ask = judging_ask(d->body, judging_window_ms(d->body->observed_ms));

    outcome_read(d->out, "measure", READING_MEASURE, shape_to_json(&measure_ask_shape, &ask, SHAPE_WHOLE),
                 MEASURE_DEADLINE_MS);
}

static bool counts_requests(const struct deploying *d) /* of users */
{
    return d->body->limits.is_judged && !d->body->limits.probes;
}

static void probe(struct deploying *d)
{
    struct probes_ask ask = probing_ask(d->body, d->view->arena);

    outcome_read(d->out, "probes", READING_PROBES, shape_to_json(&probes_ask_shape, &ask, SHAPE_WHOLE),
                 probing_deadline_ms(&ask));
}

/* A slow answer is waited for: to ask again would take its place, and so none would ever come. */
static bool is_awaited(const struct deploying *d, const char *reading)
{
    for (size_t i = 0; i < d->operation->awaited_count; i++)
        if (strcmp(d->operation->awaited[i].name, reading) == 0)
            return true;
    return false;
}

void deploy_on_look_timer(struct deploying *d)
{
    deploy_keep(d);
    if (!is_awaited(d, "service"))
        deploy_read_service(d);
    if (counts_requests(d) && !is_awaited(d, "measure"))
        measure(d);
    if (d->body->limits.probes && !is_awaited(d, "probes"))
        probe(d);
    outcome_timer(d->out, "look", d->view->now_ms + look_every_ms(d));
}

/* What is still on its way belongs to the step before, so it is asked anew. */
void deploy_begin_looking(struct deploying *d)
{
    d->body->observed_ms = 0;
    d->body->observed_at_ms = d->view->now_ms;
    d->body->clock_jumps = d->view->clock_jumps;
    if (counts_requests(d))
        judging_begin_step(d->body, d->view->arena);
    probing_begin_step(d->body, d->view->now_ms, d->view->arena);
    d->body->verdict = JUDGE_NONE;
    d->body->verdict_why = NULL;
    d->body->measured = (struct measured){ .at_ms = 0 };
    deploy_read_service(d);
    if (counts_requests(d))
        measure(d);
    if (d->body->limits.probes)
        probe(d);
    outcome_timer(d->out, "look", d->view->now_ms + look_every_ms(d));
}

void deploy_enter(struct deploying *d, const char *state)
{
    d->body->looks++;
    deploy_move(d, state, DEPLOY_NO_DEADLINE_MS);
    deploy_begin_looking(d);
}

void deploy_judge_anew(struct deploying *d)
{
    deploy_release_hold(d);
    deploy_enter(d, d->state);
}

/* ---- what they bring ---- */

/* A clock that jumped since the last look, and nobody watched it, hides how long ago that was. */
static bool is_gap(const struct deploying *d)
{
    int64_t passed_ms = d->view->now_ms - d->body->observed_at_ms;

    if (d->body->clock_jumps != d->view->clock_jumps)
        return true;
    return passed_ms < 0 || passed_ms > LOOKS_MISSED * look_every_ms(d);
}

static void begin_anew(struct deploying *d)
{
    d->body->observed_ms = 0;
    judging_begin_anew(d->body, d->view->arena);
    probing_begin_anew(d->body, d->view->arena);
}

void deploy_count_time(struct deploying *d)
{
    if (is_gap(d))
        begin_anew(d);
    else if (!d->body->is_paused && !d->body->held)
        d->body->observed_ms += d->view->now_ms - d->body->observed_at_ms;
    d->body->observed_at_ms = d->view->now_ms;
    d->body->clock_jumps = d->view->clock_jumps;
}

/* What a step came to, and by which numbers: once, when something follows from it. */
static void journal_verdict(struct deploying *d, const char *verdict, const char *why)
{
    cJSON *body = json_object();

    json_set_int(body, "percent", deploy_step_percent(d->body));
    json_set_int(body, "step", d->body->step);
    json_set_int(body, "observed_ms", d->body->observed_ms);
    json_set_string(body, "verdict", verdict);
    json_set_string(body, "why", why);
    outcome_journal(d->out, "deploy.judged", body, NULL);
}

/* Nobody judges: time alone tells that a watch is over, and a person what becomes of a step. */
static void on_time(struct deploying *d)
{
    deploy_keep(d);
    if (d->body->is_paused || d->body->held || d->body->observed_ms < time_asked(d))
        return;
    if (!deploy_is_last_step(d->body) && time_asked(d) > 0) {
        deploy_hold(d,
                    arena_printf(d->view->arena, "baked %s without a judge: promote it or roll it back",
                                 duration_about(time_asked(d)).text),
                    0);
    } else {
        journal_verdict(d, "not judged", "there is no judge, so time alone decides");
        deploy_go_on(d);
    }
}

static void act_on(struct deploying *d, struct judgement judgement);

static void judge_by_probes(struct deploying *d)
{
    act_on(d, judge_probes(d->body, d->view->now_ms, d->view->arena));
}

void deploy_on_seen(struct deploying *d)
{
    struct run_service service;
    struct split asked;
    const char *why;

    if (!deploy_sees(d, &service, &why)) {
        d->body->problem = why;
        deploy_keep(d);
        return;
    }
    asked = split_asked(&service, d->view->arena);
    if (asked.count > 0 && !split_equal(asked, deploy_split(d->body))) {
        if (deploy_was_returned_alone(d, &service, asked))
            deploy_on_returned_alone(d);
        else
            deploy_end_foreign(d, asked, deploy_split(d->body));
        return;
    }
    d->body->problem = NULL;
    deploy_count_time(d);
    if (d->body->limits.probes)
        judge_by_probes(d);
    else if (d->body->limits.is_judged)
        deploy_keep(d);
    else
        on_time(d);
}

static struct judgement judgement_of(struct deploying *d)
{
    struct measured *measured = ARENA_NEW(d->view->arena, struct measured);
    const char *problem = NULL;
    struct error err;

    if (d->event->end != END_DONE)
        problem = deploy_reason(d);
    else if (!shape_from_json(&measured_shape, d->event->body, d->view->arena, measured, &err))
        problem = deploy_quote(d, err.message);
    judging_hear(d->body, problem ? NULL : measured, view_unix_ms(d->view), d->view->arena);
    if (!problem) {
        d->body->measured = *measured;
        d->body->measured.blocks = NULL; /* they are counted */
        d->body->measured.blocks_count = 0;
    }
    return judge(d->body, problem ? NULL : measured, problem, d->view->arena);
}

/* Only time is missing: the next look is made when it is over, and not a tenth of the bake later. */
static void look_in_time(struct deploying *d, const struct judgement *judgement)
{
    int64_t after_ms = judgement->after_ms > LOOK_MIN_MS / 2 ? judgement->after_ms : LOOK_MIN_MS / 2;

    if (judgement->verdict == JUDGE_WAIT && judgement->after_ms > 0 && after_ms + EDGE_MS < look_every_ms(d))
        outcome_timer(d->out, "look", d->view->now_ms + after_ms + EDGE_MS);
}

/* Held by an earlier look already: the person's time to answer is not given anew with each. */
static void hold_for_answer(struct deploying *d, const char *why)
{
    if (!d->body->held || d->body->is_denied)
        deploy_hold(d, why, d->body->limits.unanswered_ms);
}

/* Who pauses a held step takes its deadline away. Without a judge it never had one. */
void deploy_await_answer(struct deploying *d)
{
    if (!d->body->held || d->body->is_denied || d->body->verdict == JUDGE_NONE || !d->body->limits.unanswered_ms ||
        irreversible_is_kept(d->operation, d->body))
        return;
    d->body->held_until_ms = d->view->now_ms + d->body->limits.unanswered_ms;
    outcome_timer(d->out, "unanswered", d->body->held_until_ms);
}

static void on_fail(struct deploying *d, const char *why)
{
    if (d->body->limits.on_fail == ON_FAIL_ROLLBACK)
        deploy_return_now(d, why);
    else
        hold_for_answer(d, why);
}

static void on_inconclusive(struct deploying *d, const char *why)
{
    journal_verdict(d, "inconclusive", why);
    if (d->body->limits.on_inconclusive == ON_INCONCLUSIVE_ROLLBACK)
        deploy_return_now(d, why);
    else if (d->body->limits.on_inconclusive == ON_INCONCLUSIVE_PROMOTE)
        deploy_go_on(d);
    else
        hold_for_answer(d, why);
}

static void pass(struct deploying *d, const char *why)
{
    journal_verdict(d, "passed", why);
    deploy_go_on(d);
}

/* A bad verdict counts always; a good one waits for whoever paused or holds it. */
static void act_on(struct deploying *d, struct judgement judgement)
{
    bool waits = (d->body->is_paused && !PLANTED(PAUSE_IGNORED)) || d->body->held;
    bool was_failing = d->body->verdict == JUDGE_FAIL; /* held for that, it is looked at all the same */

    if (PLANTED(VERDICT_IGNORED) && judgement.verdict == JUDGE_FAIL)
        judgement.verdict = JUDGE_PASS;
    d->body->verdict = judgement.verdict;
    d->body->verdict_why = judgement.why;
    deploy_keep(d);
    if (judgement.verdict == JUDGE_FAIL && !was_failing)
        journal_verdict(d, "failed", judgement.why);
    if (judgement.verdict == JUDGE_FAIL)
        on_fail(d, judgement.why);
    else if (judgement.verdict == JUDGE_INCONCLUSIVE && !waits)
        on_inconclusive(d, judgement.why);
    else if (judgement.verdict == JUDGE_PASS && !waits)
        pass(d, judgement.why);
    else if (judgement.verdict == JUDGE_NONE)
        on_time(d);
    else if (!waits)
        look_in_time(d, &judgement);
}

/* Once: while the service cannot be read, each answer comes in the same gap. */
static void begin_anew_after_gap(struct deploying *d)
{
    if (is_gap(d) && (d->body->observed_ms > 0 || time_asked(d) <= 0))
        begin_anew(d);
}

void deploy_on_measured(struct deploying *d)
{
    begin_anew_after_gap(d);
    act_on(d, judgement_of(d));
}

static void hear_probes(struct deploying *d)
{
    struct probes_made *made = ARENA_NEW(d->view->arena, struct probes_made);
    const char *problem = NULL;
    struct error err;

    if (d->event->end != END_DONE)
        problem = deploy_reason(d);
    else if (!shape_from_json(&probes_made_shape, d->event->body, d->view->arena, made, &err))
        problem = deploy_quote(d, err.message);
    probing_hear(d->body, problem ? NULL : made, problem, d->view->now_ms, d->view->arena);
}

/* An asking takes its time, so the next one follows it; one that could not be carried out waits for the next look. */
void deploy_on_probed(struct deploying *d)
{
    begin_anew_after_gap(d);
    hear_probes(d);
    judge_by_probes(d);
    if (d->event->end == END_DONE && !d->out->state && !d->out->result)
        probe(d);
}

void deploy_on_unanswered(struct deploying *d)
{
    if (!d->body->held || !d->body->held_until_ms)
        return;
    if (d->view->now_ms < d->body->held_until_ms)
        outcome_timer(d->out, "unanswered", d->body->held_until_ms);
    else
        deploy_return_now(d, arena_printf(d->view->arena, "nobody answered within %s: %s",
                                          duration_about(d->body->limits.unanswered_ms).text, d->body->held));
}

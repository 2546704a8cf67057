#include "handlers/deploy/deploying.h"

#include "handlers/deploy/irreversible.h"
#include "handlers/deploy/shown.h"

#include "bot/model/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE_BYTES 1500
#define SERVICE_DEADLINE_MS (30 * SECOND_MS)

/* ---- how it ends ---- */

static const char *sentence_of(const struct deploying *d, const char *fmt, va_list args)
{
    char text[SENTENCE_BYTES];

    vsnprintf(text, sizeof(text), fmt, args);
    return arena_strdup(d->view->arena, text);
}

static void close_body(struct deploying *d)
{
    d->body->failed_in = d->state;
    outcome_move(d->out, NULL, d->body);
}

void deploy_fail(struct deploying *d, const char *fmt, ...)
{
    const char *sentence;
    va_list args;

    va_start(args, fmt);
    sentence = sentence_of(d, fmt, args);
    va_end(args);
    close_body(d);
    d->out->leaves_doubt =
        deploy_is_in(d, "verifying") || deploy_is_in(d, "returning") || deploy_is_in(d, "reverifying");
    outcome_end(d->out, "failed", "failed", "%s",
                deploy_failure(d->view, d->operation->target, d->state, d->body, sentence));
}

void deploy_refuse(struct deploying *d, const struct decision *decision)
{
    close_body(d);
    outcome_end(d->out, "refused", "refused", "%s", deploy_refusal(d->view, d->state, decision));
}

void deploy_end_refused(struct deploying *d, const char *fmt, ...)
{
    const char *sentence;
    va_list args;

    va_start(args, fmt);
    sentence = sentence_of(d, fmt, args);
    va_end(args);
    close_body(d);
    outcome_end(d->out, "refused", "refused", "%s",
                deploy_failure(d->view, d->operation->target, d->state, d->body, sentence));
}

static void cancel_everything(struct deploying *d)
{
    outcome_cancel_effects(d->out, "revision");
    outcome_cancel_effects(d->out, "traffic");
    outcome_cancel_effects(d->out, "return");
}

void deploy_end_aborted(struct deploying *d, const char *fmt, ...)
{
    const char *sentence;
    va_list args;

    va_start(args, fmt);
    sentence = sentence_of(d, fmt, args);
    va_end(args);
    cancel_everything(d);
    deploy_release_hold(d);
    close_body(d);
    outcome_end(d->out, "aborted", "aborted", "%s", sentence);
}

void deploy_end_foreign(struct deploying *d, struct split found, struct split expected)
{
    cancel_everything(d);
    close_body(d);
    d->out->leaves_doubt = true;
    outcome_end(
        d->out, "failed", "failed", "%s",
        deploy_foreign(d->view, d->body, split_text(found, d->view->arena), split_text(expected, d->view->arena)));
}

void deploy_mark_bad(struct deploying *d, const char *left, const char *why)
{
    bool is_getting_traffic = (deploy_is_in(d, "shifting") && !d->body->is_denied) || deploy_is_in(d, "verifying");
    struct target_version *bad;

    if (d->body->returning || (deploy_percent(d->body) == 0 && !is_getting_traffic))
        return;
    bad = ARENA_NEW(d->view->arena, struct target_version);
    *bad = (struct target_version){
        .version = d->body->version,
        .image = d->body->keeps_image ? NULL : d->body->image, /* the same serves still, and is good */
        .revision = d->body->revision,
        .operation = d->operation->id,
        .at_ms = d->view->now_ms,
        .is_irreversible = d->body->is_irreversible,
        .left = left,
        .why = why,
    };
    d->out->bad = bad;
}

/* ---- small moves ---- */

void deploy_move(struct deploying *d, const char *state, int64_t deadline_ms)
{
    d->body->state_deadline_at_ms = d->view->now_ms + deadline_ms;
    shown_refresh(d);
    outcome_move(d->out, state, d->body);
}

void deploy_keep(struct deploying *d)
{
    shown_refresh(d);
    outcome_move(d->out, NULL, d->body);
}

void deploy_read_service(struct deploying *d)
{
    outcome_read(d->out, "service", READING_SERVICE, shape_to_json(&run_place_shape, &d->body->place, SHAPE_WHOLE),
                 SERVICE_DEADLINE_MS);
}

void deploy_poll_again(struct deploying *d)
{
    deploy_keep(d);
    outcome_timer(d->out, "poll", d->view->now_ms + SECOND_MS);
}

bool deploy_is_late(const struct deploying *d)
{
    return d->view->now_ms >= d->body->state_deadline_at_ms;
}

bool deploy_is_in(const struct deploying *d, const char *state)
{
    return strcmp(d->state, state) == 0;
}

const char *deploy_quote(const struct deploying *d, const char *words)
{
    return card_quote(str_of(words), DEPLOY_QUOTED_BYTES, d->view->arena);
}

const char *deploy_reason(const struct deploying *d)
{
    return deploy_why(d->event, d->view->arena);
}

bool deploy_sees(const struct deploying *d, struct run_service *service, const char **ret_why)
{
    struct error err;

    if (d->event->end != END_DONE)
        *ret_why = deploy_reason(d);
    else if (shape_from_json(&run_service_shape, d->event->body, d->view->arena, service, &err))
        return true;
    else
        *ret_why = deploy_quote(d, err.message);
    return false;
}

const char *deploy_lane(const struct deploying *d)
{
    return arena_printf(d->view->arena, "target:%s", d->operation->target);
}

/* ---- traffic ---- */

bool deploy_is_simple(const struct deploy_body *body)
{
    return body->strategy == STRATEGY_ALL_AT_ONCE;
}

bool deploy_is_last_step(const struct deploy_body *body)
{
    return body->step + 1 >= (int64_t)body->steps_count;
}

int64_t deploy_step_percent(const struct deploy_body *body)
{
    return deploy_is_last_step(body) ? 100 : body->steps[body->step].percent;
}

int64_t deploy_percent(const struct deploy_body *body)
{
    return split_percent(deploy_split(body), body->revision);
}

struct split deploy_split(const struct deploy_body *body)
{
    return (struct split){ body->split, body->split_count };
}

struct split deploy_wanted(const struct deploying *d)
{
    return split_with(d->body, deploy_step_percent(d->body), d->view->arena);
}

void deploy_set_split(struct deploying *d, struct split split)
{
    d->body->split = split.shares;
    d->body->split_count = split.count;
}

static bool is_increase(const char *kind)
{
    return strcmp(kind, EFFECT_TRAFFIC) == 0;
}

/* What the service says of itself after traffic went back: the good version that serves again, and the one before that.
 */
static void annotate_return(const struct deploying *d, struct run_traffic *args)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);

    for (size_t i = target ? target->good_count : 0; i > 0; i--) {
        if (strcmp(target->good[i - 1].revision, d->body->previous) != 0)
            continue;
        args->version = target->good[i - 1].version;
        args->previous = i > 1 ? target->good[i - 2].revision : NULL;
        return;
    }
}

void deploy_change_traffic(struct deploying *d, const char *kind, const char *tag, struct split expected,
                           struct split wanted)
{
    struct run_traffic args = {
        .place = d->body->place,
        .expected = expected.shares,
        .expected_count = expected.count,
        .wanted = wanted.shares,
        .wanted_count = wanted.count,
    };

    if (!is_increase(kind)) {
        annotate_return(d, &args);
    } else {
        args.version = d->body->version;
        args.previous = d->body->previous;
    }
    if (is_increase(kind) && deploy_is_last_step(d->body)) {
        args.remove_tags = d->body->remove_tags;
        args.remove_tags_count = d->body->remove_tags_count;
    }
    deploy_keep_in_reach(d, is_increase(kind), &args);
    outcome_effect(d->out, (struct wanted_effect){
                               .kind = kind,
                               .lane = deploy_lane(d),
                               .tag = tag,
                               .args = shape_to_json(&run_traffic_shape, &args, SHAPE_WHOLE),
                           });
}

/* ---- what people may decide, and what was done ---- */

void deploy_hold(struct deploying *d, const char *why, int64_t unanswered_ms)
{
    if (unanswered_ms && irreversible_is_kept(d->operation, d->body)) { /* nobody's silence takes it back */
        unanswered_ms = 0;
        irreversible_page(d, why);
    }
    d->body->looks++;
    d->body->held = why;
    d->body->is_denied = false;
    d->body->held_until_ms = unanswered_ms ? d->view->now_ms + unanswered_ms : 0;
    outcome_timer(d->out, "unanswered", d->body->held_until_ms);
    deploy_note(d, "held", arena_printf(d->view->arena, "held at %d %%", (int)deploy_percent(d->body)), NULL, why);
    deploy_keep(d);
}

void deploy_release_hold(struct deploying *d)
{
    d->body->held = NULL;
    d->body->held_until_ms = 0;
    d->body->is_denied = false;
    outcome_cancel_timer(d->out, "unanswered");
}

static void forget_oldest_acts(struct deploy_body *body)
{
    size_t extra = body->acts_count > DEPLOY_ACTS_MAX ? body->acts_count - DEPLOY_ACTS_MAX : 0;

    body->acts += extra;
    body->acts_count -= extra;
}

static void journal_act(struct deploying *d, const char *kind, const struct request *request, const char *reason)
{
    cJSON *body = json_object(), *personal = request ? principal_personal(&request->principal) : NULL;

    json_set_int(body, "percent", deploy_percent(d->body));
    json_set_int(body, "step", d->body->step);
    json_set_int(body, "look", d->body->looks);
    if (!request)
        json_set_string(body, "why", reason);
    if (personal)
        json_set_string(personal, "reason", reason);
    outcome_journal(d->out, arena_printf(d->view->arena, "deploy.%s", kind), body, personal);
}

void deploy_add_act(struct deploying *d, struct deploy_act act)
{
    struct deploy_act *acts = NULL;
    size_t count = 0;

    act.at_ms = d->view->now_ms;
    act.look = d->body->looks;
    for (size_t i = 0; i < d->body->acts_count; i++) /* the old list belongs to the record */
        *ARENA_PUSH(d->view->arena, acts, count) = d->body->acts[i];
    *ARENA_PUSH(d->view->arena, acts, count) = act;
    d->body->acts = acts;
    d->body->acts_count = count;
    forget_oldest_acts(d->body);
}

void deploy_note(struct deploying *d, const char *kind, const char *what, const struct request *request,
                 const char *reason)
{
    deploy_add_act(d, (struct deploy_act){
                          .who = request ? principal_mention(&request->principal, d->view->arena) : "opsgate",
                          .what = reason ? arena_printf(d->view->arena, "%s: %s", what, reason) : what,
                          .verb = request ? d->event->name : NULL,
                      });
    journal_act(d, kind, request, reason);
}

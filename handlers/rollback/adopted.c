#include "handlers/rollback/adopted.h"

#include "bot/base/time.h"
#include "bot/model/settings.h"
#include "bot/model/without_store.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/doubt.h"
#include "handlers/deploy/split.h"
#include "handlers/place.h"
#include "handlers/rollback/glass.h"
#include "handlers/rollback/rollback.h"
#include "handlers/rollback/rolling.h"

#include <string.h>

#define LATE_MS (30 * SECOND_MS) /* so long after its process died a change of its may still arrive */
#define SHOWN_BYTES 150          /* of a name from outside */

/* ---- asks ---- */

static bool adopted_asks(const struct view *view, const struct request *request, struct question *ret_question,
                         const void **ret_arguments, struct error *err)
{
    struct without_store_act *act = ARENA_NEW(view->arena, struct without_store_act);
    const struct service_settings *service;
    const struct environment_settings *environment;
    const cJSON *json;

    if (strcmp(request->source, WITHOUT_STORE_SOURCE) != 0 || request->words_count != 1)
        return error_set(err, ERR_INVALID, "Nobody asks for that: opsgate adopts by itself. Nothing was done.");
    json = json_parse_in(view->arena, str_of(request->words[0]), err);
    if (!json || !shape_from_json(&without_store_act_shape, json, view->arena, act, err))
        return false;
    if (!settings_find_target(view->settings, act->target, &service, &environment))
        return error_set(err, ERR_NOT_FOUND, "%s, which was rolled back without a store, is configured no more",
                         act->target);
    *ret_question = (struct question){ .principal = act->principal,
                                       .verb = act->verb,
                                       .service = service->name,
                                       .environment = environment->name,
                                       .source = "local",
                                       .operation = act->operation,
                                       .is_safe_direction = true };
    *ret_arguments = act;
    return true;
}

/* ---- what is kept of it ---- */

/* In one line, for the card: the operation itself began when it was adopted, and its requester is who did it. */
static const char *done_by(const struct view *view, const struct without_store_act *act)
{
    const char *how = !act->result ? "begun" : strcmp(act->result, "done") == 0 ? "done" : "tried";
    const char *who = principal_mention(&act->principal, view->arena);
    const char *host =
        act->host ? arena_printf(view->arena, " on host %s", card_quote(str_of(act->host), SHOWN_BYTES, view->arena))
                  : "";
    const char *name = act->name ? act->name : act->id;

    return arena_printf(view->arena, "%s without the store by %s at %s%s (%s)", how, who,
                        card_time(act->began_at_ms, view->arena), host,
                        card_quote(str_of(name), SHOWN_BYTES, view->arena));
}

/* Other operations know it by its id here: W3 may have happened on several hosts. */
static struct target_version version_of(const struct outcome *out, const struct without_store_act *act,
                                        const struct target_version *version)
{
    struct target_version copy = *version;

    if (text_equal(copy.operation, act->name))
        copy.operation = out->operation_id;
    return copy;
}

/* Which operation had brought what it left. The act itself may name another store's; and once it was left, itself. */
static const char *brought_by(const struct view *view, const struct without_store_act *act, const char *revision)
{
    const struct target *target = view->find_target(view->ctx, act->target);

    for (size_t i = target ? target->good_count : 0; i > 0; i--)
        if (text_equal(target->good[i - 1].revision, revision))
            return target->good[i - 1].operation;
    return act->from && text_equal(act->from->revision, revision) ? act->from->operation : NULL;
}

static struct run_place place_of(const struct view *view, const struct without_store_act *act)
{
    const struct service_settings *service;
    const struct environment_settings *environment;
    struct run_place nowhere = { "", "", "" };
    const struct cloud_run_driver *driver;
    struct str region = str_of(act->target);

    if (!settings_find_target(view->settings, act->target, &service, &environment) || !environment->driver.cloud_run)
        return nowhere;
    driver = environment->driver.cloud_run;
    str_take_until(&region, '/'), str_take_until(&region, '/'); /* SERVICE/ENVIRONMENT[/REGION] */
    return (struct run_place){ driver->project, region.len > 0 ? arena_copy(view->arena, region) : driver->region,
                               driver->service };
}

static struct rollback_body *body_of(const struct view *view, const struct question *question,
                                     const struct without_store_act *act, const struct outcome *out)
{
    const struct target_version *from = act->bad ? act->bad : act->from, *to = act->good ? act->good : act->to;
    struct rollback_body *body = ARENA_NEW(view->arena, struct rollback_body);
    struct rollback_act *kept = ARENA_NEW(view->arena, struct rollback_act);

    *kept = (struct rollback_act){ act->name, act->id, act->host, act->began_at_ms, act->ended_at_ms };
    *body = (struct rollback_body){
        .service = question->service,
        .environment = question->environment,
        .is_certain = true,
        .further = done_by(view, act),
        .place = place_of(view, act),
        .heard_at_ms = view->now_ms,
        .was_tried = act->is_sent,
        .irreversible = act->irreversible,
        .break_glass = act->break_glass,
        .begun_over = doubt_begins_over(view, act->target),
        .act = kept,
    };
    if (from) {
        body->from = *from;
        body->from.operation = brought_by(view, act, from->revision);
    }
    if (to) {
        body->to = version_of(out, act, to);
        body->version = body->to.version;
    }
    if (!act->result || strcmp(act->result, "done") != 0)
        body->failed_in = act->is_sent ? "returning" : "looking";
    return body;
}

void adopted_journal(const struct without_store_act *act, struct outcome *out)
{
    cJSON *body = json_object(), *personal = json_object();

    json_set_string(body, "act", act->id);
    json_set_string(body, "name", act->name);
    json_set_string(body, "host", act->host);
    json_set_string(body, "target", act->target);
    json_set_string(body, "operation", act->operation);
    json_set_string(body, "effect", act->effect);
    json_set_string(body, "why", act->why);
    json_set_int(body, "began_at", act->began_at_ms);
    json_set_int(body, "ended_at", act->ended_at_ms);
    json_set_string(body, "result", act->result);
    json_set_string(body, "summary", act->summary);
    json_set_string(personal, "principal", act->principal.id);
    json_set_string(personal, "text", act->text);
    outcome_journal(out, "without_store.adopted", body, personal);
}

/* What it went to is good only once it served: an act that ended badly knows no more than what it left. */
static void keep_versions(const struct view *view, const struct rollback_body *body, bool is_done, struct outcome *out)
{
    if (is_done && body->to.revision) {
        out->good = ARENA_NEW(view->arena, struct target_version);
        *out->good = body->to;
        out->is_return = true;
    }
    if (body->from.revision) {
        out->bad = ARENA_NEW(view->arena, struct target_version);
        *out->bad = body->from;
        out->bad->operation = out->operation_id;
    }
}

/* Whoever left it in doubt began since. What had begun before, and ended over what the act did, knows nothing newer. */
static bool was_doubted_since(const struct view *view, const struct target *target, int64_t unix_ms)
{
    const struct operation *operation = target->doubt ? view->find_ended(view->ctx, target->doubt) : NULL;

    return operation &&
           json_find_int(operation->body, "act.began_at_ms", operation->created_at_ms + view->shift_ms) > unix_ms;
}

/* A deploy of before that ends over what the act did leaves its version, and changes nothing there. */
static bool is_of_before(const struct view *view, const char *id, int64_t at_ms)
{
    const struct operation *operation = id ? view->find_operation(view->ctx, id) : NULL;

    if (id && !operation)
        operation = view->find_ended(view->ctx, id);
    return operation && strcmp(operation->kind, machine_deploy.kind) == 0 && operation->created_at_ms <= at_ms;
}

static bool was_left_since(const struct view *view, const struct target *target, int64_t at_ms)
{
    for (size_t i = 0; i < target->bad_count; i++)
        if (target->bad[i].at_ms > at_ms && !is_of_before(view, target->bad[i].operation, at_ms))
            return true;
    return false;
}

/* Somebody brought a version there since, or left one: what the act left or returned to then is no news of today. To go
 * back makes no good version newer, so what was left tells of it; unless that led to where the act went too. */
static bool is_overtaken(const struct view *view, const char *name, const struct rollback_body *body, int64_t unix_ms)
{
    int64_t at_ms = unix_ms - view->shift_ms; /* an act knows its host's clock alone */
    const struct target *target = view->find_target(view->ctx, name);
    const struct target_version *newest =
        target && target->good_count > 0 ? &target->good[target->good_count - 1] : NULL;
    bool is_there = newest && text_equal(newest->revision, body->to.revision);

    return target && ((newest && newest->at_ms > at_ms) || (!is_there && was_left_since(view, target, at_ms)) ||
                      was_doubted_since(view, target, unix_ms));
}

/* ---- it begins ---- */

static void begin_ended(const struct view *view, const struct without_store_act *act, struct rollback_body *body,
                        struct outcome *out)
{
    bool may_have_sent = act->is_sent || !act->name; /* an older version did not tell */
    const char *result = act->result ? act->result : "failed";
    const char *what = act->summary    ? act->summary
                       : may_have_sent ? "it was begun without a store and never told its end: look where the traffic "
                                         "goes"
                                       : "its process died before it had asked for any change. Nothing was changed";

    outcome_begin(out, machine_rollback.kind, act->target, result, body);
    /* Without a change of its own it doubts only what it saw: that somebody else had moved the traffic (`bad`). */
    out->leaves_doubt = strcmp(result, "done") != 0 && (may_have_sent || act->bad);
    if (is_overtaken(view, act->target, body, act->ended_at_ms ? act->ended_at_ms : act->began_at_ms)) {
        out->leaves_doubt = may_have_sent;
        if (may_have_sent)
            what = arena_printf(
                view->arena,
                "%s. Something newer was done there by then, so the record of good versions stays: look where the "
                "traffic goes",
                what);
    } else {
        body->from.at_ms -= view->shift_ms, body->to.at_ms -= view->shift_ms; /* it knew its host's clock alone */
        if (act->good || act->bad)
            keep_versions(view, body, act->good && strcmp(result, "done") == 0, out);
    }
    outcome_end(out, result, result, "%s", what);
    rollback_be_remembered(view, body, out);
}

static void begin_looking(const struct view *view, const struct without_store_act *act, struct rollback_body *body,
                          struct outcome *out)
{
    struct rolling r = { .view = view, .body = body, .out = out };

    body->state_deadline_at_ms = view->now_ms + LATE_MS;
    outcome_begin(out, machine_rollback.kind, act->target, "verifying", body);
    rollback_read_service(&r);
}

/* What the operation brought, when that is the newest good version there: it ended well on another owner, who did not
 * know that its traffic had gone back, or was about to. NULL: it did not. */
static const struct target_version *find_ended_well(const struct view *view, const struct without_store_act *act)
{
    const struct target *target = view->find_target(view->ctx, act->target);
    const struct operation *operation = view->find_ended(view->ctx, act->operation);
    const struct target_version *newest =
        target && target->good_count > 0 ? &target->good[target->good_count - 1] : NULL;

    if (operation && act->operation_outside_id && strcmp(operation->outside_id, act->operation_outside_id) != 0)
        return NULL; /* of another store */
    return newest && newest->operation && strcmp(newest->operation, act->operation) == 0 ? newest : NULL;
}

static void begin_in_doubt(const struct view *view, const struct question *question,
                           const struct without_store_act *act, const struct target_version *from, struct outcome *out)
{
    struct rollback_body *body = body_of(view, question, act, out);

    body->from = *from;
    body->failed_in = "returning";
    outcome_begin(out, machine_rollback.kind, act->target, "failed", body);
    out->leaves_doubt = true;
    outcome_end(out, "failed", "failed",
                "the last owner of the store %s the traffic of %s back while no store answered%s%s, and by the record "
                "that had ended well: look where the traffic goes",
                act->result && strcmp(act->result, "done") == 0 ? "gave" : "may have given", act->operation,
                act->why ? ": " : "", act->why ? act->why : "");
    rollback_be_remembered(view, body, out);
}

/* Whoever had ended badly by then was found by the mark outside, or people went on. */
static void begin_for_operation(const struct view *view, const struct question *question,
                                const struct without_store_act *act, struct outcome *out)
{
    bool is_left_alone = !act->is_sent || (act->result && strcmp(act->result, "failed") == 0);
    const struct target_version *from = is_left_alone ? NULL : find_ended_well(view, act);

    if (from)
        begin_in_doubt(view, question, act, from, out);
    outcome_reply(out, "Adopted.");
}

/* With the store it would have come before all who were asked for by then: it still does. Not where people have gone on
 * since. */
static void turn_away(const struct view *view, const struct without_store_act *act, const struct rollback_body *body,
                      struct outcome *out)
{
    if (!is_overtaken(view, act->target, body, act->ended_at_ms ? act->ended_at_ms : act->began_at_ms))
        out->turns_away_at_ms = act->began_at_ms - view->shift_ms;
}

static void adopted_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *arguments, struct outcome *out)
{
    const struct without_store_act *act = arguments;
    struct rollback_body *body;
    struct glass glass;

    adopted_journal(act, out);
    if (act->operation) {
        begin_for_operation(view, question, act, out);
        return;
    }
    body = body_of(view, question, act, out);
    if (!act->result && act->is_sent && body->to.revision && body->place.service[0])
        begin_looking(view, act, body, out);
    else
        begin_ended(view, act, body, out);
    turn_away(view, act, body, out);
    glass = glass_of(body, act->target);
    if (glass.version && glass.reason)
        glass_announce(&act->principal, request->id, &glass, out);
    outcome_reply(out, "Adopted.");
}

/* ---- it looks ---- */

static bool is_its_own(const struct rolling *r, const struct run_service *service)
{
    const char *operation = run_annotation(service, RUN_ANNOTATION_OPERATION);

    return operation && strcmp(operation, r->body->act->id) == 0;
}

/* What was to be left is bad whatever became of the way back. */
static void keep_what_came(struct rolling *r, bool is_done)
{
    r->body->from.left = TARGET_LEFT_BY_ROLLBACK;
    r->body->from.at_ms = r->body->to.at_ms = r->view->now_ms;
    keep_versions(r->view, r->body, is_done, r->out);
}

static void end_arrived(struct rolling *r, const struct run_service *service)
{
    r->body->failed_in = NULL;
    keep_what_came(r, true);
    outcome_move(r->out, NULL, r->body);
    outcome_end(r->out, "done", "done", "its process died before it told its end, and `%s` serves all traffic of %s%s",
                rollback_quote(r, r->body->to.version), r->operation->target,
                is_its_own(r, service) ? ": what it asked for was done"
                                       : ", though somebody changed the traffic since");
}

static void end_not_arrived(struct rolling *r, const struct run_service *service)
{
    struct split split = split_asked(service, r->view->arena);

    keep_what_came(r, false);
    outcome_move(r->out, NULL, r->body);
    r->out->leaves_doubt = true;
    outcome_end(r->out, "failed", "failed",
                "its process died before it told its end, and `%s` does not serve all traffic: %s. To go back: "
                "`rollback %s %s%s`",
                rollback_quote(r, r->body->to.version), split_text(split, r->view->arena), r->body->service,
                r->body->environment, place_region_option(r->operation->target, r->view->arena));
}

/* Whoever was killed may have sent a change that Cloud Run takes only now. */
void rollback_adopted_on_seen(struct rolling *r, const struct run_service *service)
{
    bool is_asked = rollback_is_goal(r, service->wanted, service->wanted_count);
    bool is_shown = is_asked && service->is_settled && rollback_is_goal(r, service->observed, service->observed_count);

    if (is_overtaken(r->view, r->operation->target, r->body, r->body->act->began_at_ms)) {
        outcome_move(r->out, NULL, r->body);
        r->out->leaves_doubt = true;
        outcome_end(r->out, "failed", "failed",
                    "its process died before it told its end. Something newer was done there by then, so the record "
                    "of good versions stays: look where the traffic goes");
    } else if (is_shown) {
        end_arrived(r, service);
    } else if (r->view->now_ms < r->body->state_deadline_at_ms) {
        rollback_poll_again(r);
    } else {
        end_not_arrived(r, service);
    }
}

void rollback_adopted_on_request(struct rolling *r)
{
    if (strcmp(r->event->name, "abort") != 0) {
        outcome_refuse(r->out, "*%s* was done without the store, and only looks at what serves now. Nothing was done.",
                       r->operation->id);
        return;
    }
    rollback_note_abort(r);
    outcome_move(r->out, NULL, r->body);
    r->out->leaves_doubt = true;
    outcome_end(r->out, "aborted", "aborted",
                "nobody waits any more for what became of it. Look where the traffic of %s goes", r->operation->target);
    outcome_reply(r->out, "*%s* is aborted: where the traffic of %s goes has to be looked at.", r->operation->id,
                  r->operation->target);
}

const struct verb verb_adopted = {
    .name = WITHOUT_STORE_VERB,
    .usage = WITHOUT_STORE_VERB,
    .summary = "what was done while the store was down becomes part of the record",
    .is_safe_direction = true,
    .is_internal = true,
    .asks = adopted_asks,
    .begin = adopted_begin,
};

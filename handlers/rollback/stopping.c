/* stopping.c - a rollback of what had no traffic yet: that only has to be stopped, and what people are told of it. */
#include "handlers/rollback/rolling.h"

#include "handlers/deploy/body.h"
#include "handlers/deploy/split.h"
#include "handlers/place.h"
#include "handlers/rollback/claimants.h"
#include "handlers/rollback/glass.h"
#include "handlers/rollback/goal.h"
#include "handlers/thread.h"

#include "bot/model/card.h"
#include "bot/model/settings.h"

#include <string.h>

#define SHOWN_BYTES 150 /* of a name from outside */

bool rollback_keeps(const struct rolling *r)
{
    return r->body->stops && !r->body->from.revision;
}

/* ---- what became of it ---- */

/* The deploy that held the target had no traffic when it was told to stop. It has ended by now: what it did until then
 * stands in its record. No record: nobody can tell. */
void rollback_learn_stopped(struct rolling *r)
{
    struct target_version *stopped;
    const struct operation *deploy;
    struct deploy_body brought;
    struct error ignored;

    if (!r->body->stopped)
        return;
    stopped = ARENA_NEW(r->view->arena, struct target_version);
    *stopped = *r->body->stopped;
    r->body->stopped = stopped;
    deploy = r->view->find_operation(r->view->ctx, stopped->operation);
    deploy = deploy ? deploy : r->view->find_ended(r->view->ctx, stopped->operation);
    r->body->aborts_traffic = !deploy || rollback_may_have_sent(deploy);
    r->body->has_ended_alone = deploy && deploy->result && strcmp(deploy->result, "aborted") != 0;
    if (!deploy || !shape_from_json(&deploy_body_shape, deploy->body, r->view->arena, &brought, &ignored))
        return;
    stopped->image = brought.image;
    stopped->revision = brought.revision;
    stopped->is_irreversible = brought.is_irreversible;
    r->body->before_rollout = brought.previous;
    r->body->rollout_before = split_before(&brought, r->view->arena).shares;
    r->body->rollout_before_count = split_before(&brought, r->view->arena).count;
}

/* ---- it went on instead ---- */

static const struct target_version *find_gone_on(const struct rolling *r)
{
    const struct target *target = r->view->find_target(r->view->ctx, r->operation->target);
    const struct target_version *newest =
        target && target->good_count > 0 && !target->doubt ? &target->good[target->good_count - 1] : NULL;

    if (!r->body->has_ended_alone || r->body->break_glass || !newest || !newest->is_irreversible ||
        !newest->operation || strcmp(newest->operation, r->body->stopped->operation) != 0)
        return NULL;
    return newest;
}

bool rollback_ends_gone_on(struct rolling *r)
{
    const struct target_version *gone_on = find_gone_on(r);
    struct glass glass;

    if (!gone_on)
        return false;
    r->body->from = *gone_on;
    r->body->irreversible = gone_on->version;
    r->body->aborts_traffic = false; /* all of it is good */
    glass = glass_of(r->body, r->operation->target);
    rollback_refuse(r,
                    "%s was not stopped: it went on while this waited, and `%s` is good now and serves all traffic of "
                    "%s. %s. Nothing was changed.",
                    gone_on->operation, rollback_quote(r, gone_on->version), r->operation->target,
                    glass_sentence(r->view, &glass));
    thread_post(r->view,
                (struct reply){ .text = arena_printf(r->view->arena, "%s: *%s* waits no more. %s",
                                                     principal_mention(&r->operation->requester, r->view->arena),
                                                     r->operation->id, r->out->summary) },
                r->out);
    return true;
}

/* ---- words ---- */

const char *rollback_aborted_names(const struct rollback_body *body, struct arena *arena)
{
    struct str rest = str_of(body->aborts);
    const char *names = NULL;

    if (!body->stopped || !(body->has_ended_alone || body->kept_waiting))
        return body->aborts;
    while (rest.len > 0) {
        struct str name = str_trim(str_take_until(&rest, ','));

        if (!str_equal(name, str_of(body->stopped->operation)))
            names = names ? arena_printf(arena, "%s, " STR_FMT, names, STR_ARG(name)) : arena_copy(arena, name);
    }
    return names;
}

static bool is_one(const char *names)
{
    return !strchr(names, ',');
}

bool rollback_has_traffic(const struct rollback_body *body)
{
    return body->place.service && body->place.service[0];
}

static const char *begun(const struct rollback_body *body, const char *names, bool is_past)
{
    static const char *const words[2][2][2] = { { { "they run", "they ran" }, { "it runs", "it ran" } },
                                                { { "they have traffic", "they had traffic" },
                                                  { "it has traffic", "it had traffic" } } };

    return words[rollback_has_traffic(body)][is_one(names)][is_past];
}

const char *rollback_stopped_text(const struct rollback_body *body, struct arena *arena)
{
    const char *names = body->has_ended_alone ? rollback_aborted_names(body, arena) : body->aborts, *stopped = NULL;

    if (names)
        stopped = arena_printf(arena, "%s %s stopped before %s", names, is_one(names) ? "was" : "were",
                               begun(body, names, true));
    if (!body->has_ended_alone)
        return stopped;
    return arena_printf(arena, "%s ended by itself%s%s", body->stopped->operation, stopped ? ", and " : "",
                        stopped ? stopped : "");
}

/* As a word that may be typed; what is called otherwise was brought by an operation, or has its revision's name. */
static const char *typed(const struct target_version *version)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/:@+-";
    const char *name = version->version;

    if (name && name[0] && name[0] != '-' && strspn(name, harmless) == strlen(name))
        return name;
    return version->operation && version->operation[0] ? version->operation : version->revision;
}

const char *rollback_further_text(const struct rollback_body *body, const char *target, struct arena *arena)
{
    const struct target_version below = { .version = body->below, .revision = body->previous };

    if (!body->to.version || !body->below)
        return "";
    return arena_printf(arena, " To go back from `%s` to `%s`: `rollback %s %s%s --from %s`.",
                        card_quote(str_of(rollback_name(&body->to, &below, arena)), SHOWN_BYTES, arena),
                        card_quote(str_of(rollback_name(&below, &body->to, arena)), SHOWN_BYTES, arena), body->service,
                        body->environment,
                        place_region_option(target, arena), typed(&body->to));
}

void rollback_answer_stopping(const struct view *view, const struct rollback_body *body, bool is_in_doubt,
                              struct outcome *out)
{
    const char *what = arena_printf(view->arena, "*%s*: stopping %s before %s.", out->operation_id, body->aborts,
                                    begun(body, body->aborts, false));

    if (!body->to.version)
        outcome_reply(out, "%s No good version of *%s* in *%s* is recorded: what serves stays.", what, body->service,
                      body->environment);
    else
        outcome_reply(out, "%s `%s` %s *%s* in *%s*.", what,
                      card_quote(str_of(body->to.version), SHOWN_BYTES, view->arena),
                      !rollback_has_traffic(body) ? "stays in"
                      : is_in_doubt               ? "is to serve all traffic of"
                                                  : "goes on serving all traffic of",
                      body->service, body->environment);
    if (body->below)
        outcome_reply_line(out, "%s", rollback_further_text(body, out->claims, view->arena) + 1);
    if (view->settings->slack.channels.deployments)
        outcome_reply_line(out, "Follow it in %s.", view->settings->slack.channels.deployments);
}

/* ---- its end ---- */

static const char *how_it_serves(const struct rolling *r)
{
    const struct rollback_body *body = r->body;

    if (!rollback_has_traffic(body))
        return "stays in";
    return !body->was_tried || rollback_is_goal(r, body->before, body->before_count) ? "still serves all traffic of"
                                                                                     : "serves all traffic now of";
}

/* What was aborted had no traffic, and nothing was left. */
void rollback_end_kept(struct rolling *r)
{
    const struct rollback_body *body = r->body;
    struct split split = { body->before, body->before_count };
    const char *stopped = rollback_stopped_text(body, r->view->arena);

    outcome_move(r->out, NULL, r->body);
    if (body->to.revision)
        outcome_end(r->out, "done", "done", "%s; `%s` %s %s.%s", stopped, rollback_quote(r, body->to.version),
                    how_it_serves(r), r->operation->target,
                    rollback_further_text(body, r->operation->target, r->view->arena));
    else if (rollback_has_traffic(body))
        outcome_end(r->out, "done", "done",
                    "%s; the traffic of %s stays as it is: %s. No good version is recorded there, so nobody can tell "
                    "whether that is one",
                    stopped, r->operation->target, split_text(split, r->view->arena));
    else
        outcome_end(r->out, "done", "done", "%s; what %s runs stays", stopped, r->operation->target);
}

/* queue.c - a deploy enters the line of its place: older ones that wait there give way, and `--now` has what runs
 * aborted.
 *
 * One decision changes one operation: so each of them hears of it by a message, looks whether it is still so, and ends
 * by itself.
 */
#include "handlers/deploy/queue.h"

#include "handlers/control.h"
#include "handlers/deploy/order.h"
#include "handlers/deploy/triggered.h"
#include "handlers/deploy/tune.h"
#include "handlers/thread.h"

#include <string.h>

#define LINE_SHOWN_EVERY_MS (30 * SECOND_MS) /* behind whom it waits changes without it */
#define ABORT_NAME "abort "                  /* and whose */

static struct queued self_of(const struct deploying *d)
{
    return (struct queued){ d->operation, d->body };
}

static const char *version_of(const struct deploying *d, const struct deploy_body *body)
{
    return body->tune ? tune_called(body->tune) : body->keeps_image ? "other settings" : arena_printf(d->view->arena, "`%s`", deploy_quote(d, body->version));
}

static void post(struct deploying *d, const char *text)
{
    thread_post(d->view, (struct reply){ .text = text }, d->out);
}

/* ---- it is superseded ---- */

/* The end stands in the journal for good, so it names nobody: whoever asked for the newer one is in the thread. */
static void tell_requester(struct deploying *d, struct queued newer)
{
    struct arena *arena = d->view->arena;

    post(d, arena_printf(arena,
                         "%s: *%s* (%s) is superseded by *%s* (%s, asked by %s). Nothing was changed. If it is still "
                         "wanted: `%s`.",
                         principal_mention(&d->operation->requester, arena), d->operation->id, version_of(d, d->body),
                         newer.operation->id, version_of(d, newer.body),
                         triggered_asked_by(d->view, newer.operation, newer.body->trigger),
                         deploy_words(d->view, d->operation->target, d->body)));
}

static void end_superseded(struct deploying *d, struct queued newer)
{
    cJSON *body = json_object();

    json_set_string(body, "by", newer.operation->id);
    outcome_journal(d->out, "deploy.superseded", body, principal_personal(&newer.operation->requester));
    deploy_add_act(d, (struct deploy_act){
                          .who = principal_mention(&newer.operation->requester, d->view->arena),
                          .what = arena_printf(d->view->arena, "asked for %s (%s), which supersedes it",
                                               newer.operation->id, version_of(d, newer.body)),
                      });
    d->body->failed_in = d->state;
    d->body->superseded_by = newer.operation->id;
    deploy_release_hold(d);
    deploy_keep(d);
    outcome_end(d->out, "superseded", "superseded", "superseded by %s (%s); nothing was changed", newer.operation->id,
                version_of(d, newer.body));
    tell_requester(d, newer);
}

/* ---- it is overtaken: asked for before, and not that far ---- */

/* People's consent is theirs to give and to withhold: it is not taken from them, but they know what they consent to. */
static void tell_thread(struct deploying *d, struct queued newer)
{
    post(d,
         arena_printf(d->view->arena,
                      "*%s* (%s) was asked for later and goes first. If *%s* goes on all the same, %s takes its place.",
                      newer.operation->id, version_of(d, newer.body), d->operation->id, version_of(d, d->body)));
}

/* Whoever came before it, as long as that counts. */
static bool find_overtaker(const struct deploying *d, struct queued *ret)
{
    const char *by = d->body->overtaken_by;

    return by && queue_overtaken(d->view, self_of(d)) &&
           (queue_read(d->view, d->view->find_operation(d->view->ctx, by), ret) ||
            queue_read(d->view, d->view->find_ended(d->view->ctx, by), ret));
}

void deploy_tell_overtaken(struct deploying *d)
{
    struct queued newer;

    if (find_overtaker(d, &newer))
        tell_thread(d, newer);
}

void deploy_on_overtaken(struct deploying *d)
{
    const char *by = json_find_string(d->event->body, "by");
    const struct operation *operation = by ? d->view->find_operation(d->view->ctx, by) : NULL;
    struct queued newer;

    if (!queue_read(d->view, operation, &newer) || operation_has_ended(operation))
        return;
    if (queue_is_before_line(d->operation)) {
        d->body->overtaken_by = by;
        deploy_keep(d);
        if (deploy_is_in(d, "awaiting-approval"))
            deploy_tell_overtaken(d);
    } else if (queue_waits(d->view, d->operation) && queue_supersedes(d->view, newer, self_of(d))) {
        end_superseded(d, newer);
    }
}

/* Whoever was asked for later, and came first while this one had yet to be pinned, built or checked; it waits there,
 * runs, or has become good. Whom people consented to meanwhile knew of it. */
static bool is_overtaken(const struct deploying *d, struct queued *ret_newer)
{
    return !deploy_is_in(d, "awaiting-approval") && find_overtaker(d, ret_newer) &&
           queue_supersedes(d->view, *ret_newer, self_of(d));
}

/* ---- it enters the line ---- */

/* Of those that are not that far it concerns whom it would be brought over. */
static bool concerns(const struct deploying *d, struct queued older)
{
    if (strcmp(older.operation->state, "queued") == 0)
        return queue_waits(d->view, older.operation) && queue_supersedes(d->view, self_of(d), older);
    return queue_is_before_line(older.operation) && queue_is_later(d->view, d->operation, older.operation) &&
           order_by_name(d->body->version, older.body->version) != ORDER_OLDER;
}

static bool is_live_here(const struct deploying *d, const struct operation *other)
{
    return other->target && strcmp(other->target, d->operation->target) == 0 && !operation_has_ended(other) &&
           strcmp(other->id, d->operation->id) != 0;
}

static void tell_older(struct deploying *d)
{
    size_t count = d->view->list_operations(d->view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(d->view->arena, (count + 1) * sizeof(*all));

    d->view->list_operations(d->view->ctx, all, count);
    for (size_t i = 0; i < count; i++) {
        struct queued older;
        cJSON *body;

        if (!is_live_here(d, all[i]) || !queue_read(d->view, all[i], &older) || !concerns(d, older))
            continue;
        body = json_object();
        json_set_string(body, "by", d->operation->id);
        outcome_message(d->out, all[i]->id, MESSAGE_OVERTAKEN, body);
    }
}

/* As a request of its own, in the name of whoever asks: policy is asked about it as about any other `abort`. */
static void abort_what_runs(struct deploying *d)
{
    struct queued running;
    const char **words;
    cJSON *body;

    if (!queue_find_aborted(d->view, d->operation, &running))
        return;
    words = arena_alloc(d->view->arena, 2 * sizeof(*words));
    words[0] = running.operation->id;
    words[1] = arena_printf(d->view->arena, "--reason=--now of %s", d->operation->id);
    outcome_request(d->out, (struct wanted_request){
                                .name = arena_printf(d->view->arena, ABORT_NAME "%s", running.operation->id),
                                .verb = verb_abort.name,
                                .words = words,
                                .words_count = 2,
                            });
    body = json_object();
    json_set_string(body, "aborts", running.operation->id);
    outcome_journal(d->out, "deploy.now", body, principal_personal(&d->operation->requester));
    deploy_add_act(
        d, (struct deploy_act){
               .who = principal_mention(&d->operation->requester, d->view->arena),
               .what = arena_printf(d->view->arena, "has %s aborted for it, by `--now`", queue_name(d->view, running)),
           });
}

static void tell_line(struct deploying *d)
{
    outcome_timer(d->out, "line", d->view->now_ms + LINE_SHOWN_EVERY_MS);
}

void deploy_queue(struct deploying *d)
{
    const char *overtaken = queue_overtaken(d->view, self_of(d));
    struct queued newer;

    if (is_overtaken(d, &newer)) {
        end_superseded(d, newer);
        return;
    }
    if (overtaken)
        deploy_note(d, "overtaken", "goes on all the same", NULL, overtaken);
    d->body->overtaken_by = NULL; /* that was decided, and stays so if it comes to the line once more */
    deploy_move(d, "queued", DEPLOY_NO_DEADLINE_MS);
    d->out->claims = d->operation->target;
    d->out->claims_ahead = d->body->is_now;
    tell_older(d);
    if (d->body->is_now)
        abort_what_runs(d);
    if (queue_behind(d->view, self_of(d)))
        tell_line(d);
}

/* Who waits in the line was told of nobody that had the target: now they come first. */
void deploy_leave_line(struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    struct queued newest = { 0 };

    for (size_t i = 0; target && i < target->waiting_count; i++) {
        struct queued other;

        if (queue_read(d->view, d->view->find_operation(d->view->ctx, target->waiting[i]), &other) &&
            queue_supersedes(d->view, other, self_of(d)) &&
            order_by_name(other.body->version, d->body->version) != ORDER_OLDER &&
            (!newest.operation || queue_is_later(d->view, other.operation, newest.operation)))
            newest = other;
    }
    if (newest.operation)
        d->body->overtaken_by = newest.operation->id;
    d->out->releases = true;
}

/* ---- it waits in the line ---- */

void deploy_on_line(struct deploying *d)
{
    deploy_keep(d);
    if (queue_behind(d->view, self_of(d)))
        tell_line(d);
}

/* It may be another's to stop, by now: then this one waits behind it like any other. */
void deploy_on_abort_refused(struct deploying *d)
{
    const char *name = json_find_string(d->event->body, "name"), *text = json_find_string(d->event->body, "text");
    struct str id = str_of(name ? name : ""), why = str_of(text ? text : "no reason was given");
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);

    if (!str_take_prefix(&id, ABORT_NAME) || !target || !target->holder || strcmp(target->holder, id.at) != 0)
        return;
    str_take_prefix(&why, "*Denied*: ");
    deploy_note(d, "abort_refused", arena_printf(d->view->arena, "did not abort %s, and waits behind it", id.at), NULL,
                card_quote(str_take_until(&why, '\n'), DEPLOY_QUOTED_BYTES, d->view->arena));
    deploy_keep(d);
}

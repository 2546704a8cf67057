/* queue_forward.c - what a machine asks for never goes backwards: not to a version that is older than what serves or
 * goes first, and not to one that was left as bad. A person may do either.
 *
 * By name where both are versions; else by their commits, which GitHub compares, one pair after the other. What neither
 * tells is let through. Nothing is refused for what the record alone says of what serves: Cloud Run is asked first, and
 * what it tells before the start counts.
 */
#include "handlers/deploy/queue.h"

#include "handlers/deploy/evidence.h"
#include "handlers/deploy/order.h"

#include "bot/model/checks.h"
#include "bot/model/exchange.h"
#include "bot/model/plant.h"

#include <string.h>

struct rival {                    /* what is there, or comes there first */
    const char *where;            /* "that serves", "of D21, which goes first" */
    const char *version, *commit; /* NULL: not known */
    bool is_serving;
};

/* A token's or an App's; or of a door at which nobody types: a release, a workflow that has ended. */
bool queue_is_automation(const struct operation *operation)
{
    static const char *const machines[] = { "token", "github-app" }, *const doors[] = { "slack", "local", "api" };

    for (size_t i = 0; i < ARRAY_LEN(machines); i++)
        if (text_equal(operation->requester.system, machines[i]))
            return true;
    for (size_t i = 0; i < ARRAY_LEN(doors); i++)
        if (text_equal(operation->source, doors[i]))
            return false;
    return true;
}

/* ---- what there is ---- */

static void add(const struct deploying *d, struct rival **rivals, size_t *count, struct rival rival)
{
    *ARENA_PUSH(d->view->arena, *rivals, *count) = rival;
}

/* A way back that is under way will leave what serves. */
static bool is_left(const struct deploying *d, const struct target *target)
{
    const struct operation *holder = target->holder ? d->view->find_operation(d->view->ctx, target->holder) : NULL;
    struct queued one;

    return holder &&
           (queue_read(d->view, holder, &one) ? one.body->is_way_back : strcmp(holder->kind, "rollback") == 0);
}

static void add_deploy(const struct deploying *d, const char *id, struct rival **rivals, size_t *count)
{
    const struct operation *operation = id ? d->view->find_operation(d->view->ctx, id) : NULL;
    struct queued one;

    if (!queue_read(d->view, operation, &one) || one.body->is_way_back || deploy_is_being_aborted(operation))
        return;
    add(d, rivals, count,
        (struct rival){ arena_printf(d->view->arena, "of %s, which goes first", id), one.body->version,
                        evidence_commit(d->view, one.body), false });
}

static void add_version(const struct deploying *d, const struct target_version *version, const char *where,
                        struct rival **rivals, size_t *count)
{
    add(d, rivals, count,
        (struct rival){ where, version->version, evidence_version_commit(d->view, d->body->service, version), true });
}

/* Of a revision that no record has nobody knows whether it is older than what was good last. */
static void add_serving(const struct deploying *d, const struct target *target, struct rival **rivals, size_t *count)
{
    const struct queue_serving serving = queue_what_serves(d, target);
    bool has_stranger = false;

    for (size_t i = 0; i < serving.count; i++) {
        add_version(d, &serving.versions[i], serving.is_untold ? "that serves by the record" : "that serves", rivals,
                    count);
        has_stranger = has_stranger || !serving.versions[i].version;
    }
    if (has_stranger && target->good_count > 0)
        add_version(d, &target->good[target->good_count - 1], "that was good last", rivals, count);
}

/* Once it has the target, only what serves is before it. */
static size_t find_rivals(const struct deploying *d, struct rival **ret)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    bool is_its_turn = queue_has_target(d->view, d->operation);
    struct rival *rivals = NULL;
    size_t count = 0;

    if (target && !is_left(d, target))
        add_serving(d, target, &rivals, &count);
    if (target && !is_its_turn)
        add_deploy(d, target->holder, &rivals, &count);
    for (size_t i = 0; target && !is_its_turn && i < target->waiting_count; i++)
        add_deploy(d, target->waiting[i], &rivals, &count);
    *ret = rivals;
    return count;
}

/* ---- it does not go on ---- */

static void refuse(struct deploying *d, const char *why)
{
    d->body->failed_in = d->state;
    deploy_keep(d);
    outcome_end(d->out, "refused", "refused",
                "%s. What a machine asks for never goes backwards; nothing was changed. A person may: `%s`.", why,
                deploy_words(d->view, d->operation->target, d->body));
}

static void refuse_older(struct deploying *d, const struct rival *rival)
{
    refuse(d, arena_printf(d->view->arena, "`%s` is older than the `%s` %s in %s", deploy_quote(d, d->body->version),
                           deploy_quote(d, rival->version ? rival->version : "version"), rival->where,
                           d->operation->target));
}

/* By its image; by its name only where the driver knows no image. */
static bool is_bad(const struct deploying *d, const struct target_version *bad)
{
    if (d->body->image || bad->image)
        return text_equal(d->body->image, bad->image);
    return text_equal(d->body->version, bad->version);
}

/* False: it is, and has ended. */
static bool is_not_bad(struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);

    for (size_t i = target ? target->bad_count : 0; i > 0; i--) {
        const struct target_version *bad = &target->bad[i - 1];

        if (!is_bad(d, bad))
            continue;
        refuse(d,
               arena_printf(d->view->arena, "`%s` was left as bad in %s by %s%s%s", deploy_quote(d, d->body->version),
                            d->operation->target, bad->operation ? bad->operation : "another operation",
                            bad->why ? ": " : "", bad->why ? deploy_quote(d, bad->why) : ""));
        return false;
    }
    return true;
}

/* Nobody knows what would be left, so nobody knows whether it is older. False: so it is, and it has ended. */
static bool is_known_what_serves(struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);

    if (!target || !target->doubt)
        return true;
    refuse(d, arena_printf(d->view->arena,
                           "What serves in %s is in doubt since %s: `rollback` settles that, and so does a deploy of a "
                           "person",
                           d->operation->target, target->doubt));
    return false;
}

static bool is_ours(const struct deploying *d, const struct target_version *version)
{
    return text_equal(d->body->image, version->image) &&
           (text_equal(d->body->version, version->version) ||
            order_by_name(d->body->version, version->version) == ORDER_SAME);
}

static const char *names_of(const struct deploying *d, const struct queue_serving *serving)
{
    const char *names = NULL;

    for (size_t i = 0; i < serving->count; i++) {
        const struct target_version *one = &serving->versions[i];
        const char *name = deploy_quote(d, one->version ? one->version : one->revision);

        names =
            names ? arena_printf(d->view->arena, "%s, `%s`", names, name) : arena_printf(d->view->arena, "`%s`", name);
    }
    return names ? names : "nothing";
}

static void end_not_new(struct deploying *d, const char *sentence)
{
    d->body->failed_in = d->state;
    deploy_keep(d);
    outcome_end(d->out, "refused", "refused", "%s", sentence);
}

static void refuse_serving(struct deploying *d, const struct queue_serving *serving)
{
    end_not_new(d, arena_printf(d->view->arena, "`%s` serves in %s already%s. Nothing was changed.",
                                deploy_quote(d, d->body->version), d->operation->target,
                                serving->is_untold ? " by the record; Cloud Run did not tell" : ""));
}

/* Whoever moved it had a reason, which no machine knows. */
static void refuse_moved(struct deploying *d, const struct queue_serving *serving)
{
    end_not_new(d,
                arena_printf(d->view->arena,
                             "`%s` was good in %s, and somebody has moved its traffic since: %s has it. A machine does "
                             "not undo that; nothing was changed. A person may: `%s`.",
                             deploy_quote(d, d->body->version), d->operation->target, names_of(d, serving),
                             deploy_words(d->view, d->operation->target, d->body)));
}

/* False: it serves already, or did last, and it has ended; or Cloud Run is asked first. Other settings make another
 * deploy. */
static bool is_new(struct deploying *d)
{
    const struct target *target = d->view->find_target(d->view->ctx, d->operation->target);
    struct queue_serving serving;

    if (!target || d->body->env_count > 0 || is_left(d, target))
        return true;
    serving = queue_what_serves(d, target);
    for (size_t i = 0; i < serving.count; i++) {
        if (!is_ours(d, &serving.versions[i]))
            continue;
        if (!queue_asks_what_serves(d))
            refuse_serving(d, &serving);
        return false;
    }
    if (!serving.is_told || target->good_count == 0 || !is_ours(d, &target->good[target->good_count - 1]))
        return true;
    refuse_moved(d, &serving);
    return false;
}

/* ---- by their commits ---- */

static const struct deploy_compared *find_compared(const struct deploying *d, const char *base, const char *head)
{
    for (size_t i = 0; i < d->body->compared_count; i++)
        if (text_equal(d->body->compared[i].base, base) && text_equal(d->body->compared[i].head, head))
            return &d->body->compared[i];
    return NULL;
}

static void ask_github(struct deploying *d, const char *base, const char *head)
{
    struct authors_ask ask = { d->body->source, base, head };

    d->body->comparing = base;
    deploy_keep(d);
    outcome_read(d->out, "order", READING_AUTHORS, shape_to_json(&authors_ask_shape, &ask, SHAPE_WHOLE),
                 DEPLOY_PIN_DEADLINE_MS);
}

/* False: GitHub is asked first. */
static bool find_order(struct deploying *d, const struct rival *rival, enum order *ret)
{
    const char *ours = evidence_commit(d->view, d->body);
    const struct deploy_compared *compared;

    *ret = order_by_name(d->body->version, rival->version);
    if (*ret != ORDER_UNKNOWN || !d->body->source || !ours || !rival->commit)
        return true;
    if (text_equal(ours, rival->commit))
        return true;
    compared = find_compared(d, rival->commit, ours);
    if (compared)
        *ret = order_by_relation(compared->relation);
    else
        ask_github(d, rival->commit, ours);
    return compared != NULL;
}

bool deploy_goes_forward(struct deploying *d)
{
    struct rival *rivals;
    size_t count;

    if (d->body->is_way_back || !queue_is_automation(d->operation))
        return true;
    if (!is_known_what_serves(d) || !is_not_bad(d) || !is_new(d))
        return false;
    count = find_rivals(d, &rivals);
    for (size_t i = 0; i < count; i++) {
        enum order order;

        if (!find_order(d, &rivals[i], &order))
            return false;
        if (order != ORDER_OLDER || PLANTED(BACKWARDS_TAKEN))
            continue;
        if (!rivals[i].is_serving || !queue_asks_what_serves(d))
            refuse_older(d, &rivals[i]);
        return false;
    }
    return true;
}

bool deploy_goes_forward_from(struct deploying *d, const struct run_service *service)
{
    queue_keep_serving(d, service);
    return deploy_goes_forward(d);
}

static void keep_compared(struct deploying *d, const char *relation)
{
    struct deploy_compared *compared = NULL;
    size_t count = 0;

    for (size_t i = 0; i < d->body->compared_count; i++) /* the old list belongs to the record */
        *ARENA_PUSH(d->view->arena, compared, count) = d->body->compared[i];
    *ARENA_PUSH(d->view->arena, compared, count) =
        (struct deploy_compared){ d->body->comparing, evidence_commit(d->view, d->body), relation };
    d->body->compared = compared;
    d->body->compared_count = count;
    d->body->comparing = NULL;
}

/* It is asked for before the line, and with the target in our hands. */
static bool is_waited_for(const struct deploying *d)
{
    return queue_is_before_line(d->operation) || deploy_is_in(d, "looking") ||
           (deploy_is_in(d, "queued") && queue_has_target(d->view, d->operation));
}

/* What serves was seen already, and may be another by now. */
static void go_on(struct deploying *d)
{
    if (deploy_is_in(d, "looking"))
        deploy_on_poll_service(d);
    else
        deploy_go_on_pinned(d);
}

void deploy_on_compared(struct deploying *d)
{
    struct authors_read read;
    struct error err;

    if (!d->body->comparing || !is_waited_for(d))
        return;
    if (d->event->end != END_DONE ||
        !shape_from_json(&authors_read_shape, d->event->body, d->view->arena, &read, &err)) {
        refuse(d, arena_printf(d->view->arena, "GitHub did not tell whether commit `%.12s` is older than `%.12s`: %s",
                               evidence_commit(d->view, d->body), d->body->comparing, deploy_reason(d)));
        return;
    }
    keep_compared(d, read.relation);
    go_on(d);
}

void deploy_on_serving_told(struct deploying *d)
{
    struct run_service service;
    const char *ignored;

    if (!is_waited_for(d))
        return;
    queue_keep_serving(d, deploy_sees(d, &service, &ignored) ? &service : NULL);
    go_on(d);
}

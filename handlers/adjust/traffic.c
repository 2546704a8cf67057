/* traffic.c - `traffic`: the split between revisions, told, or set by hand; between which, and from what. */
#include "handlers/adjust/adjust.h"

#include "handlers/adjust/adjusting.h"
#include "handlers/deploy/ending.h"
#include "handlers/deploy/split.h"
#include "handlers/hold/hold.h"
#include "handlers/rollback/glass.h"

#include "bot/model/card.h"
#include "bot/model/exchange.h"

#include <inttypes.h>
#include <string.h>

#define BEFORE_MAX 10
#define QUOTED_BYTES 150
#define COMPARE_DEADLINE_MS (30 * SECOND_MS)

static struct split wanted_of(const struct adjust_body *body)
{
    return (struct split){ body->wanted, body->wanted_count };
}

static struct split before_of(const struct adjust_body *body)
{
    return (struct split){ body->before, body->before_count };
}

/* ---- who has it in their hands ---- */

/* What was typed was said of what serves now, and not of what somebody else's rollout will leave. */
const struct operation *adjust_find_holder(const struct view *view, const char *target, const char *id)
{
    const struct target *found = view->find_target(view->ctx, target);

    return found && found->holder && strcmp(found->holder, id) != 0 ? view->find_operation(view->ctx, found->holder)
                                                                    : NULL;
}

const char *adjust_holder_words(const struct operation *holder, const char *target, struct arena *arena)
{
    return arena_printf(arena,
                        "%s is at work at %s (%s, %s), and its traffic is in its hands: `pause`, `promote` and `abort` "
                        "are said to it",
                        holder->id, target, holder->kind, holder->state);
}

/* ---- what is there ---- */

static const char *now(const struct adjusting *a, const struct run_service *service)
{
    return split_text(split_asked(service, a->view->arena), a->view->arena);
}

static bool is_made(const struct adjust_body *body, const struct run_service *service)
{
    return run_split_equal(body->wanted, body->wanted_count, service->wanted, service->wanted_count);
}

/* What failed still serves as before, whatever is asked for. */
static bool is_shown(const struct adjust_body *body, const struct run_service *service)
{
    return run_split_equal(body->wanted, body->wanted_count, service->observed, service->observed_count);
}

static bool is_as_before(const struct adjust_body *body, const struct run_service *service)
{
    return run_split_equal(body->before, body->before_count, service->wanted, service->wanted_count);
}

static const struct target_version *find_version(const struct target_version *list, size_t count, const char *revision)
{
    for (size_t i = count; i > 0; i--)
        if (list[i - 1].revision && strcmp(list[i - 1].revision, revision) == 0)
            return &list[i - 1];
    return NULL;
}

static const struct target_version *find_good(const struct adjusting *a, const char *revision)
{
    const struct target *target = a->view->find_target(a->view->ctx, a->operation->target);

    return target ? find_version(target->good, target->good_count, revision) : NULL;
}

static bool is_known_as_good(const struct target *target, const char *revision)
{
    return target && find_version(target->good, target->good_count, revision) &&
           !find_version(target->bad, target->bad_count, revision);
}

/* ---- looked at: the service ---- */

static void tell(struct adjusting *a, const struct run_service *service)
{
    struct arena *arena = a->view->arena;

    adjust_answer(a, "done",
                  arena_printf(arena, "%s: %s%s", a->operation->target, now(a, service),
                               service->is_settled ? "" : "; it is being changed just now"));
    for (size_t i = 0; i < service->wanted_count; i++)
        if (service->wanted[i].tag)
            outcome_reply_line(a->out, "Tag `%s` is on `%s`.", adjust_quote(a, service->wanted[i].tag),
                               adjust_quote(a, service->wanted[i].revision));
}

static const char *revision_of_tag(const struct run_service *service, const char *name)
{
    for (size_t i = 0; i < service->wanted_count; i++)
        if (service->wanted[i].tag && strcmp(service->wanted[i].tag, name) == 0)
            return service->wanted[i].revision;
    return NULL;
}

/* All of it on an older good one takes those after it out of what is known as good: on_made. */
static bool is_good_afterwards(const struct adjusting *a, const char *revision)
{
    const struct target *target = a->view->find_target(a->view->ctx, a->operation->target);

    return is_known_as_good(target, revision) && a->body->wanted_count > 1;
}

/* As it is typed to make it so again. */
static const char *back_line(const struct adjusting *a)
{
    struct arena *arena = a->view->arena;
    const char *line = arena_printf(arena, "traffic %s %s%s", a->body->service, a->body->environment,
                                    place_region_option(a->operation->target, arena));

    for (size_t i = 0; i < a->body->before_count; i++)
        line = arena_printf(arena, "%s %s=%" PRId64, line, a->body->before[i].revision, a->body->before[i].percent);
    for (size_t i = 0; i < a->body->before_count; i++)
        if (!is_good_afterwards(a, a->body->before[i].revision))
            line = arena_printf(arena, "%s --confirm %s", line, a->body->before[i].revision);
    return line;
}

static const char *top_of(struct split split)
{
    size_t top = 0;

    for (size_t i = 1; i < split.count; i++)
        if (split.shares[i].percent > split.shares[top].percent)
            top = i;
    return split.count > 0 ? split.shares[top].revision : NULL;
}

/* The service says of itself what serves, and what did before. */
static void plan_annotations(struct adjusting *a, const struct run_service *service)
{
    const char *top = top_of(wanted_of(a->body));
    const struct target_version *good = find_good(a, top);

    if (service->serving && strcmp(top, service->serving) == 0) {
        a->body->version = run_annotation(service, RUN_ANNOTATION_VERSION);
        a->body->previous = run_annotation(service, RUN_ANNOTATION_PREVIOUS);
    } else {
        a->body->version = good ? good->version : NULL;
        a->body->previous = service->serving;
    }
}

static void take_sight(struct adjusting *a, const struct run_service *service)
{
    struct split before = split_asked(service, a->view->arena);
    struct arena *arena = a->view->arena;

    a->body->before = before.shares;
    a->body->before_count = before.count;
    a->body->serving = service->serving;
    a->body->becomes = arena_printf(arena, "%s → %s", split_text(before, arena), split_text(wanted_of(a->body), arena));
    a->body->back = back_line(a);
    plan_annotations(a, service);
}

static void compare(struct adjusting *a)
{
    struct run_revisions_ask ask = { .place = a->body->place };

    for (size_t i = 0; i < a->body->wanted_count; i++)
        *ARENA_PUSH(a->view->arena, ask.revisions, ask.revisions_count) = a->body->wanted[i].revision;
    for (size_t i = 0; i < a->body->before_count && i < BEFORE_MAX; i++)
        if (split_percent(wanted_of(a->body), a->body->before[i].revision) < a->body->before[i].percent)
            *ARENA_PUSH(a->view->arena, ask.revisions, ask.revisions_count) = a->body->before[i].revision;
    adjust_move(a, "comparing", 0);
    outcome_read(a->out, "revisions", READING_REVISIONS, shape_to_json(&run_revisions_ask_shape, &ask, SHAPE_WHOLE),
                 COMPARE_DEADLINE_MS);
}

static void on_looked(struct adjusting *a, const struct run_service *service)
{
    if (a->body->only_tells) {
        tell(a, service);
        return;
    }
    for (size_t i = 0; i < a->body->wanted_count; i++) {
        const char *name = a->body->wanted[i].revision, *revision = revision_of_tag(service, name);

        if (revision) {
            adjust_refuse(a, "`%s` is a tag, which may move: it is on `%s` now, so name that", adjust_quote(a, name),
                          adjust_quote(a, revision));
            return;
        }
    }
    if (!service->is_settled) {
        adjust_refuse(a, "%s is being changed just now: look again in a moment", a->operation->target);
        return;
    }
    take_sight(a, service);
    if (is_made(a->body, service))
        adjust_answer(a, "done",
                      arena_printf(a->view->arena, "%s: nothing to do, its traffic is %s already", a->operation->target,
                                   now(a, service)));
    else
        compare(a);
}

/* ---- compared: its revisions ---- */

static const struct run_revision *find_revision(const struct run_revisions *found, const char *name)
{
    for (size_t i = 0; i < found->revisions_count; i++)
        if (strcmp(found->revisions[i].revision, name) == 0)
            return &found->revisions[i];
    return NULL;
}

/* Of those that opsgate knows: with traffic now, good, or left. */
static const char *nearest(const struct adjusting *a, const char *name)
{
    const struct target *target = a->view->find_target(a->view->ctx, a->operation->target);
    const char **names = NULL;
    size_t count = 0;

    for (size_t i = 0; i < a->body->before_count; i++)
        *ARENA_PUSH(a->view->arena, names, count) = a->body->before[i].revision;
    for (size_t i = 0; target && i < target->good_count; i++)
        if (target->good[i].revision)
            *ARENA_PUSH(a->view->arena, names, count) = target->good[i].revision;
    for (size_t i = 0; target && i < target->bad_count; i++)
        if (target->bad[i].revision)
            *ARENA_PUSH(a->view->arena, names, count) = target->bad[i].revision;
    return str_nearest(str_of(name), names, count);
}

static void refuse_missing(struct adjusting *a, const char *name)
{
    const char *near = nearest(a, name);

    adjust_refuse(a, "%s has no revision `%s`%s%s%s", a->operation->target, adjust_quote(a, name),
                  near ? ". Did you mean `" : "", near ? adjust_quote(a, near) : "", near ? "`?" : "");
}

/* ---- what the record says against it ---- */

static bool is_confirmed(const struct adjust_body *body, const char *revision)
{
    for (size_t i = 0; i < body->confirmed_count; i++)
        if (strcmp(body->confirmed[i], revision) == 0)
            return true;
    return false;
}

static const char *quote(const struct view *view, const char *words)
{
    return card_quote(str_of(words), QUOTED_BYTES, view->arena);
}

/* It has to be named once more. */
static const char *unconfirmed_words(const struct view *view, const struct target *target, const char *revision)
{
    const struct target_version *bad = target ? find_version(target->bad, target->bad_count, revision) : NULL;
    const char *name = quote(view, revision);

    if (!bad)
        return arena_printf(view->arena,
                            "`%s` is none that is known as good. Whoever gives it more traffic all the same names it "
                            "once more: `--confirm %s`",
                            name, name);
    return arena_printf(view->arena,
                        "`%s` was left as bad%s%s%s%s. Whoever gives it more traffic all the same names it once more: "
                        "`--confirm %s`",
                        name, bad->operation ? " by " : "", bad->operation ? bad->operation : "", bad->why ? ": " : "",
                        bad->why ? quote(view, bad->why) : "", name);
}

/* Between what serves and this one there was a version that older code cannot run after; as of a rollback. */
static const char *passed_words(const struct view *view, const struct target *target, const struct adjust_body *body,
                                const char *revision)
{
    const struct rollback_body back = { .from.revision = body->serving, .to.revision = revision };
    const char *passed = is_known_as_good(target, revision) ? glass_version(target, &back) : NULL;

    if (!passed)
        return NULL;
    return arena_printf(view->arena,
                        "`%s` is irreversible, and `%s` is older: its code cannot run on what that changed, so only "
                        "`rollback %s %s%s --break-glass TEXT` goes back past it",
                        quote(view, passed), quote(view, revision), body->service, body->environment,
                        place_region_option(target->name, view->arena));
}

static const char *find_objection(const struct view *view, const char *name, const struct adjust_body *body)
{
    const struct target *target = view->find_target(view->ctx, name);

    for (size_t i = 0; i < body->wanted_count; i++) {
        const struct run_share *share = &body->wanted[i];
        const char *passed;

        if (share->percent <= split_percent(before_of(body), share->revision))
            continue;
        if (!is_known_as_good(target, share->revision) && !is_confirmed(body, share->revision))
            return unconfirmed_words(view, target, share->revision);
        passed = passed_words(view, target, body, share->revision);
        if (passed)
            return passed;
    }
    return NULL;
}

/* ---- compared ---- */

/* Older code cannot run on what it changed: that takes a broken glass, which is a rollback's. */
static bool leaves_irreversible(struct adjusting *a, const struct run_revisions *found)
{
    for (size_t i = 0; i < a->body->before_count; i++) {
        const struct run_share *share = &a->body->before[i];
        const struct run_revision *revision = find_revision(found, share->revision);
        const struct target_version *good = find_good(a, share->revision);

        if (split_percent(wanted_of(a->body), share->revision) >= share->percent ||
            !((revision && revision->is_irreversible) || (good && good->is_irreversible)))
            continue;
        adjust_refuse(a,
                      "`%s` is irreversible: older code cannot run on what it changed, so only `rollback %s %s "
                      "--break-glass TEXT` takes traffic from it",
                      adjust_quote(a, share->revision), a->body->service, a->body->environment);
        return true;
    }
    return false;
}

static void on_compared(struct adjusting *a)
{
    struct run_revisions found;
    const struct operation *holder = adjust_find_holder(a->view, a->operation->target, a->operation->id);
    const char *objection;
    struct error err;

    if (a->event->end != END_DONE ||
        !shape_from_json(&run_revisions_shape, a->event->body, a->view->arena, &found, &err)) {
        adjust_refuse(a, "Cloud Run did not tell of its revisions: %s", deploy_why(a->event, a->view->arena));
        return;
    }
    for (size_t i = 0; i < a->body->wanted_count; i++) {
        const struct run_share *share = &a->body->wanted[i];
        const struct run_revision *revision = find_revision(&found, share->revision);

        if (!revision) {
            refuse_missing(a, share->revision);
            return;
        }
        if (share->percent > 0 && !revision->is_ready) {
            adjust_refuse(a, "revision `%s` is not ready: %s", adjust_quote(a, share->revision),
                          adjust_quote(a, revision->problem));
            return;
        }
    }
    objection = find_objection(a->view, a->operation->target, a->body);
    if (objection) {
        adjust_refuse(a, "%s", objection);
        return;
    }
    if (leaves_irreversible(a, &found))
        return;
    if (holder && !a->body->is_dry_run)
        adjust_refuse(a, "%s", adjust_holder_words(holder, a->operation->target, a->view->arena));
    else
        adjust_go_on(a);
}

/* ---- it is made ---- */

static void change(struct adjusting *a)
{
    struct run_traffic args = {
        .place = a->body->place,
        .expected = a->body->before,
        .expected_count = a->body->before_count,
        .wanted = a->body->wanted,
        .wanted_count = a->body->wanted_count,
        .version = a->body->version,
        .previous = a->body->previous,
    };

    outcome_effect(a->out, (struct wanted_effect){
                               .kind = EFFECT_TRAFFIC,
                               .lane = arena_printf(a->view->arena, "target:%s", a->operation->target),
                               .tag = "change",
                               .args = shape_to_json(&run_traffic_shape, &args, SHAPE_WHOLE),
                           });
}

static const struct operation *find_hold(const struct view *view, const struct adjust_body *body,
                                         const struct principal *requester)
{
    return hold_find(view, body->service, body->environment, verb_traffic.name, requester);
}

/* All of it on a version that was good: from here on that is what serves, and where a way back begins. */
static void on_made(struct adjusting *a)
{
    const struct target_version *good = find_good(a, top_of(wanted_of(a->body)));
    struct target_version *again;

    if (!good || split_percent(wanted_of(a->body), good->revision) != 100)
        return;
    again = ARENA_NEW(a->view->arena, struct target_version);
    *again = *good;
    a->out->good = again;
    a->out->is_return = true;
}

const struct adjust_way adjust_traffic = {
    .verb = "traffic",
    .takes_target = true,
    .title = "Traffic of",
    .changing = "moving the traffic",
    .doing = "Moving the traffic of",
    .done = "Moved the traffic of",
    .on_looked = on_looked,
    .on_compared = on_compared,
    .change = change,
    .is_made = is_made,
    .is_shown = is_shown,
    .is_as_before = is_as_before,
    .now = now,
    .find_hold = find_hold,
    .find_objection = find_objection,
    .on_made = on_made,
};

#include "handlers/trigger/deployment.h"

#include "handlers/deploy/github_told.h"
#include "handlers/trigger/places.h"

#include "bot/model/checks.h"
#include "bot/model/deployment.h"
#include "bot/model/exchange.h"
#include "bot/model/settings.h"
#include "bot/model/source.h"

#include <inttypes.h>
#include <string.h>

#define NUMBER_MAX (INT64_C(1) << 53)
#define OURS "opsgate made that deployment itself"

bool deployment_is_ours(const struct view *view, const char *app, const char *operation)
{
    const struct github_app *ours = view->settings->github ? view->settings->github->app : NULL;

    return operation || (app && ours && strcmp(app, arena_printf(view->arena, "%" PRId64, ours->id)) == 0);
}

static int64_t number_of(const struct trigger_body *body)
{
    struct error ignored;
    int64_t number = 0;

    return body->id && parse_int(str_of(body->id), 1, NUMBER_MAX, &number, &ignored) ? number : 0;
}

/* ---- GitHub is told ---- */

static struct deployment_status_made status_of(const struct triggering *t, const char *state, const char *words)
{
    return (struct deployment_status_made){
        .of = { .repository = t->body->repository,
                .sha = t->body->sha,
                .environment = t->body->environment,
                .task = DEPLOYMENT_TASK,
                .operation = t->out->outside_id,
                .deployment = number_of(t->body) },
        .state = state,
        .description = words,
    };
}

static void tell(struct triggering *t, const char *state, const char *words)
{
    const struct deployment_status_made status = status_of(t, state, words);

    github_told_say(t->view, &status, t->out);
}

/* Then nobody is asked how it goes on; what was begun goes on by itself. */
static void tell_if_stuck(struct triggering *t)
{
    const struct deployment_status_made status =
        status_of(t, DEPLOYMENT_ERROR,
                  arena_printf(t->view->arena, "%s is stuck: opsgate failed at it. What was begun goes on in Slack",
                               t->out->operation_id));

    github_told_if_stuck(t->view, &status, t->out);
}

/* Why something was refused may name people and rules, and anybody may read along. */
static void tell_log(struct triggering *t)
{
    tell(t, DEPLOYMENT_FAILURE,
         arena_printf(t->view->arena, "It was not allowed, and nothing was begun: the log of opsgate says why (%s)",
                      t->out->operation_id));
}

/* ---- is it what was told? ---- */

void deployment_confirm(struct triggering *t)
{
    struct deployment_ask ask = { t->body->repository, number_of(t->body) };

    outcome_read(t->out, "deployment", READING_DEPLOYMENT, shape_to_json(&deployment_ask_shape, &ask, SHAPE_WHOLE),
                 TRIGGER_READ_MS);
}

static bool has_ended(const char *state)
{
    static const char *const ends[] = { DEPLOYMENT_SUCCESS, DEPLOYMENT_FAILURE, DEPLOYMENT_ERROR, DEPLOYMENT_INACTIVE };

    for (size_t i = 0; state && i < ARRAY_LEN(ends); i++)
        if (strcmp(ends[i], state) == 0)
            return true;
    return false;
}

/* NULL: it is. Its age was judged by the date that was told: so that has to be GitHub's. */
static const char *fault_of(const struct triggering *t, const struct deployment_now *now)
{
    if (strcmp(now->sha, t->body->sha) != 0)
        return "GitHub knows it as one of another commit";
    if (!str_equal_nocase(str_of(now->environment), str_of(t->body->environment)))
        return "GitHub knows it as one to another environment";
    if (strcmp(now->task, DEPLOYMENT_TASK) != 0)
        return "its task is another one";
    if (now->created_at_ms != t->body->happened_at_ms)
        return "GitHub knows it as made at another time";
    return has_ended(now->state) ? "it has ended by now, as GitHub shows it" : NULL;
}

/* ---- does a branch contain it? ---- */

/* Of which a branch is to be looked at yet; NULL: of none. */
static const struct trigger_place *find_unlooked(const struct triggering *t)
{
    for (size_t i = 0; i < t->body->places_count; i++)
        if (t->body->places[i].state == PLACE_FOUND && t->body->places[i].branch)
            return &t->body->places[i];
    return NULL;
}

/* One after the other: as a rule there is one. */
static void ask_branch(struct triggering *t)
{
    const struct trigger_place *place = find_unlooked(t);

    if (!place) {
        trigger_compare(t);
        return;
    }
    trigger_keep(t);
    trigger_ask_source(t, "branch", READING_COMMIT, arena_printf(t->view->arena, "heads/%s", place->branch));
}

/* `fault` NULL: the branch that was asked about contains it. */
static void settle_branch(struct triggering *t, const char *fault)
{
    const struct trigger_place *first = find_unlooked(t);
    const char *branch = first ? first->branch : "";

    for (size_t i = 0; i < t->body->places_count; i++) {
        struct trigger_place *place = &t->body->places[i];

        if (!place->branch || strcmp(place->branch, branch) != 0)
            continue;
        place->branch = NULL;
        if (fault) {
            place->state = PLACE_REFUSED;
            place->text = arena_printf(t->view->arena, "`%s` %s", trigger_quote(t, branch), fault);
        }
    }
    ask_branch(t);
}

/* It is theirs and as it was told, so it is told that it comes to nothing. */
static bool read_answer(struct triggering *t, const struct shape *shape, void *ret_value)
{
    if (trigger_read_answer(t, shape, ret_value))
        return true;
    if (t->out->result)
        tell_log(t);
    return false;
}

void deployment_on_branch(struct triggering *t)
{
    struct source_commit head;

    if (!read_answer(t, &source_commit_shape, &head))
        return;
    if (strcmp(head.sha, t->body->sha) == 0)
        settle_branch(t, NULL);
    else
        trigger_ask_order(t, "contained", head.sha);
}

void deployment_on_contained(struct triggering *t)
{
    struct authors_read read;

    if (!read_answer(t, &authors_read_shape, &read))
        return;
    if (!read.relation)
        settle_branch(t, "may not contain its commit: GitHub does not tell");
    else
        settle_branch(t, strcmp(read.relation, "ahead") == 0 ? NULL : "does not contain its commit");
}

/* ---- what GitHub says of it ---- */

/* A deploy that it began before, told of now once more, tells of it. */
static bool is_on_record(const struct triggering *t)
{
    const struct view *view = t->view;
    size_t live = view->list_operations(view->ctx, NULL, 0), ended = view->list_ended(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (live + ended + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, live);
    view->list_ended(view->ctx, all + live, ended);
    for (size_t i = 0; i < live + ended; i++) {
        const char *subject = json_find_string(all[i]->body, "trigger.subject");

        if (text_equal(subject, t->body->subject))
            return true;
    }
    return false;
}

void deployment_on_read(struct triggering *t)
{
    struct deployment_now now;
    const char *why;

    if (!trigger_read_answer(t, &deployment_now_shape, &now))
        return;
    if (deployment_is_ours(t->view, now.app, now.operation)) {
        trigger_end(t, "refused", OURS);
        return;
    }
    why = fault_of(t, &now);
    if (why) {
        trigger_end_aloud(t, "refused", why);
        return;
    }
    t->body->author = now.creator;
    for (size_t i = 0; i < t->body->places_count; i++) {
        const struct release_settings *rule = places_rule(t->view, &t->body->places[i]);

        t->body->places[i].branch = rule && rule->branch ? rule->branch : now.default_branch;
    }
    if (!is_on_record(t))
        tell_if_stuck(t);
    ask_branch(t);
}

/* ---- how it goes ---- */

/* "D12 (api, web), D13 (api)". */
static const char *operations_of(const struct triggering *t)
{
    const struct trigger_body *body = t->body;
    const char *text = NULL, *last = NULL;

    for (size_t i = 0; i < body->places_count; i++) {
        const char *operation = body->places[i].operation;

        if (!operation || (last && strcmp(last, operation) == 0))
            continue;
        text = text ? arena_printf(t->view->arena, "%s, %s", text, operation) : operation;
        last = operation;
    }
    return text;
}

/* That it serves there already makes it no deployment of ours: when something else serves, nobody would take back a
 * success. */
static void tell_nothing_begun(struct triggering *t)
{
    bool serves = places_count(t->body, PLACE_LEFT_OUT) == t->body->places_count;

    for (size_t i = 0; i < t->body->places_count; i++)
        serves = serves && t->body->places[i].text && strcmp(t->body->places[i].text, PLACES_SERVES) == 0;
    if (places_count(t->body, PLACE_REFUSED) > 0)
        tell_log(t);
    else if (!is_on_record(t))
        tell(t, DEPLOYMENT_INACTIVE,
             arena_printf(t->view->arena, "%s: %s", t->out->operation_id,
                          serves ? PLACES_SERVES
                                 : "nothing is to be done for it: another rollout brings it, or nothing of it has "
                                   "changed"));
}

/* It is theirs, as it was told, and nobody else is at it: else whoever made it would wait for an answer for ever. */
static void tell_late(struct triggering *t)
{
    if (places_count(t->body, PLACE_FOUND) + places_count(t->body, PLACE_REFUSED) == 0)
        tell_nothing_begun(t);
    else if (!is_on_record(t))
        tell(t, DEPLOYMENT_ERROR,
             arena_printf(t->view->arena,
                          "%s: found too late, %s after it was made: nothing was begun. Make another one",
                          t->out->operation_id, duration_about(trigger_age_ms(t)).text));
}

void deployment_on_read_late(struct triggering *t)
{
    struct deployment_now now;
    struct error ignored;
    bool is_told = t->event->end == END_DONE &&
                   shape_from_json(&deployment_now_shape, t->event->body, t->view->arena, &now, &ignored);

    if (is_told && deployment_is_ours(t->view, now.app, now.operation)) {
        trigger_end(t, "refused", OURS);
        return;
    }
    trigger_end_late(t);
    if (is_told && !fault_of(t, &now) && !(now.state && strcmp(now.state, DEPLOYMENT_IN_PROGRESS) == 0))
        tell_late(t);
}

/* Nothing of it is on its way any more, in whoever's deploy. */
static bool is_over(const struct triggering *t)
{
    for (size_t i = 0; i < t->body->places_count; i++)
        if (t->body->places[i].awaited)
            return false;
    return places_count(t->body, PLACE_ASKED) + places_count(t->body, PLACE_BEGUN) == 0;
}

static void tell_end(struct triggering *t)
{
    const char *operations = operations_of(t);
    bool has_failed = t->body->has_failed || places_count(t->body, PLACE_REFUSED) > 0;

    tell(t, has_failed ? DEPLOYMENT_FAILURE : DEPLOYMENT_SUCCESS,
         arena_printf(t->view->arena, "%s: %s%s%s", t->out->operation_id,
                      has_failed ? "not all was rolled out" : "all was rolled out", operations ? " by " : "",
                      operations ? operations : ""));
}

void deployment_told_places(struct triggering *t)
{
    if (t->body->kind != TRIGGER_DEPLOYMENT)
        return;
    if (!t->body->is_shared && places_count(t->body, PLACE_BEGUN) > 0)
        outcome_if_stuck(t->out, (struct wanted_effect){ .kind = NULL }); /* that deploy tells of it from now on */
    if (places_count(t->body, PLACE_BEGUN) + places_count(t->body, PLACE_ENDED) == 0)
        tell_nothing_begun(t);
    else if (is_over(t)) /* those that were begun were so short */
        tell_end(t);
    else if (t->body->is_shared && places_count(t->body, PLACE_BEGUN) > 0)
        tell(t, DEPLOYMENT_IN_PROGRESS,
             arena_printf(t->view->arena, "%s: rolled out by %s", t->out->operation_id, operations_of(t)));
}

/* It had its target, so it has told GitHub itself. */
static bool has_told(const struct triggering *t, const char *id)
{
    const struct operation *operation = id ? t->view->find_ended(t->view->ctx, id) : NULL;

    operation = operation || !id ? operation : t->view->find_operation(t->view->ctx, id);
    return operation && json_find(operation->body, "github");
}

void deployment_told_end(struct triggering *t, const char *operation, const char *result)
{
    if (t->body->kind != TRIGGER_DEPLOYMENT)
        return;
    t->body->has_failed = t->body->has_failed || !result || strcmp(result, "done") != 0;
    if (is_over(t) && (t->body->is_shared || !has_told(t, operation)))
        tell_end(t);
}

void deployment_told_awaited(struct triggering *t, bool has_failed)
{
    if (t->body->kind != TRIGGER_DEPLOYMENT)
        return;
    t->body->has_failed = t->body->has_failed || has_failed;
    if (is_over(t) && places_count(t->body, PLACE_ENDED) > 0)
        tell_end(t);
}

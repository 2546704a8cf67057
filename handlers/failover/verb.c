/* verb.c - from the words of a request to a look, or to a failover. */
#include "handlers/failover/arguments.h"
#include "handlers/failover/failover.h"
#include "handlers/broken.h"
#include "handlers/hold/glass.h"
#include "handlers/hold/hold.h"

#include "bot/model/card.h"
#include "bot/model/plant.h"

#include <string.h>

#define QUOTED_BYTES 60
#define REASON_MAX_BYTES 300
#define LOSE_MAX_MS (7 * DAY_MS)
#define NAMES_MAX 1000
#define UNKNOWN "unknown"

static const struct verb_option options[] = {
    { .name = "confirm", .takes_value = true },
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
    { .name = "lose", .takes_value = true },
    { .name = "promote" },
    { .name = "force-data-loss" },
    { .name = "again" },
};

/* ---- which database ---- */

static bool not_configured(struct error *err)
{
    return error_set(err, ERR_INVALID,
                     "There is no database to fail over: the configuration lists none under "
                     "`databases`.");
}

static bool unknown_database(const struct view *view, const char *word, struct error *err)
{
    const char *names[NAMES_MAX], *nearest, *quoted = card_quote(str_of(word), QUOTED_BYTES, view->arena);
    size_t count = 0;

    for (size_t i = 0; i < view->settings->databases_count && count < NAMES_MAX; i++)
        names[count++] = view->settings->databases[i].name;
    nearest = str_nearest(str_of(word), names, count);
    if (nearest)
        return error_set(err, ERR_INVALID, "There is no database `%s`. Did you mean `%s`? Nothing was done.", quoted,
                         nearest);
    return error_set(err, ERR_INVALID, "There is no database `%s`, so nothing was done: `failover` alone lists them.",
                     quoted);
}

static bool read_database(const struct view *view, const struct typed *typed, struct failover_plan *plan,
                          struct error *err)
{
    const struct database_settings *database = settings_find_database(view->settings, typed->words[0]);

    if (!database)
        return unknown_database(view, typed->words[0], err);
    if (typed->words_count > 1)
        return error_set(err, ERR_INVALID, "I do not know what `%s` means after `%s`. Nothing was done.",
                         card_quote(str_of(typed->words[1]), QUOTED_BYTES, view->arena), database->name);
    *plan = failover_plan_of(view, database);
    return true;
}

/* ---- what is accepted ---- */

static bool read_lose(const struct typed *typed, struct failover_plan *plan, struct error *err)
{
    const char *lose = typed_option(typed, "lose");

    if (!lose)
        return true;
    plan->takes_unknown = strcmp(lose, UNKNOWN) == 0;
    if (!plan->takes_unknown &&
        (!duration_parse(str_of(lose), &plan->lose_ms, err) || plan->lose_ms <= 0 || plan->lose_ms > LOSE_MAX_MS))
        return error_set(err, ERR_INVALID,
                         "`--lose` takes how much of what was written last may be lost, such as `90s`, or `" UNKNOWN
                         "`. Nothing was done.");
    return !plan->place.region ||
           error_set(err, ERR_INVALID,
                     "`--lose` is for replicas of Cloud SQL: Memorystore counts bytes, and takes `--force-data-loss`. "
                     "Nothing was done.");
}

static bool read_way(const struct typed *typed, struct failover_plan *plan, struct error *err)
{
    plan->promotes = typed_option(typed, "promote") != NULL;
    plan->forces = typed_option(typed, "force-data-loss") != NULL;
    plan->is_again = typed_option(typed, "again") != NULL;
    if (plan->runbook)
        return true;
    if (plan->promotes && plan->place.region)
        return error_set(err, ERR_INVALID,
                         "`--promote` is for replicas of Cloud SQL, and `%s` is on Memorystore. "
                         "Nothing was done.",
                         plan->database);
    return !plan->forces || plan->place.region ||
           error_set(err, ERR_INVALID,
                     "`--force-data-loss` is for Memorystore, and `%s` is on Cloud SQL: `--lose 90s` "
                     "accepts a loss there. Nothing was done.",
                     plan->database);
}

/* What a runbook needs to know it checks itself. */
static bool read_run(const struct view *view, const struct typed *typed, struct failover_arguments *arguments,
                     struct error *err)
{
    const struct failover_plan *plan = &arguments->plans[0];

    if (!plan->runbook)
        return true;
    if (typed_option(typed, "lose") || plan->promotes || plan->forces || plan->is_again)
        return error_set(
            err, ERR_INVALID,
            "`%s` is failed over by the runbook `%s`, and takes `--confirm` and `--reason` alone. Nothing was "
            "done.",
            plan->database, plan->runbook);
    return runbook_plan_failover(view, settings_find_database(view->settings, plan->database), plan->reason,
                                 plan->break_glass, &arguments->run, err);
}

/* The name typed once more, to the letter: what a hurried hand did not mean is not done. */
static bool read_confirm(const struct view *view, const struct typed *typed, struct failover_arguments *arguments,
                         struct error *err)
{
    const char *confirm = typed_option(typed, "confirm"), *name = arguments->plans[0].database;

    arguments->is_confirmed = confirm != NULL;
    return !confirm || strcmp(confirm, name) == 0 || PLANTED(FAILOVER_MISNAMED) ||
           error_set(
               err, ERR_INVALID,
               "`--confirm` takes the name of the database, typed once more: `%s`, and not `%s`. Nothing was done.",
               name, card_quote(str_of(confirm), QUOTED_BYTES, view->arena));
}

static void read_reason(const struct view *view, const struct typed *typed, struct failover_plan *plan)
{
    const char *reason = typed_option(typed, "reason");

    plan->reason = reason && !str_is_empty(str_trim(str_of(reason)))
                       ? card_quote(str_of(reason), REASON_MAX_BYTES, view->arena)
                       : NULL;
}

/* ---- asks ---- */

static bool may(const struct view *view, const struct question *question)
{
    struct facts facts = view_facts(view);

    facts.reason = question->reason;
    return policy_decide(view->policy, question, &facts, POLICY_STATIC).verdict != VERDICT_DENY;
}

/* The question is about the first that they may fail over: refused is who may none. */
static bool ask_of_all(const struct view *view, const struct request *request, struct question *question,
                       struct failover_arguments *arguments, struct error *err)
{
    const struct settings *settings = view->settings;

    arguments->is_list = true;
    if (settings->databases_count == 0)
        return not_configured(err);
    for (size_t i = settings->databases_count; i > 0; i--) {
        struct failover_plan plan = failover_plan_of(view, &settings->databases[i - 1]);
        struct question one = failover_question(view, &plan, &request->principal, request->source);

        if (i == settings->databases_count || may(view, &one))
            *question = one;
    }
    for (size_t i = 0; i < settings->databases_count; i++) {
        struct failover_plan plan = failover_plan_of(view, &settings->databases[i]);
        struct question one = failover_question(view, &plan, &request->principal, request->source);

        if (!may(view, &one))
            continue;
        if (arguments->plans_count < FAILOVER_LISTED_MAX)
            *ARENA_PUSH(view->arena, arguments->plans, arguments->plans_count) = plan;
        else
            arguments->left_out++;
    }
    question->is_preflight = true;
    return true;
}

/* An option without a database might have been what made it safe. */
static bool has_options(const struct typed *typed)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++)
        if (typed->values[i])
            return true;
    return false;
}

static bool failover_asks(const struct view *view, const struct request *request, struct question *ret_question,
                          const void **ret_arguments, struct error *err)
{
    struct failover_arguments *arguments = ARENA_NEW(view->arena, struct failover_arguments);
    struct failover_plan *plan = ARENA_PUSH(view->arena, arguments->plans, arguments->plans_count);
    struct typed typed;

    *ret_arguments = arguments;
    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err))
        return false;
    if (typed.words_count == 0 && has_options(&typed))
        return error_set(err, ERR_INVALID, "Which database? `failover` alone lists them. Nothing was done.");
    if (typed.words_count == 0) {
        arguments->plans_count = 0;
        return ask_of_all(view, request, ret_question, arguments, err);
    }
    if (view->settings->databases_count == 0)
        return not_configured(err);
    if (!read_database(view, &typed, plan, err) || !read_way(&typed, plan, err))
        return false;
    read_reason(view, &typed, plan);
    if (!broken_read(&typed, view->arena, &plan->break_glass, err) || !read_run(view, &typed, arguments, err) ||
        !read_lose(&typed, plan, err) || !read_confirm(view, &typed, arguments, err))
        return false;
    *ret_question = failover_question(view, plan, &request->principal, request->source);
    ret_question->is_preflight = !arguments->is_confirmed;
    return true;
}

static bool failover_only_looks(const void *value)
{
    const struct failover_arguments *arguments = value;

    return !arguments->is_confirmed;
}

/* ---- begin ---- */

/* One that waits, too: a second would be asked of what the first leaves behind. */
static const struct operation *find_other(const struct view *view, const char *database)
{
    size_t count = view->list_operations(view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(view->arena, (count + 1) * sizeof(*all));

    view->list_operations(view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (!operation_has_ended(all[i]) && strcmp(all[i]->kind, machine_failover.kind) == 0 && all[i]->target &&
            strcmp(all[i]->target, database) == 0)
            return all[i];
    return NULL;
}

static bool is_held(const struct view *view, const struct request *request, const struct failover_plan *plan,
                    struct outcome *out)
{
    const struct operation *hold =
        hold_find(view, plan->database, plan->environment, verb_failover.name, &request->principal);

    if (!hold)
        return false;
    outcome_refuse(out, "%s (%s). Nothing was done.", hold_words(view, hold), hold->id);
    outcome_reply_line(out, "%s", hold_turn(hold, view->arena));
    if (plan->break_glass)
        outcome_reply_line(out, HOLD_PASSES_NO_GLASS);
    return true;
}

static void verb_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *value, struct outcome *out)
{
    const struct failover_arguments *given = value;
    const struct operation *other;

    for (size_t i = 0; i < given->plans_count; i++)
        failover_plan_link(view, request, &given->plans[i]);
    if (!given->is_confirmed && !given->run) {
        failover_look_begin(view, given, out);
        return;
    }
    if (given->is_confirmed && is_held(view, request, &given->plans[0], out))
        return;
    if (given->run) {
        failover_by_runbook(view, request, question, given, out);
        return;
    }
    other = find_other(view, given->plans[0].database);
    if (other)
        outcome_refuse(out, "*%s* fails `%s` over already: look at its card. Nothing was done.", other->id,
                       given->plans[0].database);
    else
        failover_begin(view, &given->plans[0], out);
}

static const char *const details[] = {
    "alone: the databases that you may fail over, and how they stand",
    "`DATABASE`: what would happen, what may be lost, and the line to type; nothing is done",
    "`--confirm DATABASE`: do it; its name, typed once more",
    "`--lose 90s`: accept that so much of what was written last is lost, where a replica is promoted; `--lose unknown`: "
    "though nobody knows how much",
    "`--promote`: make the replica of Cloud SQL a primary of its own, for good, even if there is a standby",
    "`--force-data-loss`: Memorystore, whatever was not copied",
    "`--again`: so soon after another failover (`cool_down`)",
    "`--reason TEXT`: on the card and in the journal",
    BROKEN_DETAIL,
    NULL,
};

const struct verb verb_failover = {
    .name = "failover",
    .usage = "failover [DATABASE [--confirm DATABASE] [--lose DURATION | unknown] [--promote] [--force-data-loss] "
             "[--again] [--reason TEXT] [--break-glass TEXT]]",
    .summary = "move a database's primary to its standby or replica",
    .details = details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .takes_glass = true,
    .is_asked_again = true,
    .only_looks = failover_only_looks,
    .asks = failover_asks,
    .refused = hold_refused,
    .begin = verb_begin,
};

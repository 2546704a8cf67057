/* tune_verb.c - `set` and `restart`: from their words to a deploy that keeps the image. */
#include "handlers/deploy/arguments.h"
#include "handlers/deploy/plan.h"
#include "handlers/deploy/tune.h"
#include "handlers/hold/glass.h"

#include "bot/model/card.h"

#include <string.h>

static const struct verb_option options[] = {
    { .name = "reason", .takes_value = true },
    { .name = "break-glass", .takes_value = true },
    { .name = "region", .takes_value = true },
    { .name = "strategy", .takes_value = true },
    { .name = "fast" },
    { .name = "dry-run" },
};

static bool read_strategy(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                          struct error *err)
{
    const char *strategy = typed_option(typed, "strategy");

    if (strategy && typed_option(typed, "fast"))
        return error_set(err, ERR_INVALID, "`--fast` and `--strategy` contradict. Nothing was done.");
    return deploy_read_strategy(&arguments->place, typed_option(typed, "fast") ? "all-at-once" : strategy,
                                &arguments->strategy, view->arena, err);
}

static bool read_changes(const struct view *view, const struct typed *typed, size_t taken, struct tune_given *given,
                         struct error *err)
{
    bool is_set = strcmp(typed->verb, verb_set.name) == 0;

    if (!is_set && typed->words_count > taken)
        return error_set(err, ERR_INVALID,
                         "I do not know what `%s` means: a restart changes nothing. Nothing was done.",
                         card_quote(str_of(typed->words[taken]), 40, view->arena));
    if (is_set && typed->words_count == taken)
        return error_set(err, ERR_INVALID,
                         "Set what? Such as `cpu=2 memory=4Gi concurrency=80 timeout=300 LOG_LEVEL=debug OLD_FLAG-`. "
                         "Nothing was done.");
    for (size_t i = taken; i < typed->words_count; i++)
        if (!tune_read_word(typed->words[i], view->arena, given, err))
            return false;
    return true;
}

static bool read_words(const struct view *view, const struct typed *typed, struct deploy_arguments *arguments,
                       struct error *err)
{
    struct tune_given given = { .tune.verb = typed->verb, .tune.is_dry_run = typed_option(typed, "dry-run") != NULL };
    struct deploy_tune *tune = ARENA_NEW(view->arena, struct deploy_tune);
    size_t taken;

    if (!place_read_first(view->settings, typed, view->arena, &arguments->place, &taken, err) ||
        !place_take_cloud_run(&arguments->place, typed, view->arena, &arguments->region, err) ||
        !read_changes(view, typed, taken, &given, err) || !read_strategy(view, typed, arguments, err))
        return false;
    if (given.tune.is_dry_run && strcmp(typed->verb, verb_set.name) != 0)
        return error_set(err, ERR_INVALID, "A restart changes nothing that a dry run could tell. Nothing was done.");
    *tune = given.tune;
    arguments->tune = tune;
    arguments->env = given.env;
    arguments->env_count = given.env_count;
    arguments->keeps_image = true;
    return true;
}

static bool tune_asks(const struct view *view, const struct request *request, struct question *ret_question,
                      const void **ret_arguments, struct error *err)
{
    struct deploy_arguments *arguments = ARENA_NEW(view->arena, struct deploy_arguments);
    struct deploy_body plan;
    struct typed typed;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !read_words(view, &typed, arguments, err))
        return false;
    arguments->reason = typed_option(&typed, "reason");
    arguments->break_glass = typed_option(&typed, "break-glass");
    place_ask(request, &arguments->place, view->arena, ret_question);
    ret_question->reason = arguments->reason;
    ret_question->break_glass = arguments->break_glass;
    plan = deploy_plan(view, &arguments->place, arguments->strategy);
    deploy_tell_needs(&plan, ret_question, view->arena);
    *ret_arguments = arguments;
    return true;
}

static bool tune_only_looks(const void *value)
{
    const struct deploy_arguments *arguments = value;

    return arguments->tune->is_dry_run;
}

static void tune_begin(const struct view *view, const struct request *request, const struct question *question,
                       const void *arguments, struct outcome *out)
{
    deploy_begin_one(view, request, question, arguments, out);
}

#define OPTIONS                                                                                                        \
    "`--fast`: all traffic at once, once it is healthy; else by the environment's strategy, judged as a version is",   \
        "`--strategy canary|blue-green|all-at-once`: in place of the environment's own",                               \
        "`--region R`: of several regions, that one", "`--reason TEXT`: on the card and in the journal",               \
        "`--break-glass TEXT`: past a rule that denies it, for those whom the rule lets; announced, and reviewed by "  \
        "somebody else"

static const char *const set_details[] = {
    "cpu=2 memory=4Gi concurrency=80 timeout=300 min-instances=1 max-instances=20: of the next revision; for the service as a "
    "whole, `scale`",
    "NAME=VALUE, NAME-: of its environment, set and removed; no secrets, which come from Secret Manager",
    "`--dry-run`: what would change, and what policy says to it",
    OPTIONS,
    NULL,
};

const struct verb verb_set = {
    .name = "set",
    .usage = "set [SERVICE] ENVIRONMENT KEY=VALUE... [NAME-...] [--dry-run] [--fast] [OPTION...]",
    .summary = "other resources or settings for what serves on Cloud Run: a new revision, brought in as a version is",
    .details = set_details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .hides_values = true,
    .takes_glass = true,
    .is_asked_again = true,
    .only_looks = tune_only_looks,
    .asks = tune_asks,
    .refused = hold_refused,
    .begin = tune_begin,
};

static const char *const restart_details[] = {
    "The same image and the same settings in new instances: a new revision of what serves, which takes its traffic",
    OPTIONS,
    NULL,
};

const struct verb verb_restart = {
    .name = "restart",
    .usage = "restart [SERVICE] ENVIRONMENT [--fast] [OPTION...]",
    .summary = "what serves on Cloud Run begins anew: a new revision of it, brought in as a version is",
    .details = restart_details,
    .options = options,
    .options_count = ARRAY_LEN(options),
    .takes_glass = true,
    .is_asked_again = true,
    .asks = tune_asks,
    .refused = hold_refused,
    .begin = tune_begin,
};

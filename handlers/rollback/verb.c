/* verb.c - from the words of a request to a rollback; with --to VERSION, to a deploy. */
#include "handlers/rollback/rollback.h"

#include "handlers/deploy/deploy.h"
#include "handlers/deploy/way_back.h"
#include "handlers/hold/glass.h"
#include "handlers/rollback/beginning.h"

#include "bot/model/card.h"

#include <string.h>

#define FROM_MAX_BYTES 500 /* several regions get a copy each */

static const struct verb_option options[] = {
    { .name = "break-glass", .takes_value = true },
    { .name = "from", .takes_value = true },
    { .name = "irreversible" },
    { .name = "reason", .takes_value = true },
    { .name = "region", .takes_value = true },
    { .name = "rest-of", .takes_value = true, .is_internal = true }, /* regions.c */
    { .name = "reversible" },
    { .name = "to", .takes_value = true },
};

/* ---- asks ---- */

static void add_option(const struct view *view, const char *option, const char *value, struct request *request)
{
    if (!value)
        return;
    *ARENA_PUSH(view->arena, request->words, request->words_count) = option;
    *ARENA_PUSH(view->arena, request->words, request->words_count) = value;
    request->quoted_words |= UINT64_C(1) << (request->words_count - 1);
}

/* `deploy SERVICE ENVIRONMENT VERSION --reversible --reason TEXT --break-glass TEXT`. Version and texts are words
 * whatever they look like. */
static const struct request *rewrite(const struct view *view, const struct request *request,
                                     const struct rollback_arguments *arguments, const char *version)
{
    const struct place *place = &arguments->place;
    struct request *deploy = ARENA_NEW(view->arena, struct request);
    size_t count = 0;

    *deploy = *request;
    deploy->verb = verb_deploy.name;
    deploy->words = NULL;
    *ARENA_PUSH(view->arena, deploy->words, count) = place->service->name;
    *ARENA_PUSH(view->arena, deploy->words, count) = place->environment->name;
    *ARENA_PUSH(view->arena, deploy->words, count) = version;
    deploy->quoted_words = UINT64_C(1) << (count - 1);
    if (arguments->region)
        *ARENA_PUSH(view->arena, deploy->words, count) = arena_printf(view->arena, "--region=%s", arguments->region);
    if (arguments->mark)
        *ARENA_PUSH(view->arena, deploy->words, count) = arguments->mark;
    deploy->words_count = count;
    add_option(view, "--reason", arguments->reason, deploy);
    add_option(view, "--break-glass", arguments->break_glass, deploy);
    return deploy;
}

/* What a version is that is deployed. */
static bool read_mark(const struct typed *typed, struct rollback_arguments *arguments, struct error *err)
{
    bool is_irreversible = typed_option(typed, "irreversible") != NULL,
         is_reversible = typed_option(typed, "reversible") != NULL;

    arguments->mark = is_irreversible ? "--irreversible" : is_reversible ? "--reversible" : NULL;
    if (is_irreversible && is_reversible)
        return error_set(err, ERR_INVALID, "`--irreversible` and `--reversible` contradict. Nothing was done.");
    return !arguments->mark || typed_option(typed, "to") ||
           error_set(err, ERR_INVALID, "`%s` belongs to `--to VERSION`, which is a deploy. Nothing was done.",
                     arguments->mark);
}

static bool read_words(const struct view *view, const struct request *request, struct rollback_arguments *arguments,
                       const char **ret_to, struct error *err)
{
    const char *region;
    struct typed typed;

    if (!request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) ||
        !place_read(view->settings, &typed, view->arena, &arguments->place, err) || !read_mark(&typed, arguments, err))
        return false;
    arguments->from = typed_option(&typed, "from");
    arguments->reason = typed_option(&typed, "reason");
    arguments->rest_of = typed_option(&typed, "rest-of");
    arguments->break_glass = typed_option(&typed, "break-glass");
    *ret_to = typed_option(&typed, "to");
    region = typed_option(&typed, "region");
    if (region && !place_take_region(&arguments->place, region, view->arena, &arguments->region, err))
        return false;
    if (arguments->place.rest)
        return error_set(
            err, ERR_INVALID,
            "A rollback goes to the last good version by itself. For another one: `rollback %s %s --to %s`. "
            "Nothing was done.",
            arguments->place.service->name, arguments->place.environment->name,
            card_quote(str_of(arguments->place.rest), 60, view->arena));
    if (arguments->from && strlen(arguments->from) > FROM_MAX_BYTES)
        return error_set(err, ERR_INVALID,
                         "`--from` takes an operation or a version: at most %d bytes. Nothing was done.",
                         FROM_MAX_BYTES);
    if (arguments->break_glass && str_is_empty(str_trim(str_of(arguments->break_glass))))
        return error_set(err, ERR_INVALID, "`--break-glass` takes a reason. Nothing was done.");
    if (arguments->rest_of && !operation_is_id(arguments->rest_of))
        return error_set(err, ERR_INVALID, "`--rest-of` takes the operation that opsgate names. Nothing was done.");
    return !(arguments->from && *ret_to) ||
           error_set(err, ERR_INVALID, "`--from` belongs to a way back without `--to`. Nothing was done.");
}

static bool rollback_asks(const struct view *view, const struct request *request, struct question *ret_question,
                          const void **ret_arguments, struct error *err)
{
    struct rollback_arguments *arguments = ARENA_NEW(view->arena, struct rollback_arguments);
    const char *to = NULL;

    if (!read_words(view, request, arguments, &to, err))
        return false;
    *ret_arguments = arguments;
    if (to) {
        arguments->as_deploy = rewrite(view, request, arguments, to);
        return verb_deploy.asks(view, arguments->as_deploy, ret_question, &arguments->deploy_arguments, err);
    }
    place_ask(request, &arguments->place, view->arena, ret_question);
    ret_question->is_safe_direction = true;
    return true;
}

/* ---- begin ---- */

static const char *driver_name(const struct driver_settings *driver)
{
    return driver->program ? "program" : driver->github_actions ? "github_actions" : "no driver";
}

bool rollback_can_carry_out(const struct place *place, struct error *err)
{
    const struct cloud_run_driver *driver = place->environment->driver.cloud_run;

    if (!driver)
        return error_set(
            err, ERR_INVALID,
            "`%s` is deployed by `%s`, and a rollback by itself is only built for `cloud_run`. Nothing was "
            "done: go back the way you did before opsgate.",
            place->target, driver_name(&place->environment->driver));
    return true;
}

/* ---- the glass that it takes ---- */

/* Of several regions the first that takes one. */
static struct glass glass_in_regions(const struct view *view, const struct rollback_arguments *given)
{
    const struct cloud_run_driver *driver = given->place.environment->driver.cloud_run;
    struct glass glass = { 0 };

    for (size_t i = 0; i < driver->regions_count && !glass.version; i++) {
        struct rollback_arguments one = *given;

        one.region = driver->regions[i];
        one.place.target = arena_printf(view->arena, "%s/%s", given->place.target, driver->regions[i]);
        glass = rollback_glass_at(view, &one);
    }
    return glass;
}

/* By what is known now. Without a version: none. */
static struct glass glass_taken(const struct view *view, const struct rollback_arguments *given)
{
    const struct cloud_run_driver *driver = given->place.environment->driver.cloud_run;

    if (!driver)
        return deploy_way_back_glass(view, &given->place);
    return !given->region && driver->regions_count > 0 ? glass_in_regions(view, given) : rollback_glass_at(view, given);
}

const char *rollback_needs(const struct view *view, const struct principal *principal, const void *arguments)
{
    const struct rollback_arguments *given = arguments;
    struct glass glass;

    if (given->as_deploy || (given->break_glass && glass_may_break(view, principal)))
        return NULL;
    glass = glass_taken(view, given);
    return glass.version ? glass_sentence(view, &glass) : NULL;
}

static void begin_it(const struct view *view, const struct request *request, const struct question *question,
                     const struct rollback_arguments *given, struct outcome *out)
{
    struct error err;

    if (given->as_deploy) {
        verb_deploy.begin(view, given->as_deploy, question, given->deploy_arguments, out);
        return;
    }
    if (given->place.environment->driver.program || given->place.environment->driver.github_actions) {
        rollback_begin_program(view, request, &given->place, given->from, rollback_reason_of(view, given),
                               rollback_glass_reason_of(view, given), out);
        return;
    }
    if (!rollback_can_carry_out(&given->place, &err)) {
        outcome_refuse(out, "%s", err.message);
        return;
    }
    if (!given->region && given->place.environment->driver.cloud_run->regions_count > 0) {
        rollback_begin_regions(view, &given->place, given->from, rollback_reason_of(view, given),
                               rollback_glass_reason_of(view, given), out);
        return;
    }
    rollback_begin_place(view, request, given, out);
}

/* What serves is looked at before anything is changed. */
static void tell_needless(const struct view *view, const struct principal *principal,
                          const struct rollback_arguments *given, struct outcome *out)
{
    bool is_looked_at = given->place.environment->driver.cloud_run && glass_may_break(view, principal);

    outcome_reply_line(
        out, "No glass was needed, and none was broken: by what is known nothing irreversible is left or passed.%s",
        is_looked_at ? " If it is once that is looked at, it is broken then, with your reason." : "");
}

static void rollback_begin(const struct view *view, const struct request *request, const struct question *question,
                           const void *arguments, struct outcome *out)
{
    const struct rollback_arguments *given = arguments;
    bool is_needless = given->break_glass && !given->as_deploy && !glass_taken(view, given).version;

    begin_it(view, request, question, given, out);
    if (is_needless && out->begins)
        tell_needless(view, &request->principal, given, out);
}

static const char *const details[] = {
    "`--to VERSION`: deploy that version instead, by the rules for a deploy; with `--irreversible` or `--reversible` as that "
    "has it",
    "While nothing of what is on its way has traffic, that is stopped, and a good version that serves stays",
    "`--from D1042`, `--from VERSION`: only if that is what serves now; and then back from that, whatever is on its way",
    "`--region R`: in one region only",
    "`--break-glass TEXT`: also from a version that is irreversible, for those whom `policy.irreversible_glass` names; "
    "announced, and reviewed by somebody else",
    "`--reason TEXT`: on the card, in the journal, and beside the version that is left",
    NULL,
};

const struct verb verb_rollback = {
    .name = "rollback",
    .usage = "rollback [SERVICE] ENVIRONMENT [--to VERSION] [--from D1042 | VERSION] [--region R] [--reason TEXT] "
             "[--break-glass TEXT]",
    .summary = "send all traffic back to the last good version",
    .details = details,
    .is_safe_direction = true,
    .takes_glass = true,
    .is_asked_again = true, /* with --to it is a deploy */
    .asks = rollback_asks,
    .refused = hold_refused, /* likewise */
    .begin = rollback_begin,
};

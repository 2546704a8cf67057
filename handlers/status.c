#include "handlers/status.h"

#include "bot/base/time.h"
#include "handlers/image.h"
#include "handlers/place.h"

#include <string.h>

#define OPERATIONS_SHOWN 10
#define VERSIONS_SHOWN 3
#define WORD_BYTES 60

static bool status_asks(const struct view *view, const struct request *request, struct question *ret_question,
                        const void **ret_arguments, struct error *err)
{
    struct typed typed;
    struct place *place;

    *ret_question =
        (struct question){ .principal = request->principal, .verb = request->verb, .source = request->source };
    *ret_arguments = NULL;
    if (!request_read(request, NULL, 0, view->arena, &typed, err))
        return false;
    if (typed.words_count == 0)
        return true;
    place = ARENA_NEW(view->arena, struct place);
    if (!place_read(view->settings, &typed, view->arena, place, err))
        return false;
    if (place->rest)
        return error_set(err, ERR_INVALID,
                         "I do not know what `%s` means behind `%s`: `status` shows a place, whatever "
                         "its version.",
                         card_quote(str_of(place->rest), WORD_BYTES, view->arena), place->environment->name);
    place_ask(request, place, view->arena, ret_question);
    *ret_arguments = place;
    return true;
}

static const char *ago(const struct view *view, int64_t at_ms)
{
    return arena_printf(view->arena, "%s ago", duration_about(view->now_ms - at_ms).text);
}

static const char *version_line(const struct view *view, const struct target_version *version)
{
    return arena_printf(view->arena, "`%s`, %s (%s)", version_short(version->version, view->arena),
                        ago(view, version->at_ms), version->operation);
}

/* What opsgate brought there last, as far as its own records go: Cloud Run is not asked. */
static const char *what_was_deployed(const struct view *view, const struct target *target)
{
    const char *last;

    if (!target || (target->good_count == 0 && !target->doubt))
        return "nothing deployed by opsgate yet";
    last = target->good_count ? version_line(view, &target->good[target->good_count - 1]) : NULL;
    if (!target->doubt)
        return last;
    return arena_printf(view->arena, "%s%s; %s failed after traffic was switched: look at Cloud Run",
                        last ? "last good " : "no good version yet", last ? last : "", target->doubt);
}

struct operations { /* that go on, oldest first */
    const struct operation **list;
    size_t count;
};

static struct operations all_operations(const struct view *view)
{
    struct operations all = { NULL, view->list_operations(view->ctx, NULL, 0) };

    if (all.count > 0) {
        all.list = arena_alloc(view->arena, all.count * sizeof(*all.list));
        view->list_operations(view->ctx, all.list, all.count);
    }
    return all;
}

static bool goes_on_at(const struct operation *operation, const char *target)
{
    return operation->target && strcmp(operation->target, target) == 0 && !operation_has_ended(operation);
}

static const char *state_of(const struct operation *operation)
{
    return operation->is_stuck ? "stuck" : operation->state;
}

/* One that is stuck holds no target any more, and yet the next person there has to know of it. */
static const char *what_is_stuck(const struct view *view, const char *target, const struct operations *all)
{
    const char *text = "";

    for (size_t i = 0; i < all->count; i++)
        if (all->list[i]->is_stuck && goes_on_at(all->list[i], target))
            text = arena_printf(view->arena, "%s; %s %s is stuck", text, all->list[i]->id, all->list[i]->kind);
    return text;
}

static const char *what_moves(const struct view *view, const struct target *target)
{
    const struct operation *holder = target && target->holder ? view->find_operation(view->ctx, target->holder) : NULL;

    if (!holder || holder->is_stuck)
        return "";
    return arena_printf(view->arena, "; %s %s is %s%s", holder->id, holder->kind, holder->state,
                        target->waiting_count ? arena_printf(view->arena, ", %zu waiting", target->waiting_count) : "");
}

static void status_of_all(const struct view *view, struct outcome *out)
{
    struct operations all = all_operations(view);

    outcome_reply(out, "*What opsgate last deployed where*, at %s", time_format(view->now_ms).text);
    for (size_t i = 0; i < view->settings->services_count; i++) {
        const struct service_settings *service = &view->settings->services[i];

        for (size_t k = 0; k < service->environments_count; k++) {
            const char *name = settings_target_name(service, &service->environments[k], view->arena);
            const struct target *target = view->find_target(view->ctx, name);

            outcome_reply_line(out, "*%s*: %s%s%s", name, what_was_deployed(view, target), what_moves(view, target),
                               what_is_stuck(view, name, &all));
        }
    }
}

static void list_versions(const struct view *view, const struct target *target, struct outcome *out)
{
    size_t shown = 0;

    for (size_t i = target->good_count; i > 0 && shown < VERSIONS_SHOWN; i--, shown++) {
        const struct target_version *version = &target->good[i - 1];
        const char *image = image_short(version->image, view->arena);

        if (shown == 0) /* the first line has its version already */
            outcome_reply_line(out, "its image: `%s`", image ? image : version->image);
        else
            outcome_reply_line(out, "before: %s, `%s`", version_line(view, version), image ? image : version->image);
    }
}

static void list_operations(const struct view *view, const char *target, struct outcome *out)
{
    struct operations all = all_operations(view);
    size_t found = 0;

    for (size_t i = 0; i < all.count; i++) {
        const struct operation *operation = all.list[i];

        if (!goes_on_at(operation, target) || ++found > OPERATIONS_SHOWN)
            continue;
        outcome_reply_line(out, "%s %s by %s, %s: %s", operation->id, operation->kind,
                           principal_mention(&operation->requester, view->arena), ago(view, operation->created_at_ms),
                           state_of(operation));
        if (operation->is_stuck)
            outcome_reply_line(out, "%s crashed opsgate and goes on no more: look at `opsgate ops show %s`",
                               operation->id, operation->id);
    }
    if (found > OPERATIONS_SHOWN)
        outcome_reply_line(out, "and %zu more: `opsgate ops list` has them all", found - OPERATIONS_SHOWN);
}

static void status_of_one(const struct view *view, const struct place *place, struct outcome *out)
{
    const struct target *target = view->find_target(view->ctx, place->target);

    bool is_known = target && target->good_count > 0 && !target->doubt;

    outcome_reply(out, "*%s*: %s%s", place->target, is_known ? "opsgate last deployed " : "",
                  what_was_deployed(view, target));
    if (target)
        list_versions(view, target, out);
    list_operations(view, place->target, out);
}

static void status_begin(const struct view *view, const struct request *request, const struct question *question,
                         const void *arguments, struct outcome *out)
{
    (void)request;
    (void)question;
    if (arguments)
        status_of_one(view, arguments, out);
    else
        status_of_all(view, out);
}

const struct verb verb_status = {
    .name = "status",
    .usage = "status [[SERVICE] ENVIRONMENT]",
    .summary = "what opsgate last deployed where, and what is on its way",
    .asks = status_asks,
    .begin = status_begin,
};

#include "handlers/history/history.h"

#include "handlers/adjust/adjust.h"
#include "handlers/deploy/deploy.h"
#include "handlers/deploy/triggered.h"
#include "handlers/history/scope.h"
#include "handlers/image.h"
#include "handlers/operation_words.h"
#include "handlers/rollback/rollback.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define LAST_OTHERWISE 10
#define LAST_MAX 50
#define NAME_BYTES 80

static const struct verb_option options[] = { { "last", .takes_value = true } };

struct history_arguments {
    struct scope scope;
    int64_t last;
};
struct told { /* one line */
    const char *target;
    const struct target_end *end;
    const struct operation *running; /* instead of an end: it has none yet */
    int64_t at_ms;
};
struct telling {
    const struct view *view;
    const struct scope *scope;
    struct told *list;
    size_t count;
};

/* ---- what there is ---- */

static bool changes_targets(const struct operation *operation)
{
    if (json_find_bool(operation->body, "only_tells", false) || json_find_bool(operation->body, "is_dry_run", false) ||
        json_find_bool(operation->body, "tune.is_dry_run", false))
        return false; /* it only looks */
    return strcmp(operation->kind, machine_deploy.kind) == 0 || strcmp(operation->kind, machine_rollback.kind) == 0 ||
           strcmp(operation->kind, machine_adjust.kind) == 0;
}

static void add_running(struct telling *t, const char *target)
{
    size_t count = t->view->list_operations(t->view->ctx, NULL, 0);
    const struct operation **all = arena_alloc(t->view->arena, (count + 1) * sizeof(*all));

    count = t->view->list_operations(t->view->ctx, all, count);
    for (size_t i = 0; i < count; i++)
        if (all[i]->target && strcmp(all[i]->target, target) == 0 && changes_targets(all[i]) &&
            !operation_has_ended(all[i]))
            *ARENA_PUSH(t->view->arena, t->list, t->count) =
                (struct told){ .target = target, .running = all[i], .at_ms = all[i]->created_at_ms };
}

static void add_ends(struct telling *t, const struct scope_place *place)
{
    for (size_t i = 0; place->target && i < place->target->ends_count; i++)
        *ARENA_PUSH(t->view->arena, t->list, t->count) = (struct told){ .target = place->name,
                                                                        .end = &place->target->ends[i],
                                                                        .at_ms = place->target->ends[i].ended_at_ms };
}

/* What runs before what is over; the newest first. */
static int compare(const void *a, const void *b)
{
    const struct told *left = a, *right = b;

    if (!left->running != !right->running)
        return left->running ? -1 : 1;
    return (left->at_ms < right->at_ms) - (left->at_ms > right->at_ms);
}

static void collect(struct telling *t)
{
    for (size_t i = 0; i < t->scope->count; i++) {
        add_running(t, t->scope->places[i].name);
        add_ends(t, &t->scope->places[i]);
    }
    if (t->count > 0)
        qsort(t->list, t->count, sizeof(t->list[0]), compare);
}

/* ---- words ---- */

static const char *at(const struct view *view, int64_t ms)
{
    return card_date(ms + view->shift_ms, view->arena);
}

static const char *version_of(const struct view *view, const char *version)
{
    if (!version || !version[0])
        return "a version";
    return arena_printf(view->arena, "`%s`",
                        card_quote(str_of(version_short(version, view->arena)), NAME_BYTES, view->arena));
}

static const char *lasting(const struct view *view, int64_t from_ms, int64_t to_ms)
{
    return arena_strdup(view->arena, duration_about(to_ms > from_ms ? to_ms - from_ms : 0).text);
}

static const char *how_back(const struct view *view, const struct target_end *end)
{
    if (end->left_at_ms == 0)
        return "taken back; that its traffic is back is not known";
    return arena_printf(view->arena, "taken back, after %s with traffic",
                        lasting(view, end->serves_at_ms, end->left_at_ms));
}

static const char *how_in_doubt(const struct view *view, const struct target_end *end)
{
    if (end->left_at_ms == 0)
        return "failed; what serves since is not known";
    return arena_printf(view->arena, "failed, in doubt until %s", at(view, end->left_at_ms));
}

static const char *how_deploy(const struct view *view, const struct target_end *end)
{
    switch ((enum target_end_how)end->how) {
    case ENDED_GOOD:
        return "good";
    case ENDED_LEFT:
        return arena_printf(view->arena, "good, and rolled back %s", at(view, end->left_at_ms));
    case ENDED_BACK:
        return how_back(view, end);
    case ENDED_IN_DOUBT:
        return how_in_doubt(view, end);
    case ENDED_UNTOUCHED:
        break;
    }
    return "ended before anything of it served";
}

static const char *how_way_back(const struct view *view, const struct target_end *end)
{
    switch ((enum target_end_how)end->how) {
    case ENDED_GOOD:
    case ENDED_LEFT:
        return end->left ? arena_printf(view->arena, "from what %s had brought", end->left)
                         : "from what opsgate had not brought";
    case ENDED_BACK:
    case ENDED_IN_DOUBT:
        return how_in_doubt(view, end);
    case ENDED_UNTOUCHED:
        break;
    }
    return "ended before it changed anything";
}

/* Who asked is personal: it stands in the operation's record alone, as long as that is kept. */
static const char *asked_by(const struct view *view, const struct operation *operation)
{
    struct deploy_body body = { .trigger = NULL };
    struct error ignored;

    if (!operation)
        return "";
    if (strcmp(operation->kind, machine_deploy.kind) != 0 ||
        !shape_from_json(machine_deploy.body, operation->body, view->arena, &body, &ignored))
        body.trigger = NULL;
    return arena_printf(view->arena, " · asked by %s", triggered_asked_by(view, operation, body.trigger));
}

/* "D9 scale 2–20 → 10–100: done · ..." */
static const char *aside_text(const struct view *view, const struct target_end *end)
{
    const char *how = end->how == ENDED_GOOD        ? "done"
                      : end->how == ENDED_BACK     ? "failed, somebody else changed it again"
                      : end->how == ENDED_IN_DOUBT ? "failed, and whether it was changed is not known"
                                                   : "failed, nothing was changed";

    return arena_printf(view->arena, "%s %s %s: %s · %s%s", end->operation, end->verb,
                        card_quote(str_of(end->version ? end->version : ""), TARGET_END_VERSION_BYTES, view->arena), how,
                        at(view, end->ended_at_ms), asked_by(view, view->find_ended(view->ctx, end->operation)));
}

static const char *end_text(const struct view *view, const struct target_end *end)
{
    const char *settings = end->is_settings ? ", settings alone" : "";
    const char *version = version_of(view, end->version);
    const char *what = end->is_way_back ? "back to " : end->verb ? arena_printf(view->arena, "%s ", end->verb) : "";

    if (end->is_aside)
        return aside_text(view, end);
    return arena_printf(
        view->arena, "%s %s%s%s: %s · %s, after %s%s", end->operation, what, version,
        settings, end->is_way_back ? how_way_back(view, end) : how_deploy(view, end), at(view, end->ended_at_ms),
        lasting(view, end->asked_at_ms, end->ended_at_ms), asked_by(view, view->find_ended(view->ctx, end->operation)));
}

static const char *running_text(const struct view *view, const struct operation *operation)
{
    bool is_way_back = strcmp(operation->kind, machine_rollback.kind) == 0;
    const char *becomes = json_find_string(operation->body, "becomes");

    if (strcmp(operation->kind, machine_adjust.kind) == 0)
        return arena_printf(view->arena, "%s %s%s%s: on its way, %s, for %s%s", operation->id,
                            json_find_string(operation->body, "verb"), becomes ? " " : "", becomes ? becomes : "",
                            operation_standing(operation, view->arena),
                            lasting(view, operation->created_at_ms, view->now_ms), asked_by(view, operation));
    return arena_printf(view->arena, "%s %s%s: on its way, %s, for %s%s", operation->id, is_way_back ? "back to " : "",
                        version_of(view, json_find_string(operation->body, "version")),
                        operation_standing(operation, view->arena),
                        lasting(view, operation->created_at_ms, view->now_ms), asked_by(view, operation));
}

static void tell_line(const struct telling *t, const struct told *told, struct outcome *out)
{
    const char *text = told->running ? running_text(t->view, told->running) : end_text(t->view, told->end);

    if (t->scope->count > 1)
        outcome_reply_line(out, "%s · %s", told->target, text);
    else
        outcome_reply_line(out, "%s", text);
}

static void tell_notes(const struct scope *scope, struct outcome *out)
{
    if (scope->hidden > 0)
        outcome_reply_line(out, "%zu more %s not shown to you by the policy.", scope->hidden,
                           scope->hidden == 1 ? "place is" : "places are");
    if (scope->adopted)
        outcome_reply_line(out, "%s", scope->adopted);
}

/* ---- the verb ---- */

static bool history_asks(const struct view *view, const struct request *request, struct question *ret_question,
                         const void **ret_arguments, struct error *err)
{
    struct history_arguments *arguments = ARENA_NEW(view->arena, struct history_arguments);
    struct typed typed;

    *ret_arguments = arguments;
    return request_read(request, options, ARRAY_LEN(options), view->arena, &typed, err) &&
           scope_number(&typed, "last", 1, LAST_MAX, LAST_OTHERWISE, &arguments->last, err) &&
           scope_read(view, request, SCOPE_VERB, &typed, ret_question, &arguments->scope, err);
}

static void history_begin(const struct view *view, const struct request *request, const struct question *question,
                          const void *value, struct outcome *out)
{
    const struct history_arguments *arguments = value;
    struct telling telling = { .view = view, .scope = &arguments->scope };
    size_t shown;

    (void)request, (void)question;
    collect(&telling);
    shown = telling.count < (size_t)arguments->last ? telling.count : (size_t)arguments->last;
    if (telling.count == 0)
        outcome_reply(out, "No deploy or rollback of %s is on record yet.", arguments->scope.any);
    else if (shown < telling.count)
        outcome_reply(out, "%s: the last %zu of %zu on record, newest first.", arguments->scope.about, shown,
                      telling.count);
    else
        outcome_reply(out, "%s: all %zu on record, newest first.", arguments->scope.about, telling.count);
    for (size_t i = 0; i < shown; i++)
        tell_line(&telling, &telling.list[i], out);
    tell_notes(&arguments->scope, out);
}

static const char *const details[] = {
    "Of each place the last 64 ends are kept. What was refused or superseded changed nothing, and is not among them.",
    "Without a place, or with a service or an environment alone: all of those that you may see.",
    NULL,
};

const struct verb verb_history = {
    .name = "history",
    .usage = "history [SERVICE] [ENVIRONMENT] [--last N]",
    .summary = "what was deployed and rolled back there, and how each ended",
    .details = details,
    .is_look = true,
    .asks = history_asks,
    .begin = history_begin,
};

#include "handlers/status/record.h"

#include "handlers/image.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <string.h>

#define RUNNING_SHOWN 10
#define VERSIONS_SHOWN 3
#define ENDED_SHOWN 5
#define BAD_SHOWN 3
#define NAME_BYTES 80
#define NOW_MS (2 * SECOND_MS) /* younger is "now" */

static const char *quote(const struct view *view, const char *words)
{
    return card_quote(str_of(words), NAME_BYTES, view->arena);
}

const char *record_ago(const struct view *view, int64_t at_ms)
{
    return arena_printf(view->arena, "%s ago", duration_about(view->now_ms > at_ms ? view->now_ms - at_ms : 0).text);
}

/* ---- versions ---- */

static const char *version_line(const struct view *view, const struct target_version *version)
{
    return arena_printf(view->arena, "`%s`, %s (%s)", quote(view, version_short(version->version, view->arena)),
                        record_ago(view, version->at_ms), version->operation);
}

bool record_is_known(const struct target *target)
{
    return target && target->good_count > 0 && !target->doubt;
}

const char *record_last(const struct view *view, const struct target *target)
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

static const char *find_version(const struct target_version *versions, size_t count, const char *revision)
{
    for (size_t i = count; i > 0; i--)
        if (versions[i - 1].revision && strcmp(versions[i - 1].revision, revision) == 0)
            return versions[i - 1].version;
    return NULL;
}

const struct operation *record_holder(const struct view *view, const struct target *target)
{
    return target && target->holder ? view->find_operation(view->ctx, target->holder) : NULL;
}

const char *record_version(const struct view *view, const struct target *target, const char *revision)
{
    const struct operation *holder = record_holder(view, target);
    const char *theirs = holder ? json_find_string(holder->body, "revision") : NULL, *found;

    if (!target || !revision)
        return NULL;
    if (theirs && strcmp(theirs, revision) == 0)
        return json_find_string(holder->body, "version");
    found = find_version(target->good, target->good_count, revision);
    return found ? found : find_version(target->bad, target->bad_count, revision);
}

static const char *image_of(const struct view *view, const struct target_version *version)
{
    const char *image = image_short(version->image, view->arena);

    return quote(view, image ? image : version->image ? version->image : "not known");
}

void record_list_versions(const struct view *view, const struct target *target, struct outcome *out)
{
    size_t shown = 0;

    for (size_t i = target ? target->good_count : 0; i > 0 && shown < VERSIONS_SHOWN; i--, shown++) {
        const struct target_version *version = &target->good[i - 1];

        if (shown == 0) /* the line before has its version already */
            outcome_reply_line(out, "its image: `%s`", image_of(view, version));
        else
            outcome_reply_line(out, "before: %s, `%s`", version_line(view, version), image_of(view, version));
    }
}

void record_list_bad(const struct view *view, const struct target *target, struct outcome *out)
{
    size_t shown = 0;

    for (size_t i = target ? target->bad_count : 0; i > 0 && shown < BAD_SHOWN; i--, shown++)
        outcome_reply_line(out, "bad: %s, revision `%s`", version_line(view, &target->bad[i - 1]),
                           quote(view, target->bad[i - 1].revision));
}

/* ---- operations ---- */

struct operations {
    const struct operation **list;
    size_t count;
};

static struct operations all_of(const struct view *view,
                                size_t (*list)(const void *ctx, const struct operation **list, size_t max))
{
    struct operations all = { NULL, list(view->ctx, NULL, 0) };

    if (all.count > 0) {
        all.list = arena_alloc(view->arena, all.count * sizeof(*all.list));
        list(view->ctx, all.list, all.count);
    }
    return all;
}

/* At the place, or in one of its regions: "" or "us-east1"; NULL: elsewhere. */
static const char *region_at(const struct operation *operation, const char *name)
{
    struct str rest = str_of(operation->target);

    if (!operation->target || !str_take_prefix(&rest, name) || (rest.len > 0 && !str_take_prefix(&rest, "/")))
        return NULL;
    return rest.at;
}

static bool is_at(const struct operation *operation, const char *name)
{
    return region_at(operation, name);
}

static const char *where(const struct view *view, const struct operation *operation, const char *name)
{
    const char *region = region_at(operation, name);

    return region && *region ? arena_printf(view->arena, " in %s", quote(view, region)) : "";
}

static bool goes_on_at(const struct operation *operation, const char *name)
{
    return is_at(operation, name) && !operation_has_ended(operation);
}

/* One that is stuck holds no target any more, and yet the next person there has to know of it. */
static const char *what_is_stuck(const struct view *view, const char *name)
{
    struct operations all = all_of(view, view->list_operations);
    const char *text = "";

    for (size_t i = 0; i < all.count; i++)
        if (all.list[i]->is_stuck && goes_on_at(all.list[i], name))
            text = arena_printf(view->arena, "%s; %s %s is stuck", text, all.list[i]->id, all.list[i]->kind);
    return text;
}

const char *record_moves(const struct view *view, const char *name, const struct target *target)
{
    const struct operation *holder = record_holder(view, target);
    const char *stuck = what_is_stuck(view, name), *waiting = "";

    if (!holder || holder->is_stuck)
        return stuck;
    if (target->waiting_count)
        waiting = arena_printf(view->arena, ", %zu waiting", target->waiting_count);
    return arena_printf(view->arena, "; %s %s is %s%s%s", holder->id, holder->kind, holder->state, waiting, stuck);
}

void record_list_running(const struct view *view, const char *name, struct outcome *out)
{
    struct operations all = all_of(view, view->list_operations);
    size_t found = 0;

    for (size_t i = 0; i < all.count; i++) {
        const struct operation *operation = all.list[i];

        if (!goes_on_at(operation, name) || ++found > RUNNING_SHOWN)
            continue;
        outcome_reply_line(out, "%s %s%s by %s, %s: %s", operation->id, operation->kind, where(view, operation, name),
                           principal_mention(&operation->requester, view->arena),
                           record_ago(view, operation->created_at_ms),
                           operation->is_stuck ? "stuck" : operation->state);
        if (operation->is_stuck)
            outcome_reply_line(out, "%s crashed opsgate and goes on no more: look at `opsgate ops show %s`",
                               operation->id, operation->id);
    }
    if (found > RUNNING_SHOWN)
        outcome_reply_line(out, "and %zu more: `opsgate ops list` has them all", found - RUNNING_SHOWN);
}

void record_list_ended(const struct view *view, const char *name, struct outcome *out)
{
    struct operations all = all_of(view, view->list_ended);
    size_t shown = 0;

    for (size_t i = 0; i < all.count && shown < ENDED_SHOWN; i++) {
        const struct operation *operation = all.list[i];
        const char *version = json_find_string(operation->body, "version");

        if (!is_at(operation, name))
            continue;
        shown++;
        outcome_reply_line(out, "ended: %s %s%s%s%s%s by %s, %s: %s", operation->id, operation->kind,
                           version ? " of `" : "", version ? quote(view, version_short(version, view->arena)) : "",
                           version ? "`" : "", where(view, operation, name),
                           principal_mention(&operation->requester, view->arena),
                           record_ago(view, operation->ended_at_ms), operation->result);
    }
}

/* ---- ages ---- */

const char *record_age(const struct view *view, int64_t at_ms)
{
    int64_t age_ms = view->now_ms - at_ms;

    return age_ms < NOW_MS ? "now" : arena_strdup(view->arena, duration_about(age_ms).text);
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

const char *record_age_of(const struct view *view, const char *name, const struct target *target)
{
    struct operations running = all_of(view, view->list_operations), ended = all_of(view, view->list_ended);
    int64_t at_ms = 0;

    if (target && target->good_count)
        at_ms = later(at_ms, target->good[target->good_count - 1].at_ms);
    if (target && target->bad_count)
        at_ms = later(at_ms, target->bad[target->bad_count - 1].at_ms);
    for (size_t i = 0; i < running.count; i++)
        if (is_at(running.list[i], name))
            at_ms = later(at_ms, later(running.list[i]->changed_at_ms, running.list[i]->created_at_ms));
    for (size_t i = 0; i < ended.count; i++)
        if (is_at(ended.list[i], name))
            at_ms = later(at_ms, ended.list[i]->ended_at_ms);
    return at_ms ? record_age(view, at_ms) : "nothing of it";
}

#include "handlers/status/record.h"

#include "handlers/image.h"
#include "handlers/operation_words.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <string.h>

#define RUNNING_SHOWN 10
#define VERSIONS_SHOWN 3
#define ENDED_SHOWN 5
#define BAD_SHOWN 3
#define NAME_BYTES 80
#define WHY_BYTES 200
#define NOW_MS (2 * SECOND_MS) /* younger is "now" */

static const char *quote(const struct view *view, const char *words)
{
    return card_quote(str_of(words), NAME_BYTES, view->arena);
}

static const char *quote_long(const struct view *view, const char *words)
{
    return card_quote(str_of(words), WHY_BYTES, view->arena);
}

const char *record_ago(const struct view *view, int64_t at_ms)
{
    return arena_printf(view->arena, "%s ago", duration_about(view->now_ms > at_ms ? view->now_ms - at_ms : 0).text);
}

/* ---- versions ---- */

static const char *named(const struct view *view, const struct target_version *version)
{
    return arena_printf(view->arena, "`%s`", quote(view, version_short(version->version, view->arena)));
}

/* No operation brought it. */
static bool is_older_than_opsgate(const struct target_version *version)
{
    return !version->operation || !version->operation[0];
}

static const char *version_line(const struct view *view, const struct target_version *version)
{
    if (is_older_than_opsgate(version))
        return arena_printf(view->arena, "%s, which served before opsgate came", named(view, version));
    return arena_printf(view->arena, "%s, %s (%s)", named(view, version), record_ago(view, version->at_ms),
                        version->operation);
}

bool record_is_known(const struct target *target)
{
    return target && target->good_count > 0 && !target->doubt;
}

static bool is_left_by_rollback(const struct target_version *bad)
{
    return bad->left && strcmp(bad->left, TARGET_LEFT_BY_ROLLBACK) == 0;
}

/* What the last rollback left; NULL: something was deployed well since, or nobody ever rolled back. */
static const struct target_version *last_rollback(const struct target *target)
{
    for (size_t i = target->bad_count; i > 0; i--)
        if (is_left_by_rollback(&target->bad[i - 1]))
            return target->bad[i - 1].at_ms >= target->good[target->good_count - 1].at_ms ? &target->bad[i - 1] : NULL;
    return NULL;
}

static const char *doubt_text(const struct view *view, const struct target *target)
{
    const char *last = target->good_count ? version_line(view, &target->good[target->good_count - 1]) : NULL;

    return arena_printf(view->arena, "%s%s; %s failed after traffic was switched: look at Cloud Run",
                        last ? "last good " : "no good version yet", last ? last : "", target->doubt);
}

const char *record_last(const struct view *view, const struct target *target)
{
    const struct target_version *good, *left;

    if (!target || (target->good_count == 0 && !target->doubt))
        return "nothing deployed by opsgate yet";
    if (target->doubt)
        return doubt_text(view, target);
    good = &target->good[target->good_count - 1];
    left = last_rollback(target);
    if (!left)
        return version_line(view, good);
    return arena_printf(view->arena, "%s, by %s's rollback %s", named(view, good), left->operation,
                        record_ago(view, left->at_ms));
}

const char *record_sentence(const struct view *view, const struct target *target)
{
    const struct target_version *good, *left;

    if (!record_is_known(target))
        return record_last(view, target);
    good = &target->good[target->good_count - 1];
    left = last_rollback(target);
    if (!left)
        return arena_printf(view->arena, "%s%s", is_older_than_opsgate(good) ? "" : "opsgate last deployed ",
                            version_line(view, good));
    return arena_printf(view->arena, "%s rolled back to %s, %s", left->operation, named(view, good),
                        record_ago(view, left->at_ms));
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

static const char *image_of(const struct view *view, const struct target_version *version) /* NULL: not known */
{
    const char *image = image_short(version->image, view->arena);

    if (!version->image || !version->image[0])
        return NULL;
    return arena_printf(view->arena, "`%s`", quote(view, image ? image : version->image));
}

void record_list_versions(const struct view *view, const struct target *target, struct outcome *out)
{
    size_t shown = 0;

    for (size_t i = target ? target->good_count : 0; i > 0 && shown < VERSIONS_SHOWN; i--, shown++) {
        const struct target_version *version = &target->good[i - 1];
        const char *image = image_of(view, version);

        if (shown > 0)
            outcome_reply_line(out, "before: %s%s%s", version_line(view, version), image ? ", " : "",
                               image ? image : "");
        else if (image) /* the line before has its version already */
            outcome_reply_line(out, "its image: %s", image);
    }
}

/* Found bad, or only left: words that nobody takes for each other. */
static const char *leaving(const struct view *view, const struct target_version *bad)
{
    bool is_rollback = is_left_by_rollback(bad);
    const char *why = bad->why ? quote_long(view, bad->why) : NULL;

    return arena_printf(view->arena, "by %s%s %s%s%s", bad->operation ? bad->operation : "somebody",
                        is_rollback ? "'s rollback" : "", record_ago(view, bad->at_ms),
                        !why          ? ""
                        : is_rollback ? ", because: "
                                      : ": ",
                        why ? why : "");
}

void record_list_bad(const struct view *view, const struct target *target, struct outcome *out)
{
    size_t shown = 0;

    for (size_t i = target ? target->bad_count : 0; i > 0 && shown < BAD_SHOWN; i--, shown++) {
        const struct target_version *bad = &target->bad[i - 1];

        outcome_reply_line(out, "%s: %s, revision `%s`, %s",
                           bad->left  ? "left"
                           : bad->why ? "found bad"
                                      : "bad",
                           named(view, bad), quote(view, bad->revision), leaving(view, bad));
    }
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
    return is_at(operation, name) && !operation_has_ended(operation) && !operation->is_stuck;
}

/* One that is stuck has ended and holds no target any more, and yet the next person there has to know of it: until
 * something newer has ended there. While effects of it are on their way it still stands among those that run. */
static struct operations stuck_at(const struct view *view, const char *name)
{
    struct operations running = all_of(view, view->list_operations), ended = all_of(view, view->list_ended);
    struct operations stuck = { NULL, 0 };

    for (size_t i = 0; i < running.count; i++)
        if (running.list[i]->is_stuck && is_at(running.list[i], name))
            *ARENA_PUSH(view->arena, stuck.list, stuck.count) = running.list[i];
    for (size_t i = 0; i < ended.count; i++) {
        if (!is_at(ended.list[i], name))
            continue;
        if (!ended.list[i]->is_stuck)
            break;
        *ARENA_PUSH(view->arena, stuck.list, stuck.count) = ended.list[i];
    }
    return stuck;
}

static const char *what_is_stuck(const struct view *view, const char *name)
{
    struct operations stuck = stuck_at(view, name);
    const char *text = "";

    for (size_t i = 0; i < stuck.count; i++)
        text = arena_printf(view->arena, "%s; %s %s is stuck", text, stuck.list[i]->id, stuck.list[i]->kind);
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
    return arena_printf(view->arena, "; %s %s is %s%s%s", holder->id, holder->kind,
                        operation_standing(holder, view->arena), waiting, stuck);
}

static void tell_running(const struct view *view, const struct operation *operation, const char *name,
                         struct outcome *out)
{
    outcome_reply_line(out, "%s %s%s by %s, %s: %s", operation->id, operation->kind, where(view, operation, name),
                       operation_asked_by(operation, view->arena), record_ago(view, operation->created_at_ms),
                       operation_standing(operation, view->arena));
    if (operation->is_stuck)
        outcome_reply_line(out, "%s crashed opsgate and goes on no more: look at `opsgate ops show %s`", operation->id,
                           operation->id);
}

void record_list_running(const struct view *view, const char *name, struct outcome *out)
{
    struct operations all = all_of(view, view->list_operations), stuck = stuck_at(view, name);
    size_t found = 0;

    for (size_t i = 0; i < stuck.count; i++)
        if (++found <= RUNNING_SHOWN)
            tell_running(view, stuck.list[i], name, out);
    for (size_t i = 0; i < all.count; i++)
        if (goes_on_at(all.list[i], name) && ++found <= RUNNING_SHOWN)
            tell_running(view, all.list[i], name, out);
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

        if (!is_at(operation, name) ||
            (operation->is_stuck && shown == 0)) /* the newest that is stuck was told above */
            continue;
        shown++;
        outcome_reply_line(out, "ended: %s %s%s%s%s%s by %s, %s: %s", operation->id, operation->kind,
                           version ? " of `" : "", version ? quote(view, version_short(version, view->arena)) : "",
                           version ? "`" : "", where(view, operation, name), operation_asked_by(operation, view->arena),
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

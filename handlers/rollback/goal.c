#include "handlers/rollback/goal.h"

#include "bot/base/time.h"
#include "bot/model/card.h"
#include "bot/model/plant.h"
#include "handlers/image.h"

#include <string.h>

#define NOT_THERE SIZE_MAX
#define SHOWN_BYTES 150 /* of a name from outside */

struct choosing {
    const struct rollback_sight *sight;
    const struct target_version *good, *bad; /* newest last */
    size_t good_count, bad_count;
    int64_t now_ms;
    struct arena *arena;
    struct rollback_choice choice;
};

/* The newest of that revision. */
static size_t find(const struct target_version *versions, size_t count, const char *revision)
{
    for (size_t i = count; i-- > 0;)
        if (text_equal(versions[i].revision, revision))
            return i;
    return NOT_THERE;
}

static bool is_skipped(const struct choosing *c, const char *revision)
{
    for (size_t i = 0; i < c->sight->skipped_count; i++)
        if (strcmp(c->sight->skipped[i], revision) == 0)
            return true;
    return false;
}

static bool is_bad_revision(const struct choosing *c, const char *revision)
{
    return find(c->bad, c->bad_count, revision) != NOT_THERE;
}

/* Left as bad since it was good last. */
static bool is_bad(const struct choosing *c, const struct target_version *version)
{
    size_t at = find(c->bad, c->bad_count, version->revision);

    return at != NOT_THERE && c->bad[at].at_ms >= version->at_ms;
}

/* ---- what is left ---- */

/* A revision that is not among the good versions: named as well as anybody can. */
static struct target_version stranger(const struct choosing *c, const struct run_share *share)
{
    size_t at = find(c->bad, c->bad_count, share->revision);
    struct target_version version = { .revision = share->revision };

    if (at != NOT_THERE)
        return c->bad[at];
    version.version = share->percent == 100 && c->sight->version ? c->sight->version : share->revision;
    return version;
}

/* Where nothing is recorded, what served before is known by its name alone: beside another it is not the one to leave.
 */
static bool is_before(const struct choosing *c, const struct run_share *share)
{
    return c->good_count == 0 && text_equal(share->revision, c->sight->previous);
}

static const struct run_share *largest_stranger(const struct choosing *c)
{
    const struct run_share *largest = NULL;

    for (size_t i = 0; i < c->sight->split_count; i++) {
        const struct run_share *share = &c->sight->split[i];

        if (share->percent > 0 && find(c->good, c->good_count, share->revision) == NOT_THERE &&
            (!largest || is_before(c, largest) || (share->percent > largest->percent && !is_before(c, share))))
            largest = share;
    }
    return largest;
}

static struct target_version newest_that_serves(const struct choosing *c)
{
    struct target_version none = { 0 };
    size_t newest = NOT_THERE;

    for (size_t i = 0; i < c->sight->split_count; i++) {
        const struct run_share *share = &c->sight->split[i];
        size_t at = share->percent > 0 ? find(c->good, c->good_count, share->revision) : NOT_THERE;

        if (at != NOT_THERE && (newest == NOT_THERE || at > newest))
            newest = at;
    }
    return newest == NOT_THERE ? none : c->good[newest];
}

/* Nothing was ever recorded here, good or bad: what serves is as good as anything. */
static bool keeps_all(const struct choosing *c)
{
    if (!c->sight->keeps || c->sight->leaving || c->good_count > 0 || (c->sight->target && c->sight->target->doubt))
        return false;
    for (size_t i = 0; i < c->sight->split_count; i++)
        if (c->sight->split[i].percent > 0 && is_bad_revision(c, c->sight->split[i].revision))
            return false;
    return true;
}

static struct target_version what_is_left(const struct choosing *c)
{
    const struct run_share *other = largest_stranger(c);
    struct target_version unknown = { 0 }, newest = newest_that_serves(c);

    if (c->sight->leaving)
        return *c->sight->leaving;
    if (keeps_all(c))
        return unknown;
    if (other)
        return stranger(c, other);
    if (c->sight->keeps && !(newest.revision && is_bad(c, &newest)))
        return unknown;
    if (c->sight->split_count > 0)
        return newest;
    if (c->good_count == 0 || c->sight->target->doubt)
        return unknown;
    return c->good[c->good_count - 1];
}

/* ---- where it goes ---- */

static bool can_be_goal(const struct choosing *c, const char *revision)
{
    return revision && !text_equal(revision, c->choice.from.revision) && !is_skipped(c, revision);
}

/* The newest version below `end` that is still called good: what was left as bad is no way back, ever; a person may
 * name it with --to. */
static size_t next_below(const struct choosing *c, size_t end)
{
    for (size_t i = end; i-- > 0;)
        if (can_be_goal(c, c->good[i].revision) && !is_bad(c, &c->good[i]))
            return i;
    return NOT_THERE;
}

/* The newest good version that serves, if that may be the goal. */
static size_t find_kept(const struct choosing *c)
{
    size_t kept = NOT_THERE;

    for (size_t i = 0; c->sight->keeps && i < c->sight->split_count; i++) {
        const struct run_share *share = &c->sight->split[i];
        size_t at = share->percent > 0 ? find(c->good, c->good_count, share->revision) : NOT_THERE;

        if (at != NOT_THERE && can_be_goal(c, share->revision) && !is_bad(c, &c->good[at]) &&
            (kept == NOT_THERE || at > kept))
            kept = at;
    }
    return kept;
}

static void choose_recorded(struct choosing *c, size_t at)
{
    size_t below = next_below(c, at);

    c->choice.to = c->good[at];
    c->choice.is_recorded = true;
    c->choice.previous = below == NOT_THERE ? NULL : c->good[below].revision;
    c->choice.below = below == NOT_THERE ? NULL : c->good[below].version;
}

static void choose_goal(struct choosing *c)
{
    size_t at = find(c->good, c->good_count, c->choice.from.revision), end = at == NOT_THERE ? c->good_count : at;
    size_t kept = find_kept(c), best = kept == NOT_THERE ? next_below(c, end) : kept;
    const char *previous = c->sight->previous;

    if (keeps_all(c))
        return;
    if (PLANTED(ROLLBACK_PING_PONG) && c->bad_count > 0) {
        c->choice.to = c->bad[c->bad_count - 1];
    } else if (best != NOT_THERE) {
        choose_recorded(c, best);
    } else if (can_be_goal(c, previous) && !is_bad_revision(c, previous) &&
               find(c->good, c->good_count, previous) == NOT_THERE) {
        c->choice.to = (struct target_version){ .version = previous, .revision = previous };
    }
}

const char *rollback_name(const struct target_version *version, const struct target_version *beside,
                          struct arena *arena)
{
    const char *name = version->version ? version_short(version->version, arena) : NULL;
    bool needs_more = text_equal(version->version, beside->version) && version->revision && beside->revision &&
                      !text_equal(version->revision, beside->revision);

    return needs_more ? arena_printf(arena, "%s (%s)", name, version->revision) : name;
}

static const char *ago(const struct choosing *c, const struct target_version *left)
{
    return arena_printf(c->arena, "%s ago", duration_about(c->now_ms > left->at_ms ? c->now_ms - left->at_ms : 0).text);
}

/* Something newer was left before `from`, which served again; a newer try of the same version bears the same name. */
static const char *left_before(const struct choosing *c, const struct target_version *left,
                               const struct target_version *from)
{
    const char *by = left->operation && left->operation[0] ? left->operation : "somebody";
    const char *version = card_quote(str_of(left->version), SHOWN_BYTES, c->arena);

    if (!text_equal(left->version, from->version) || !from->operation || !from->operation[0])
        return arena_printf(c->arena, "goes further back: `%s` was left %s by %s", version, ago(c, left), by);
    return arena_printf(c->arena, "leaves `%s` of %s: a newer try of it, %s, was left already, %s", version,
                        from->operation, by, ago(c, left));
}

/* What is left is a good version, and something newer was left before it: people should know that. */
static const char *further(const struct choosing *c)
{
    size_t at = find(c->good, c->good_count, c->choice.from.revision);
    const struct target_version *last = c->bad_count > 0 ? &c->bad[c->bad_count - 1] : NULL;

    if (at == NOT_THERE || !c->choice.to.revision)
        return NULL;
    if (last && last->at_ms >= c->good[at].at_ms && !text_equal(last->revision, c->choice.from.revision))
        return left_before(c, last, &c->good[at]);
    if (at + 1 < c->good_count)
        return arena_printf(c->arena, "goes further back: `%s` is newer, and serves no more",
                            card_quote(str_of(rollback_name(&c->good[c->good_count - 1], &c->choice.from, c->arena)),
                                       SHOWN_BYTES, c->arena));
    return NULL;
}

bool rollback_is_called(const struct target_version *version, const char *name)
{
    return text_equal(version->operation, name) || text_equal(version->revision, name) ||
           text_equal(version->version, name);
}

struct rollback_choice rollback_choose(const struct rollback_sight *sight, int64_t now_ms, struct arena *arena)
{
    struct choosing c = { .sight = sight, .now_ms = now_ms, .arena = arena };

    if (sight->target) {
        c.good = sight->target->good;
        c.good_count = sight->target->good_count;
        c.bad = sight->target->bad;
        c.bad_count = sight->target->bad_count;
    }
    c.choice.from = what_is_left(&c);
    choose_goal(&c);
    c.choice.further = sight->leaving ? NULL : further(&c);
    return c.choice;
}

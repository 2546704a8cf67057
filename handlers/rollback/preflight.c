#include "handlers/rollback/preflight.h"

#include "bot/model/card.h"

#include <inttypes.h>
#include <string.h>

#define NAMES_MAX 8 /* of a list; the rest is counted */
#define NAME_BYTES 60

struct listing { /* "+A −B ~C and 3 more" */
    const char *text;
    size_t count;
    struct arena *arena;
};

const struct run_revision *rollback_find_revision(const struct run_revisions *revisions, const char *name)
{
    for (size_t i = 0; i < revisions->revisions_count; i++)
        if (name && strcmp(revisions->revisions[i].revision, name) == 0)
            return &revisions->revisions[i];
    return NULL;
}

static const char *value_of(const struct shape_pair *pairs, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return pairs[i].value ? pairs[i].value : "";
    return NULL;
}

static void list(struct listing *listing, const char *mark, const char *name)
{
    if (listing->count++ < NAMES_MAX)
        listing->text = arena_printf(listing->arena, "%s %s%s", listing->text, mark,
                                     card_quote(str_of(name), NAME_BYTES, listing->arena));
}

/* What is set to another value, or set at all, in `to`; and what is not set there any more. */
static const char *compare(const char *what, const struct shape_pair *from, size_t from_count,
                           const struct shape_pair *to, size_t to_count, struct arena *arena)
{
    struct listing listing = { "", 0, arena };

    for (size_t i = 0; i < to_count; i++) {
        const char *before = value_of(from, from_count, to[i].key);

        if (!before)
            list(&listing, "+", to[i].key);
        else if (strcmp(before, to[i].value ? to[i].value : "") != 0)
            list(&listing, "~", to[i].key);
    }
    for (size_t i = 0; i < from_count; i++)
        if (!value_of(to, to_count, from[i].key))
            list(&listing, "−", from[i].key);
    if (listing.count == 0)
        return "";
    if (listing.count > NAMES_MAX)
        return arena_printf(arena, "%s%s and %zu more; ", what, listing.text, listing.count - NAMES_MAX);
    return arena_printf(arena, "%s%s; ", what, listing.text);
}

static const char *change(const char *what, int64_t from, int64_t to, struct arena *arena)
{
    return from == to ? "" : arena_printf(arena, " %s %" PRId64 "→%" PRId64, what, from, to);
}

static const char *scaling(const struct run_revision *from, const struct run_revision *to, struct arena *arena)
{
    const char *min = change("min", from->min_instances, to->min_instances, arena);
    const char *max = change("max", from->max_instances, to->max_instances, arena);

    return min[0] || max[0] ? arena_printf(arena, "scaling%s%s; ", min, max) : "";
}

const char *preflight_differences(const struct run_revision *from, const struct run_revision *to, struct arena *arena)
{
    return arena_printf(
        arena, "%s%s%s%s",
        compare("settings", from->settings, from->settings_count, to->settings, to->settings_count, arena),
        compare("secrets", from->secrets, from->secrets_count, to->secrets, to->secrets_count, arena),
        compare("limits", from->limits, from->limits_count, to->limits, to->limits_count, arena),
        scaling(from, to, arena));
}

static const char *differences(const struct run_revision *from, const struct run_revision *to, struct arena *arena)
{
    const char *text = preflight_differences(from, to, arena);

    return text[0] ? text : "settings, secrets and scaling as they are; ";
}

static const char *warmth(const struct run_revision *to, struct arena *arena)
{
    if (!to->is_ready)
        return "warm: no (not ready)";
    if (to->min_instances > 0 && to->is_minimum_known && to->minimum_now == 0)
        return arena_printf(arena,
                            "warm: no (ready; without traffic or a tag its min instances %" PRId64
                            " are not kept up: the first requests wait for a cold start)",
                            to->min_instances);
    if (to->min_instances > 0)
        return arena_printf(arena, "warm: yes (ready, min instances %" PRId64 ")", to->min_instances);
    return "warm: no (ready, min instances 0: the first requests wait for a cold start)";
}

const char *rollback_preflight(const struct run_revision *from, const struct run_revision *to, struct arena *arena)
{
    bool is_same_image = from && text_equal(from->image, to->image);

    return arena_printf(arena, "%s%s%s", is_same_image ? "the same image; " : "",
                        from ? differences(from, to, arena) : "what serves now could not be compared; ",
                        warmth(to, arena));
}

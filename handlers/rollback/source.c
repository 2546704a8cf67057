#include "handlers/rollback/source.h"

#include "handlers/deploy/split.h"
#include "handlers/rollback/goal.h"

#include "bot/base/time.h"
#include "bot/model/card.h"

#include <string.h>

#define SHOWN_BYTES 150 /* of a name from outside */

struct weighing {
    const struct target *copy; /* or NULL */
    const struct target *bare; /* without its good versions */
    const struct run_service *service;
    struct split split;
    const char *age;
    int64_t now_ms;
    struct arena *arena;
};

static const char *quote(const struct weighing *w, const char *words)
{
    return words ? card_quote(str_of(words), SHOWN_BYTES, w->arena) : "nothing";
}

static struct rollback_choice choose(const struct weighing *w, const struct target *target, const char *previous)
{
    struct rollback_sight sight = { .target = target,
                                    .split = w->split.shares,
                                    .split_count = w->split.count,
                                    .version = run_annotation(w->service, RUN_ANNOTATION_VERSION),
                                    .previous = previous };

    return rollback_choose(&sight, w->now_ms, w->arena);
}

/* ---- what the copy is worth ---- */

static bool serves(const struct weighing *w, const char *revision)
{
    for (size_t i = 0; revision && i < w->split.count; i++)
        if (w->split.shares[i].percent > 0 && w->split.shares[i].revision &&
            strcmp(w->split.shares[i].revision, revision) == 0)
            return true;
    return false;
}

static bool has_good_that_serves(const struct weighing *w)
{
    for (size_t i = 0; w->copy && i < w->copy->good_count; i++)
        if (serves(w, w->copy->good[i].revision))
            return true;
    return false;
}

static const char *why_not_copy(const struct weighing *w)
{
    if (!w->copy)
        return "there is no copy of the records of this target";
    if (w->copy->good_count == 0)
        return arena_printf(w->arena, "the copy of the records, %s old, knows no good version", w->age);
    if (!has_good_that_serves(w))
        return arena_printf(w->arena, "nothing that the copy of the records, %s old, calls good serves now", w->age);
    return arena_printf(w->arena, "the copy of the records, %s old, knows no good version before the one that serves",
                        w->age);
}

/* ---- what the service says ---- */

static const char *last_change(const struct weighing *w)
{
    return arena_printf(w->arena, "its annotations of the last change of traffic (version `%s`, operation `%s`)",
                        quote(w, run_annotation(w->service, RUN_ANNOTATION_VERSION)),
                        quote(w, run_annotation(w->service, RUN_ANNOTATION_OPERATION)));
}

static const char *why_not_service(const struct weighing *w)
{
    const char *previous = run_annotation(w->service, RUN_ANNOTATION_PREVIOUS);

    if (!previous)
        return "the service's own annotations name no version before";
    return arena_printf(w->arena, "the service's own annotations name `%s`, which serves already or is known as bad",
                        quote(w, previous));
}

/* ---- the choice ---- */

static struct rollback_source by_copy(const struct weighing *w, const struct rollback_choice *choice,
                                      const struct rollback_choice *own)
{
    const char *other = own->to.revision ? "the service's own annotations say the same" : why_not_service(w);

    return (struct rollback_source){
        ROLLBACK_BY_COPY, w->copy,
        arena_printf(w->arena, "Where back to (`%s`) is read from the copy of the records, %s old; %s",
                     quote(w, choice->to.version), w->age, other)
    };
}

static struct rollback_source by_service(const struct weighing *w, const struct rollback_choice *own, const char *why)
{
    return (struct rollback_source){
        ROLLBACK_BY_SERVICE, w->bare,
        arena_printf(w->arena, "Where back to (revision `%s`) is what the service itself says, in %s: %s",
                     quote(w, own->to.revision), last_change(w), why)
    };
}

static struct rollback_source weigh(const struct weighing *w)
{
    struct rollback_choice known = choose(w, w->copy, NULL);
    struct rollback_choice own = choose(w, w->bare, run_annotation(w->service, RUN_ANNOTATION_PREVIOUS));
    bool is_known = known.to.revision, is_own = own.to.revision;
    bool is_same = is_known && is_own && strcmp(known.to.revision, own.to.revision) == 0;

    if (is_same || (is_known && !is_own && has_good_that_serves(w)))
        return by_copy(w, &known, &own);
    if (is_own && is_known && has_good_that_serves(w))
        return by_service(w, &own,
                          arena_printf(w->arena,
                                       "the copy of the records, %s old, does not know that change, and would "
                                       "go to `%s`",
                                       w->age, quote(w, known.to.version)));
    if (is_own)
        return by_service(w, &own, why_not_copy(w));
    return (struct rollback_source){ ROLLBACK_BY_NOBODY, w->bare,
                                     arena_printf(w->arena, "Nobody can tell where back to: %s, and %s",
                                                  why_not_copy(w), why_not_service(w)) };
}

struct rollback_source rollback_source_of(const struct target *copy, int64_t copy_at_ms,
                                          const struct run_service *service, int64_t now_ms, struct arena *arena)
{
    struct target *bare = ARENA_NEW(arena, struct target), *whole = ARENA_NEW(arena, struct target);
    struct weighing w = { .copy = copy ? whole : NULL,
                          .bare = bare,
                          .service = service,
                          .split = split_asked(service, arena),
                          .now_ms = now_ms,
                          .arena = arena };

    w.age = arena_strdup(arena, duration_about(now_ms > copy_at_ms ? now_ms - copy_at_ms : 0).text);
    if (copy) {
        *whole = *copy;
        if (!whole->doubt) /* whoever held it may have had a change on its way when the store went away */
            whole->doubt = whole->holder;
        *bare = *whole;
        bare->good = NULL;
        bare->good_count = 0;
    }
    return weigh(&w);
}

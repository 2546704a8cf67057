/* view.h - what a handler may see of the world: borrowed, and only during one decision. */
#ifndef OPSGATE_MODEL_VIEW_H
#define OPSGATE_MODEL_VIEW_H

#include "bot/base/time.h"
#include "bot/model/facts.h"
#include "bot/model/operation.h"
#include "bot/model/parked.h"
#include "bot/model/target.h"

struct settings;
struct policy;
struct verb;

struct view {
    const struct settings *settings;
    const struct policy *policy;
    const struct verb *const *verbs; /* NULL-terminated */
    int64_t now_ms;                  /* the steady clock: for whatever is recorded, compared, timed or waited for. It goes
                                      * on evenly when the store's clock is set */
    int64_t shift_ms;                /* to be added to a time of ours before anybody sees it as a date */
    int64_t clock_jumps;             /* grows, durably, when the store's clock is found to have jumped while nobody watched
                                      * it: how much time has passed since the moment before nobody knows */
    const struct membership *memberships; /* groups, teams and schedules as they were last read: facts.h */
    size_t memberships_count;             /* 0: none was */
    const struct members *members;        /* the same made ready for policy (policy/members.h); NULL: none was */
    bool is_observing;               /* a person adopted this store, and nobody has confirmed it: its record may be older
                                      * than what serves, and nothing is changed but on the way back */
    int64_t adoption;                /* which of its adoptions, the newest; 0: none ever */
    int64_t adopted_at_ms;           /* when; the steady clock */
    const char *adopted_by;          /* who did it, on opsgate's host; or NULL */
    const struct parked *parked;     /* credentials that are refused just now */
    size_t parked_count;
    struct facts (*facts)(const struct view *view); /* see view_facts */
    struct arena *arena;             /* of this decision */
    const void *ctx;                 /* the engine's own */
    const struct operation *(*find_operation)(const void *ctx, const char *id);   /* a live one, or NULL */
    const struct operation *(*find_ended)(const void *ctx, const char *id);       /* one of the last 1,000, or NULL */
    const struct target *(*find_target)(const void *ctx, const char *name);       /* NULL: never touched */
    /* Live operations, oldest first; returns how many there are, fills at most max. */
    size_t (*list_operations)(const void *ctx, const struct operation **list, size_t max);
    size_t (*list_ended)(const void *ctx, const struct operation **list, size_t max); /* the last, newest first; likewise */
};

/* The store's clock: for what is shown as a date, decided by a date, or compared with what a peer tells. */
static inline int64_t view_unix_ms(const struct view *view)
{
    return view->now_ms + view->shift_ms;
}

/* Of a file alone: nothing is at work, and nothing was ever touched. For whoever judges what is written there; `verbs` is theirs
 * to set, where they ask one that needs it. */
struct view view_of_file(const struct settings *settings, const struct policy *policy, int64_t now_ms,
                         struct arena *arena);

/* The one of a kind that always stands (machine.stand), while it is at work; NULL: none is. */
const struct operation *view_find_standing(const struct view *view, const char *kind);

/* What policy is told besides the question. Of the thing that is asked for nothing is known yet. */
struct facts view_facts(const struct view *view);

/* A group asks for its members one after the other. What was asked for before the last way back of the target, in a group or
 * in a group of groups, does not begin there any more: gives that way back, or NULL. `asker`: the group, by its id. */
const char *view_find_later_way_back(const struct view *view, const struct target *target, const char *asker);

#endif

/* claimants.h - who is on its way to a target, or there, when a rollback is asked for: it stops them all. Pure.
 *
 * Among them are members of groups that have yet to begin there: those do not begin any more (view_find_later_way_back).
 *
 * As long as none of them ever had traffic, stopping them is the whole way back: what serves was not touched by them.
 */
#ifndef OPSGATE_HANDLERS_ROLLBACK_CLAIMANTS_H
#define OPSGATE_HANDLERS_ROLLBACK_CLAIMANTS_H

#include "bot/model/view.h"

struct rollback_claimants {
    const struct operation *holder; /* NULL: nobody, or its record is not to be had */
    const struct operation **list;  /* the holder, then who waits, then deploys that have yet to come to the target; without a
                                     * `keep`, which moves no traffic */
    size_t count;
    const char **awaited; /* "web of D7": what a group has yet to begin there */
    size_t awaited_count;
};

struct rollback_claimants rollback_find_claimants(const struct view *view, const struct target *target,
                                                  const char *name); /* `target` NULL: never touched */

bool rollback_is_deploy(const struct operation *operation); /* NULL: no */
/* A deploy of which nothing serves: no change of traffic was recorded for it, or its first one was not allowed. */
bool rollback_is_early(const struct operation *operation);
/* It has ended, or is about to: was a change of traffic ever recorded for it, that may arrive yet? In doubt: yes. */
bool rollback_may_have_sent(const struct operation *operation);

bool rollback_are_early(const struct rollback_claimants *claimants); /* there are some, and each of them is */
/* `group`: it was to begin something there a moment ago, whatever has become of it since. */
void rollback_add_awaited(struct rollback_claimants *claimants, const char *group, struct arena *arena);
/* The first group that has yet to begin something at a target, by its id; NULL: none. */
const char *rollback_find_group(const struct view *view, const struct target *target, const char *name);

/* "D7, web of D8": whom a rollback stops; NULL: nobody. */
const char *rollback_name_stopped(const struct rollback_claimants *claimants, struct arena *arena);

#endif

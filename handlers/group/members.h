/* members.h - which member of a group may begin now, and how far all of them are. Pure. */
#ifndef OPSGATE_HANDLERS_GROUP_MEMBERS_H
#define OPSGATE_HANDLERS_GROUP_MEMBERS_H

#include "bot/base/arena.h"
#include "handlers/group/group.h"

extern const struct shape group_body_shape;

struct group_member *members_find(const struct group_body *body, const char *name); /* or NULL */
struct group_member *members_find_operation(const struct group_body *body, const char *operation);
struct group_member *members_find_kept(const struct group_body *body); /* one that runs, and whose abort was refused */
bool members_wait(const struct group_body *body); /* one of them does, for consent */
size_t members_count(const struct group_body *body, enum group_state state);

/* The first one that waits and whose needs are done; NULL: none may begin now. */
struct group_member *members_next(const struct group_body *body);

/* Waiting ones that need one which failed or was skipped, directly or not, are skipped too. */
void members_skip_dependents(struct group_body *body, struct arena *arena);
void members_skip_waiting(struct group_body *body, const char *why);

/* A circle of needs as "api, worker, api"; NULL: there is none. */
const char *members_circle(const struct group_body *body, struct arena *arena);

/* Which came to nothing, and why, for those who see only the end: "web was turned away; admin, site: it needs web, which is
 * not done". Of many a few are named. Names and our own words alone, for it stands in the journal for good; "": none did. */
const char *members_shortfall(const struct group_body *body, struct arena *arena);

#endif

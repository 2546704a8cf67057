/* reference_internal.h - what the files of the reference share. */
#ifndef OPSGATE_TESTS_POLICY_REFERENCE_INTERNAL_H
#define OPSGATE_TESTS_POLICY_REFERENCE_INTERNAL_H

#include "reference.h"

#define FLIPPED(name) (world->flip == FLIP_##name)

bool reference_same(const char *a, const char *b); /* NULL is like nothing */
bool reference_begins(const char *text, const char *with);

/* reference_people.c */
bool reference_is_same_principal(const struct reference_world *world, const struct principal *a,
                                 const struct principal *b);
bool reference_is_same_person(const struct reference_world *world, const struct principal *a,
                              const struct principal *b);
/* The next after *at with whom they were joined by their addresses; false: no more. */
bool reference_next_joined(const struct reference_world *world, const struct principal *principal, size_t *at,
                           struct principal *ret);
/* A role, of which nobody can tell who is in it: one of its groups, teams and schedules was never read. */
bool reference_has_unread_source(const struct reference_world *world, const char *role);
bool reference_is_known_person(const struct reference_world *world, const struct principal *principal);
/* however_old: members count as they were last read. */
bool reference_holds_any_role(const struct reference_world *world, const char **names, size_t count,
                              const struct principal *principal, bool however_old, int64_t now_ms);

/* reference_same_deny.c */
bool reference_is_same_deny(const struct rule_settings *a, const struct rule_settings *b);

/* reference_needs.c */
enum judged { HOLDS_NOT, HOLDS, ERRS };
bool reference_is_any_window_now(const char **windows, size_t count, int64_t now_ms, bool first_only, bool last_only);
bool reference_are_all_windows_now(const char **windows, size_t count, int64_t now_ms);
enum judged reference_is_incident_so_bad(const struct reference_world *world, const char *severity,
                                         const struct facts *facts, bool is_inverted);
/* What still counts when traffic is increased, and what else. */
void reference_add_lasting_needs(const struct reference_world *world, const struct rule_settings *rule,
                                 const struct question *question, const struct facts *facts, enum policy_stage stage,
                                 struct reference_decision *decision);
void reference_add_needs(const struct reference_world *world, const struct rule_settings *rule,
                         const struct question *question, const struct facts *facts, bool is_static,
                         struct reference_decision *decision);

#endif

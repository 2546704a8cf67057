/* lint_internal.h - what the files of lint share. Only for policy/lint*.c. */
#ifndef OPSGATE_POLICY_LINT_INTERNAL_H
#define OPSGATE_POLICY_LINT_INTERNAL_H

#include "policy/compiled.h"
#include "policy/lint.h"

struct lint {
    const struct lint_input *input;
    const struct policy *policy; /* the same file, compiled: its rules stand in the same order */
    struct arena *arena;
    struct lint_finding *findings;
    size_t count;
    int64_t looks; /* at windows, by all pairs of rules together: lint_can_meet */
};

/* `line` 0: of the file as a whole. */
void lint_found(struct lint *lint, int line, enum lint_severity severity, const char *fmt, ...) PRINTF_LIKE(4, 5);
bool lint_has(const char *const *list, size_t count, const char *name);
bool lint_has_labels(const struct rule_place *on, const struct label_list *there); /* all that it asks for */

/* Every rule in the light of the others: lint_rules.c. */
void lint_rules(struct lint *lint);
/* Requirements that nobody can meet: lint_needs.c. */
void lint_needs(struct lint *lint);
/* Glasses that nobody can break: lint_glass.c. */
void lint_glass(struct lint *lint);
/* What rolls out by itself, and no rule lets: lint_releases.c. */
void lint_releases(struct lint *lint);
/* Schedules that no rule lets run: lint_schedules.c. */
void lint_schedules(struct lint *lint);
/* Does a rule allow that, in whatever windows and incidents there are? lint_releases.c */
bool lint_is_allowed(const struct policy *policy, const struct question *question, const struct facts *facts);

/* Whatever the narrow rule speaks of the wide one speaks of, too. Sure only when it says yes: it compares what is written, not
 * what is meant. `without_during`: as if the wide one had no windows. */
bool lint_covers(const struct lint *lint, const struct compiled_rule *wide, const struct compiled_rule *narrow,
                 bool without_during);
/* Is there a time, from now on, at which `a` is open and `b` is open (or, with `is_b_closed`, is not)? Also true when that cannot be
 * told, and once so much was looked at that lint would take too long. */
bool lint_can_meet(struct lint *lint, const struct compiled_windows *a, const struct compiled_windows *b,
                   bool is_b_closed);

#endif

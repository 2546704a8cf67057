/* lint.h - what a policy says that nobody can have meant: rules that never apply, that another one makes pointless, roles
 * with nobody in them, releases that no rule lets roll out, schedules that none lets run, and places out of which no rule leads when groups cannot be read.
 *
 * Whatever contradicts the file itself (unknown names, malformed windows) has been refused before (bot/configuration/configuration.h).
 * What is found here may be meant, so it is told and stops nothing. Pure.
 */
#ifndef OPSGATE_POLICY_LINT_H
#define OPSGATE_POLICY_LINT_H

#include "bot/model/facts.h"
#include "bot/model/question.h"
#include "bot/model/settings.h"
#include "bot/model/verb.h"
#include "bot/model/view.h"
#include "policy/zone.h"

enum lint_severity {
    LINT_WRONG, /* this cannot be meant: something does not do what it seems to do */
    LINT_NOTE,  /* this does nothing and can go, or nothing now */
};
struct lint_finding {
    const char *rule; /* "opsgate.yaml:12", of a rule, or of a role; the file alone: of the whole */
    enum lint_severity severity;
    const char *sentence; /* without a full stop */
};
/* What a step of a runbook, run by that schedule, asks policy for: handlers/runbook/asked.h. False: nobody can tell. */
typedef bool (*lint_step_fn)(const struct view *view, const struct runbook_settings *runbook,
                             const struct runbook_step *step, const struct runbook_schedule *schedule,
                             struct question *ret_question, struct error *err);

struct lint_input {
    const struct settings *settings;
    lint_step_fn step_asks;
    const struct verb *const *verbs; /* NULL-terminated; NULL: what takes `--break-glass` nobody can tell */
    struct zones zones;
    const struct membership *sources; /* as last read; NULL: nobody looked, so nothing is said of them */
    size_t sources_count;
    int64_t now_ms; /* unix */
};
struct lint_finding *policy_lint(const struct lint_input *input, struct arena *arena, size_t *ret_count);
/* Only of what rolls out, or is run, by itself, and no rule lets: takes no time, so whoever serves may say it as it begins. */
struct lint_finding *policy_lint_releases(const struct lint_input *input, struct arena *arena, size_t *ret_count);

#endif

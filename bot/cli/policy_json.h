/* policy_json.h - what policy says, as JSON: of `opsgate policy --json` and of the API alike. Pure. */
#ifndef OPSGATE_CLI_POLICY_JSON_H
#define OPSGATE_CLI_POLICY_JSON_H

#include "bot/base/json.h"
#include "policy/explain.h"

extern const char *const policy_verdict_names[]; /* by enum verdict; NULL-terminated */
extern const char *const policy_kind_names[];    /* of rules */

/* {verdict, rule, reason, turn, can_break_glass, rules: [...]}; the caller's, as the next. */
cJSON *policy_explanation_json(const struct explanation *explanation);
/* {everyone, persons: [...], everyone_with_break_glass, with_break_glass: [...]} */
cJSON *policy_who_json(const struct who_can *who);
/* What any of them waits for that depends on the version; NULL: nothing. */
const char *policy_who_by_version(const struct who_can *who, struct arena *arena);

#endif

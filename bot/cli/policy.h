/* policy.h - what the files of `opsgate policy lint | explain | who-can | test` share. What the policy of a file means is
 * asked of the file, and of the last readings of groups where a store has them; nothing is asked of anybody outside.
 */
#ifndef OPSGATE_CLI_POLICY_H
#define OPSGATE_CLI_POLICY_H

#include "bot/cli/cli.h"
#include "bot/cli/policy_json.h"
#include "bot/cli/policy_readings.h"
#include "bot/model/request.h"
#include "policy/decide.h"
#include "policy/lint.h"

struct policy_looking {
    const struct cli *cli;
    struct configuration *configuration;
    struct arena *arena;
    const struct policy *policy;
    int64_t now_ms;
    struct policy_readings readings; /* for all but test, which brings its own */
};
struct policy_asked {
    struct question question;
    struct facts facts;
    enum policy_stage stage;
    bool is_for_any_version; /* none was named: explain_any_version_words */
};

/* Where whoever is called so asks from: "slack" of "slack", "api" of "token"; NULL: no system is called that. */
const char *policy_source_of(struct str system);
/* "slack:U1", "slack:T0OTHER/U1", "github:octocat": the request's principal and source. */
bool policy_read_who(const struct policy_looking *looking, const char *text, struct request *request, struct error *err);
/* The question that its words ask, and the stage; the facts are the caller's. */
bool policy_read_request(const struct policy_looking *looking, const struct request *request, struct policy_asked *ret,
                         struct error *err);

void policy_print_json(const cJSON *json);
cJSON *policy_findings_json(const struct lint_finding *findings, size_t count);  /* a list: bot/cli/policy_lint.c */
const char *policy_finding_line(const struct lint_finding *finding, struct arena *arena); /* as people read it */

int cli_policy_lint(const struct policy_looking *looking); /* lint: bot/cli/policy_lint.c */
int cli_policy_test(const struct policy_looking *looking); /* test FILE: bot/cli/policy_test.c */

#endif

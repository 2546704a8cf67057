/* cli_policy.h - what the files of `opsgate policy lint | explain | who-can | test` share. What the policy of a file means is
 * asked of the file alone: no store, and no group that somebody would have to read.
 */
#ifndef OPSGATE_CLI_POLICY_H
#define OPSGATE_CLI_POLICY_H

#include "bot/cli.h"
#include "bot/model/request.h"
#include "policy/decide.h"

struct policy_looking {
    const struct cli *cli;
    struct configuration *configuration;
    struct arena *arena;
    const struct policy *policy;
    int64_t now_ms;
};
struct policy_asked {
    struct question question;
    struct facts facts;
    enum policy_stage stage;
};
extern const char *const policy_verdict_names[]; /* by enum verdict; NULL-terminated */

/* "slack:U1", "slack:T0OTHER/U1", "github:octocat": the request's principal and source. */
bool policy_read_who(const struct policy_looking *looking, const char *text, struct request *request, struct error *err);
/* The question that its words ask, and the stage; the facts are the caller's. */
bool policy_read_request(const struct policy_looking *looking, const struct request *request, struct policy_asked *ret,
                         struct error *err);

int cli_policy_test(const struct policy_looking *looking); /* test FILE: bot/cli_policy_test.c */

#endif

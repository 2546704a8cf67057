/* app.h - the GitHub App that opsgate is, its one installation at acme, and who may call with what.
 *
 * The App signs a JWT with its private key; with that it gets installation tokens, which do everything else. The key
 * pair is made when it is first asked for and, like the tokens, outlives a reset: the callers still hold them. A
 * personal token is taken as well, and may do everything. Not thread-safe: the world's lock covers it.
 */
#ifndef SANDBOX_GITHUB_APP_H
#define SANDBOX_GITHUB_APP_H

#include "exchange.h"

#define APP_ID 12345
#define APP_CLIENT_ID "Iv23liSandboxOpsgate"
#define APP_INSTALLATION 880088
#define APP_BOT "opsgate[bot]"
#define APP_PERSONAL_TOKEN "ghp_sandbox"
#define APP_PERSON "ann" /* whose that is */

struct github_app;

enum caller_kind { CALLER_APP, CALLER_INSTALLATION, CALLER_PERSON };

struct caller {
    enum caller_kind kind;
    const char *login;         /* as an actor */
    const cJSON *permissions;  /* an installation's: {"actions": "write"}; NULL for the others */
    const cJSON *repositories; /* ids that its token is limited to; NULL for all that are installed */
};

/* Why a caller is turned away. */
struct refusal {
    int status;
    char message[160];
};

struct github_app *github_app_create(void);
void github_app_destroy(struct github_app *app);
AUTO_DEFINE(github_app)

char *github_app_pem(struct github_app *app); /* the private key, PKCS#1 as GitHub gives it; the caller frees */

bool github_app_login_jwt(struct github_app *app, const struct request *request, struct caller *ret_caller,
                          struct refusal *refusal);
bool github_app_login(const struct github_app *app, const struct request *request, struct caller *ret_caller,
                      struct refusal *refusal);

/* `has` is all that is granted; true when it allows `needs`, such as "actions=write". */
bool permissions_allow(const cJSON *has, const char *needs);
cJSON *github_app_permissions(void); /* what the installation was granted; the caller's */

/* A new installation token: {token, expires_at_ms, permissions, repositories?}, borrowed. Takes over what it is given;
 * `repositories` is a list of ids, or NULL. */
const cJSON *github_app_issue(struct github_app *app, cJSON *permissions, cJSON *repositories, int64_t now_ms);

void github_app_expire_tokens(struct github_app *app);
void github_app_set_lifetime(struct github_app *app, int64_t lifetime_ms);
void github_app_set_lag(struct github_app *app, int64_t lag_ms); /* how long a new token is not known everywhere yet */

#endif

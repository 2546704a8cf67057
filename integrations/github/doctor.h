/* doctor.h - may opsgate read and do in a repository what it is configured for, and do GitHub's webhooks arrive?
 *
 * Exchanges of `opsgate doctor`: they only read, and end with findings (bot/model/finding.h). Pure.
 * Spec: https://docs.github.com/en/rest (apps, repos, webhooks; the x-ratelimit headers)
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_DOCTOR_H
#define OPSGATE_INTEGRATIONS_GITHUB_DOCTOR_H

#include "bot/model/finding.h"

struct github_doctor_ask {
    const char *repository; /* "acme/platform" */
    bool is_app;            /* asked as a GitHub App; else with a token */
    bool needs_actions;     /* workflows are started there */
    bool needs_checks;      /* policy asks for green checks */
    bool needs_comments;    /* its pull requests are deployed by comments */
    bool needs_deployments; /* deployments that somebody makes there roll out */
    int64_t hook;           /* whose log is looked at; 0: the App's, or of all hooks there that lead to opsgate */
    const char *organization; /* whose hook it is; NULL: the repository's */
};
extern const struct shape github_doctor_ask_shape;

/* Access, permissions and rate limit. */
struct exchange_step github_doctor_repository(const struct exchange *exchange);

/* What became of the webhooks, by those logs. */
struct exchange_step github_doctor_deliveries(const struct exchange *exchange);

#endif

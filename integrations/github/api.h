/* api.h - calls of GitHub's REST API, and what its refusals mean. (Version 2022-11-28) Pure.
 *
 * - 404: it is not there, or opsgate may not see it: GitHub does not tell which
 * - 401: the token is no good; the next try comes with a fresh one
 * - 403 and 429 with Retry-After, an empty rate limit, or the words "secondary rate": not now, and when again
 * - any other 403: a permission is missing, which X-Accepted-GitHub-Permissions names
 * - 422: what was asked makes no sense to it, in its own words
 * Spec: https://docs.github.com/en/rest/using-the-rest-api
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_API_H
#define OPSGATE_INTEGRATIONS_GITHUB_API_H

#include "bot/model/exchange.h"

struct dialog;

#define GITHUB_TIMEOUT_MS 5000 /* of one call: four of them fit into one try of an effect */

/* "owner/name", as GitHub allows them: nothing that would lead to another path. */
bool github_repository_is_valid(struct str repository);

bool github_is_sha(const char *text); /* a commit's whole one: 40 hex digits in lower case; NULL is none */

bool github_name_is_valid(struct str name); /* of an owner, or a team's slug: fit for a path */

/* `path` follows the repository's own: "/commits/main", already encoded. Signed for the repository. `repository` is a
 * valid one; `body` empty: none. */
struct http_call github_call(const struct exchange *exchange, const char *method, const char *repository,
                             const char *path, struct str body);

/* `path` begins behind the API's address: "/orgs/acme/teams/eng/members". Signed for the organisation. */
struct http_call github_organization_call(const struct exchange *exchange, const char *organization, const char *path);

/* Any answer that is none of the codec's own cases. `what` is what was asked for: "the commit of main in acme/platform". */
struct exchange_step github_refused(const struct exchange *exchange, const char *what, const char *repository,
                                    const struct http_answer *answer);

/* An answer's JSON, in the exchange's arena; NULL: *ret_step says that it made no sense. */
const cJSON *github_json(const struct exchange *exchange, const char *what, const struct http_answer *answer,
                         struct exchange_step *ret_step);

/* What it answers with 200, as JSON. NULL: dialog->step is what to return, for any other answer, and before there is one.
 * `ret_answer` for github_next_page; or NULL. */
const cJSON *github_ask(struct dialog *dialog, struct http_call call, const char *what, const char *repository,
                        const struct http_answer **ret_answer);

/* The address of the next page, by the answer's Link; NULL: that was the last one, or (*ret_is_elsewhere, which may be NULL)
 * it is not where the call to `url` went: our token goes to no other. */
const char *github_next_page(const struct exchange *exchange, const char *url, const struct http_answer *answer,
                             bool *ret_is_elsewhere);

/* A page for people, if the text is an address of one; else NULL. */
const char *github_page(const char *url);

#endif

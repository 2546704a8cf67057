/* teams.h - teams of an organisation and who is in them. acme/engineering has ann and bob at first.
 * Spec: https://docs.github.com/en/rest/teams/members
 */
#ifndef SANDBOX_GITHUB_TEAMS_H
#define SANDBOX_GITHUB_TEAMS_H

#include "github/github.h"

#define GITHUB_ORGANIZATION 77 /* the number of acme */

cJSON *github_add_team(struct github *github, const char *organization, const char *slug); /* empty; borrowed */
/* {slug, organization?, members?, add?, remove?, hidden?}: a new team, or another state of an old one; a hidden one the App
 * does not see */
bool github_team_change(struct github *github, const cJSON *wanted, struct error *err);
/* "/organizations/77/team/9/members" is the same as "/orgs/acme/teams/eng/members"; the caller frees. NULL: it is none. */
char *github_team_path(const struct github *github, const char *path);

#endif

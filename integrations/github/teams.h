/* teams.h - who is in a team of an organisation, and of the teams below it. (GitHub REST, "teams/members")
 *
 * READING_GITHUB_TEAM, as bot/model/membership.h has it; the source is "github-team:ORG/SLUG". Needs the organisation
 * permission Members: read (a classic token: read:org). Who was invited and has not accepted is no member. Pages are followed
 * by their Link header, 60 at most, and never to another address. A 404 is a team that is not there or that the token cannot
 * see: GitHub does not tell which. Pure.
 * Spec: https://docs.github.com/en/rest/teams/members
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_TEAMS_H
#define OPSGATE_INTEGRATIONS_GITHUB_TEAMS_H

#include "bot/model/exchange.h"

struct exchange_step github_team_read(const struct exchange *exchange);

#endif

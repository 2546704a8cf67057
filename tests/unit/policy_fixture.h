/* policy_fixture.h - a house with people, groups, severities and a few roles, and rules that each test brings. Only for
 * tests.
 *
 * Ann (U0ANN, github:ann) is a developer, Ben (U0BEN, github:ben) and Cid (U0CID, github:cid) are managers, Oz (U0OZ) is on
 * call. The rules of a test come behind one that allows developers, managers and those on call everything.
 */
#ifndef OPSGATE_TESTS_UNIT_POLICY_FIXTURE_H
#define OPSGATE_TESTS_UNIT_POLICY_FIXTURE_H

#include "bot/base/time.h"
#include "policy/decide.h"
#include "policy/members.h"
#include "tests/unit/configuration_fixture.h"
#include "tests/unit/rows.h"

#define POLICY_NOW_MS INT64_C(1795255200000) /* Saturday 2026-11-21T10:00:00Z */
#define POLICY_TEAM "T0HOME"

#define POLICY_HOUSE                                                                                                   \
    "slack: { bot_token: x, signing_secrets: [y], team: T0HOME }\n"                                                    \
    "github: { webhook_secrets: [\"${env:GITHUB_WEBHOOK_SECRET}\"], app: { id: 1, private_key: \"${env:GITHUB_APP_PRIVATE_KEY}\" } }\n" \
    "pagerduty: { webhook_secrets: [\"${env:PAGERDUTY_WEBHOOK_SECRET}\"], api_token: \"${env:PAGERDUTY_TOKEN}\", from: a@example.com }\n" \
    "people:\n"                                                                                                        \
    "  - { name: Ann, slack: U0ANN, github: ann }\n"                                                                   \
    "  - { name: Ben, slack: U0BEN, github: ben, pagerduty: PBEN }\n"                                                  \
    "  - { name: Cid, slack: U0CID, github: cid }\n"                                                                   \
    "services:\n"                                                                                                      \
    "  - name: api\n"                                                                                                  \
    "    artifact: \"r.example.com/api:{version}\"\n"                                                                  \
    "    environments:\n"                                                                                              \
    "      - { name: staging, driver: { cloud_run: { project: p, region: r, service: a } } }\n"                        \
    "      - { name: production, driver: { cloud_run: { project: p, region: r, service: b } } }\n"                     \
    "databases:\n"                                                                                                     \
    "  - { name: ledger, cloud_sql: { project: p, instance: i } }\n"                                                   \
    "  - { name: carts, cloud_sql: { project: p, instance: k } }\n"                                                    \
    "incidents: { severities: [{ name: P1 }, { name: P2 }, { name: P3 }] }\n"                                          \
    "policy:\n"                                                                                                        \
    "  roles:\n"                                                                                                       \
    "    - { name: developer, members: [\"slack:U0ANN\"] }\n"                                                          \
    "    - { name: manager, members: [\"slack:U0BEN\", \"github:cid\"] }\n"                                            \
    "    - { name: oncall, members: [\"slack:U0OZ\"] }\n"                                                              \
    "    - { name: hasty, members: [\"slack-group:S0ENG\"], max_age: 1h }\n"                                           \
    "    - { name: patient, members: [\"slack-group:S0ENG\", \"pagerduty-schedule:PSCHED\"], max_age: 24h }\n"         \
    "    - { name: team, members: [\"github-team:acme/eng\"] }\n"                                                      \
    "  rules:\n"
#define POLICY_ALLOWS "    - { allow: \"*\", to: [developer, manager, oncall] }\n"

struct policy_house {
    struct configuration *configuration;
    struct policy *policy;
};

static inline struct policy_house policy_house_make(const char *before, const char *rules)
{
    struct policy_house house;
    AUTO_FREE char *text = xcalloc(1, sizeof(POLICY_HOUSE) + strlen(before) + strlen(rules));

    strcat(strcat(strcpy(text, POLICY_HOUSE), before), rules);
    house.configuration = fixture_good(text);
    house.policy = policy_compile(&house.configuration->settings, NULL, house.configuration->zones,
                                  house.configuration->arena);
    return house;
}

static inline void policy_house_end(struct policy_house *house)
{
    configuration_destroy(house->configuration);
}
#define POLICY_HOUSE_AUTO __attribute__((cleanup(policy_house_end))) struct policy_house

#define SLACK_USER(user) { .system = "slack", .id = (user), .team = POLICY_TEAM }
#define GITHUB_USER(login) { .system = "github", .id = (login) }

static inline struct question policy_question(const char *user, const char *verb)
{
    return (struct question){ .principal = SLACK_USER(user),
                              .verb = verb,
                              .service = "api",
                              .environment = "production",
                              .source = "slack" };
}

#endif

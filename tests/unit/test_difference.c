/* What two policies differ in, as people are told; and the table that is kept of one. */
#include "policy/difference.h"

#include "tests/unit/policy_fixture.h"

#include <stdio.h>

static const struct verb deploy = { .name = "deploy", .takes_glass = true }, pausing = { .name = "pause", .is_safe_direction = true },
                         help = { .name = "help" }, status = { .name = "status" },
                         internal = { .name = "keep", .is_internal = true };
static const struct verb running = { .name = "run" };
static const struct verb *const known[] = { &deploy, &pausing, &help, &status, &internal, &running, NULL };

#define DEVELOPER_DEPLOYS "    - { allow: deploy, to: developer }\n"
#define RUNBOOKS                                                                                                       \
    "runbooks:\n"                                                                                                      \
    "  - { name: reset, target: api/production, steps: [{ run: [x] }] }\n"                                             \
    "  - { name: scale, steps: [{ run: [x] }] }\n"
#define ANYBODY_HELPS "    - { allow: help, to: everyone }\n"

static const struct row {
    const char *name, *before, *now;
    const char *says; /* all of it, line by line */
} rows[] = {
    { "nothing changed", DEVELOPER_DEPLOYS, DEVELOPER_DEPLOYS, "" },
    { "a rule more", DEVELOPER_DEPLOYS, ANYBODY_HELPS DEVELOPER_DEPLOYS,
      "everyone may ask for `help`: not at all → freely\n" },
    { "only lines moved", DEVELOPER_DEPLOYS ANYBODY_HELPS, "    # why\n" ANYBODY_HELPS "\n" DEVELOPER_DEPLOYS, "" },
    { "conditions that only moved",
      "    - { allow: deploy, to: developer, when: { source: [slack, github] } }\n"
      "    - { allow: deploy, to: developer, when: { during: \"Mon UTC\" } }\n"
      "    - { require: { approvals: { from: [manager, oncall] }, window: [\"Mon UTC\", \"Tue UTC\"] }, for: deploy }\n"
      "    - { require: { checks: green }, for: deploy }\n"
      "    - { deny: deploy, when: { during: \"Sat UTC\" } }\n"
      "    - { deny: deploy, when: { incident_at_least: P1 } }\n",
      "    - { deny: deploy, when: { incident_at_least: P1 } }\n"
      "    - { deny: deploy, when: { during: \"Sat UTC\" } }\n"
      "    - { require: { checks: green }, for: deploy }\n"
      "    - { require: { approvals: { from: [oncall, manager] }, window: [\"Tue UTC\", \"Mon UTC\"] }, for: deploy }\n"
      "    - { allow: deploy, to: developer, when: { during: \"Mon UTC\" } }\n"
      "    - { allow: deploy, to: developer, when: { source: [github, slack] } }\n",
      "" },
    { "one rule in the place of two", "    - { allow: [deploy, help], to: developer }\n",
      "    - { allow: help, to: developer }\n" DEVELOPER_DEPLOYS, "" },
    { "a deny in one place", DEVELOPER_DEPLOYS,
      DEVELOPER_DEPLOYS "    - { deny: deploy, on: { environment: production } }\n",
      "developer may `deploy` in api/production: freely → not at all\n" },
    { "one runbook", DEVELOPER_DEPLOYS RUNBOOKS,
      DEVELOPER_DEPLOYS "    - { allow: run, to: developer, on: { runbook: reset } }\n" RUNBOOKS,
      "developer may `run` in runbook reset: not at all → freely\n" },
    { "all of them", DEVELOPER_DEPLOYS RUNBOOKS, DEVELOPER_DEPLOYS "    - { allow: run, to: developer }\n" RUNBOOKS,
      "developer may `run`: not at all → freely\n" },
    { "where one changes something", DEVELOPER_DEPLOYS RUNBOOKS,
      DEVELOPER_DEPLOYS "    - { allow: run, to: developer, on: { environment: production } }\n" RUNBOOKS,
      "developer may `run` in runbook reset: not at all → freely\n" },
    { "they are no place of a deploy", ANYBODY_HELPS RUNBOOKS, ANYBODY_HELPS DEVELOPER_DEPLOYS RUNBOOKS,
      "developer may `deploy`: not at all → freely\n" },
    { "a rule that is gone", DEVELOPER_DEPLOYS "    - { allow: [deploy, pause], to: oncall }\n", DEVELOPER_DEPLOYS,
      "oncall may `deploy` and `pause`: freely → not at all\n" },
    { "an approval more", DEVELOPER_DEPLOYS,
      DEVELOPER_DEPLOYS "    - { require: { approvals: { count: 1, from: manager } }, for: deploy }\n",
      "developer may `deploy`: freely → with 1 approval of manager\n" },
    { "an approval in place of a reason", DEVELOPER_DEPLOYS "    - { require: { reason: true }, for: deploy }\n",
      DEVELOPER_DEPLOYS "    - { require: { approvals: { count: 2, from: [manager, oncall] } }, for: deploy }\n",
      "developer may `deploy`: with a reason → with 2 approvals of manager or oncall\n" },
    { "a freeze", DEVELOPER_DEPLOYS,
      DEVELOPER_DEPLOYS "    - { deny: deploy, on: { service: api }, when: { during: \"Sat UTC\" } }\n",
      "developer may `deploy` in api/staging and api/production: freely → not during Sat UTC\n" },
    { "a freeze is another one, whether its time is over or not",
      DEVELOPER_DEPLOYS "    - { deny: deploy, when: { during: \"2026-01-01 - 2026-01-02 UTC\" } }\n",
      DEVELOPER_DEPLOYS "    - { deny: deploy, when: { during: \"2026-11-21 - 2026-11-22 UTC\" } }\n",
      "developer may `deploy`: not during 2026-01-01 - 2026-01-02 UTC → not during 2026-11-21 - 2026-11-22 UTC\n" },
    { "a freeze with a glass",
      DEVELOPER_DEPLOYS "    - { deny: deploy, when: { incident_at_least: P2, source: local } }\n",
      DEVELOPER_DEPLOYS
      "    - { deny: deploy, when: { incident_at_least: P2, source: local }, break_glass: developer }\n",
      "developer may `deploy`: not from local while P2 or worse is open → from local while P2 or worse is open only by "
      "breaking the glass\n" },
    { "somebody else's glass", DEVELOPER_DEPLOYS "    - { deny: deploy, when: { incident_at_least: P2 } }\n",
      DEVELOPER_DEPLOYS "    - { deny: deploy, when: { incident_at_least: P2 }, break_glass: oncall }\n", "" },
    { "a deny for those of a group says nothing of the others", DEVELOPER_DEPLOYS,
      DEVELOPER_DEPLOYS "    - { deny: deploy, to: hasty }\n", "" },
    { "a deny for a group in place of a role, too", DEVELOPER_DEPLOYS,
      DEVELOPER_DEPLOYS "    - { deny: deploy, to: \"slack-group:S0XYZ\" }\n", "" },
    { "an allow at times", DEVELOPER_DEPLOYS,
      "    - { allow: deploy, to: developer, when: { source: [slack, github] } }\n"
      "    - { allow: deploy, to: developer, when: { during: \"Mon UTC\" } }\n",
      "developer may `deploy`: freely → only during Mon UTC or from github or slack\n" },
    { "beside one that is always", DEVELOPER_DEPLOYS,
      DEVELOPER_DEPLOYS "    - { allow: deploy, to: developer, when: { source: slack } }\n", "" },
    { "an approval of fewer, for less long",
      DEVELOPER_DEPLOYS "    - { require: { approvals: { count: 2, from: manager } }, for: deploy }\n",
      DEVELOPER_DEPLOYS
      "    - { require: { approvals: { from: manager, expires: 30m, exclude_authors: true } }, for: deploy }\n",
      "developer may `deploy`: with 2 approvals of manager → with 1 approval of manager within 30m who wrote none of it\n" },
    { "a window", DEVELOPER_DEPLOYS,
      DEVELOPER_DEPLOYS "    - { require: { window: [\"Mon UTC\", \"Tue UTC\"], checks: green }, for: deploy }\n",
      "developer may `deploy`: freely → with green checks, with the window Mon UTC or Tue UTC open\n" },
    { "what there was to be",
      DEVELOPER_DEPLOYS
      "    - { require: { healthy_in: { environment: staging }, second_channel: true, no_incident_at_least: P1 }, for: "
      "deploy }\n",
      DEVELOPER_DEPLOYS "    - { require: { version: \"v*\" }, for: deploy }\n",
      "developer may `deploy`: with no P1 or worse open, with the version healthy in staging for 1h, with a word through "
      "a second door → with a version like v*\n" },
    { "what is the same on both sides is told, too: both are whole",
      DEVELOPER_DEPLOYS
      "    - { require: { reason: true, checks: green }, for: deploy }\n    - { deny: deploy, when: { during: \"Sat UTC\" } }\n",
      DEVELOPER_DEPLOYS "    - { require: { checks: green }, for: deploy }\n"
                        "    - { deny: deploy, when: { during: \"Sat UTC\" } }\n",
      "developer may `deploy`: with green checks, with a reason, not during Sat UTC → with green checks, not during Sat "
      "UTC\n" },
    { "one whose name begins like another's is another",
      DEVELOPER_DEPLOYS "    - { require: { approvals: { from: [manager, oncall] } }, for: deploy }\n",
      DEVELOPER_DEPLOYS "    - { require: { approvals: { from: [manager, oncall] } }, for: deploy }\n"
                        "    - { require: { approvals: { from: manager } }, for: deploy }\n",
      "developer may `deploy`: with 1 approval of manager or oncall → with 1 approval of manager or oncall, with 1 approval "
      "of manager\n" },
    { "a right that is new is told with all its conditions", ANYBODY_HELPS,
      ANYBODY_HELPS DEVELOPER_DEPLOYS
      "    - { require: { reason: true }, for: deploy }\n    - { deny: deploy, when: { during: \"Sat UTC\" } }\n",
      "developer may `deploy`: not at all → with a reason, not during Sat UTC\n" },
    { "verbs and nouns", ANYBODY_HELPS, "    - { allow: [deploy, status, pause], to: oncall }\n" ANYBODY_HELPS "",
      "oncall may `deploy` and `pause` and ask for `status`: not at all → freely\n" },
    { "and back",
      ANYBODY_HELPS "    - { allow: [deploy, status, pause], to: oncall, on: { environment: production } }\n",
      ANYBODY_HELPS, "oncall may `deploy` and `pause` and ask for `status` in api/production: freely → not at all\n" },
    { "a requirement at times", DEVELOPER_DEPLOYS,
      DEVELOPER_DEPLOYS
      "    - { require: { reason: true }, for: deploy, on: { database: ledger }, when: { incident_at_least: P1 } }\n",
      "developer may `deploy` in ledger: freely → while P1 or worse is open only with a reason\n" },
    { "glass to break", DEVELOPER_DEPLOYS "    - { deny: deploy, break_glass: oncall }\n",
      DEVELOPER_DEPLOYS "    - { deny: deploy, break_glass: developer }\n",
      "developer may `deploy`: not at all → only by breaking the glass\n" },
    { "a glass of what takes none", DEVELOPER_DEPLOYS ANYBODY_HELPS "    - { deny: help }\n",
      DEVELOPER_DEPLOYS ANYBODY_HELPS "    - { deny: help, break_glass: developer }\n", "" },
    { "everyone's change is not said again of each role", DEVELOPER_DEPLOYS, DEVELOPER_DEPLOYS ANYBODY_HELPS,
      "everyone may ask for `help`: not at all → freely\n" },
    { "a role keeps what everyone has", "    - { allow: help, to: [everyone, developer] }\n", ANYBODY_HELPS, "" },
    { "nor does the safe direction lose anything by a deny", "    - { allow: pause, to: oncall }\n",
      "    - { allow: pause, to: oncall }\n    - { deny: \"*\" }\n", "" },
};

static const char *told(const struct difference *difference, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < difference->rights_count; i++)
        text = arena_printf(arena, "%s%s\n", text, difference->rights[i]);
    for (size_t i = 0; i < difference->people_count; i++)
        text = arena_printf(arena, "%s[%s]\n", text, difference->people[i]);
    return text;
}

static const struct rights *rights_in(const struct policy_house *house, struct arena *arena)
{
    return rights_of(&(struct rights_input){ .settings = &house->configuration->settings,
                                             .zones = house->configuration->zones,
                                             .verbs = known },
                     arena);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    POLICY_HOUSE_AUTO before = policy_house_make("", row->before), now = policy_house_make("", row->now);
    AUTO(arena) struct arena *arena = arena_create();
    struct difference difference = rights_difference(rights_in(&before, arena), rights_in(&now, arena), arena);

    assert_string_equal(told(&difference, arena), row->says);
}

/* ---- roles, members and what is kept ---- */

static struct configuration *house_with(const char *role, const char *services)
{
    char text[1500];

    snprintf(
        text, sizeof(text),
        "slack: { bot_token: x, signing_secrets: [y], team: T0HOME }\n"
        "services:\n"
        "  - { name: api, artifact: \"r.example.com/api:{version}\", environments: [ { name: staging, driver: { cloud_run: { "
        "project: p, region: r, service: a } } } ] }\n%s"
        "policy:\n"
        "  roles:\n%s"
        "  rules: [ { allow: deploy, to: %s } ]\n",
        services, role, strstr(role, "driver") ? "driver" : "pilot");
    return fixture_good(text);
}

static const struct rights *rights_with(const struct configuration *configuration, struct arena *arena)
{
    return rights_of(&(struct rights_input){ &configuration->settings, configuration->zones, known }, arena);
}

static void tells_who_came_and_went(void **state)
{
    AUTO(configuration)
    struct configuration *before =
        house_with("    - { name: driver, members: [\"slack:U0ANN\", \"slack:U0BEN\"] }\n", "");
    AUTO(configuration)
    struct configuration *now = house_with("    - { name: driver, members: [\"slack:U0BEN\", \"github:cid\"] }\n", "");
    AUTO(arena) struct arena *arena = arena_create();
    struct difference difference = rights_difference(rights_with(before, arena), rights_with(now, arena), arena);

    (void)state;
    assert_string_equal(told(&difference, arena),
                        "[slack:U0ANN is no longer in the role driver]\n[github:cid is now in the role driver]\n");
}

static void a_login_is_the_same_in_upper_case(void **state)
{
    AUTO(configuration)
    struct configuration *before =
        house_with("    - { name: driver, members: [\"github:Cid\", \"slack:U0BEN\"] }\n", "");
    AUTO(configuration)
    struct configuration *now = house_with("    - { name: driver, members: [\"slack:U0BEN\", \"github:cid\"] }\n", "");
    AUTO(arena) struct arena *arena = arena_create();
    struct difference difference = rights_difference(rights_with(before, arena), rights_with(now, arena), arena);

    (void)state;
    assert_string_equal(told(&difference, arena), "");
}

/* Each place of one environment is that environment. */
static void tells_of_an_environment(void **state)
{
#define SERVICE(name)                                                                                                  \
    "  - { name: " name ", artifact: \"r.example.com/w:{version}\", environments: [ { name: staging, driver: { "       \
    "cloud_run: { project: p, region: r, service: " name                                                               \
    "-s } } }, { name: live, driver: { cloud_run: { project: p, region: "                                              \
    "r, service: " name "-l } } } ] }\n"
    AUTO(configuration)
    struct configuration *before =
        house_with("    - { name: driver, members: \"slack:U0ANN\" }\n", SERVICE("web") SERVICE("cart"));
    struct rule_settings rules[2] = { before->settings.policy.rules[0] };
    struct settings settings = before->settings;
    const char *live = "live", *deploys = "deploy";
    const struct rule_place place = { .environment = &live, .environment_count = 1 };
    AUTO(arena) struct arena *arena = arena_create();
    struct difference difference;

    (void)state;
    rules[1] = (struct rule_settings){ .deny = &deploys, .deny_count = 1, .on = &place };
    settings.policy.rules = rules;
    settings.policy.rules_count = 2;
    difference = rights_difference(rights_with(before, arena),
                                   rights_of(&(struct rights_input){ &settings, before->zones, known }, arena), arena);
    assert_string_equal(told(&difference, arena), "driver may `deploy` in live: freely → not at all\n");
}

static void tells_of_roles_and_places_that_are_new_or_gone(void **state)
{
    static const char web[] =
        "  - { name: web, artifact: \"r.example.com/web:{version}\", environments: [ { name: staging, driver: "
        "{ cloud_run: { project: p, region: r, service: w } } } ] }\n";
    AUTO(configuration)
    struct configuration *before = house_with("    - { name: driver, members: \"slack:U0ANN\" }\n", "");
    AUTO(configuration)
    struct configuration *now = house_with("    - { name: pilot, members: \"slack:U0ANN\" }\n", web);
    AUTO(configuration)
    struct configuration *grown = house_with("    - { name: driver, members: \"slack:U0ANN\" }\n", web);
    AUTO(arena) struct arena *arena = arena_create();
    struct difference difference = rights_difference(rights_with(before, arena), rights_with(now, arena), arena);
    struct difference more = rights_difference(rights_with(before, arena), rights_with(grown, arena), arena);

    (void)state;
    assert_string_equal(
        told(&difference, arena),
        "pilot may `deploy`: not at all → freely\ndriver may `deploy` in api/staging: freely → not at all\n"
        "[slack:U0ANN is now in the role pilot]\n[slack:U0ANN is no longer in the role driver]\n");
    assert_string_equal(told(&more, arena), "driver may `deploy` in web/staging: not at all → freely\n");
}

static void says_at_most_so_many_lines(void **state)
{
    const char *lines[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l",
                            "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w" };
    AUTO(arena) struct arena *arena = arena_create();
    size_t count;
    const char **shown = difference_shown(lines, ARRAY_LEN(lines), arena, &count);

    (void)state;
    assert_int_equal(count, DIFFERENCE_LINES_MAX + 1);
    assert_string_equal(shown[count - 1], "and 3 more");
    difference_shown(lines, DIFFERENCE_LINES_MAX, arena, &count);
    assert_int_equal(count, DIFFERENCE_LINES_MAX);
}

static void what_is_kept_says_the_same(void **state)
{
    POLICY_HOUSE_AUTO before = policy_house_make("", DEVELOPER_DEPLOYS);
    POLICY_HOUSE_AUTO now = policy_house_make("", ANYBODY_HELPS);
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_JSON cJSON *json = shape_to_json(&rights_shape, rights_in(&before, arena), SHAPE_WHOLE);
    const struct rights *kept = rights_read(json_print_in(arena, json), arena);
    struct difference difference;

    (void)state;
    assert_non_null(kept);
    difference = rights_difference(kept, rights_in(&now, arena), arena);
    assert_string_equal(
        told(&difference, arena),
        "everyone may ask for `help`: not at all → freely\ndeveloper may `deploy`: freely → not at all\n");
}

static void what_cannot_be_read_is_none(void **state)
{
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"schema\":3,\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"],\"roles\":[]}",
        "{\"schema\":3,\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"],\"roles\":[{\"name\":\"boss\",\"cells\":[\"0\"]}]}",
        "{\"schema\":3,\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"],\"roles\":[{\"name\":\"everyone\",\"cells\":[\"1\"]}]}",
        "{\"schema\":3,\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"],\"roles\":[{\"name\":\"everyone\",\"cells\":[\"/\"]}]}",
        "{\"schema\":3,\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"],\"roles\":[{\"name\":\"everyone\",\"cells\":[\"00\"]}]}",
        "{\"schema\":3,\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"],\"roles\":[{\"name\":\"everyone\",\"cells\":[\"\"]}]}",
        "{\"schema\":3,\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"],\"roles\":[{\"name\":\"everyone\",\"cells\":[]}]}",
    };
    AUTO(arena) struct arena *arena = arena_create();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_null(rights_read(texts[i], arena));
    assert_null(
        rights_read("{\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"]," /* of before it had a schema */
                    "\"roles\":[{\"name\":\"everyone\",\"cells\":[\"0\"]}]}",
                    arena));
    assert_null(rights_read("{\"schema\":4,\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"],"
                            "\"roles\":[{\"name\":\"everyone\",\"cells\":[\"0\"]}]}",
                            arena));
    assert_non_null(rights_read("{\"schema\":3,\"verbs\":[\"deploy\"],\"places\":[\"\"],\"words\":[\"not\"],"
                                "\"roles\":[{\"name\":\"everyone\",\"cells\":[\"0\"]}]}",
                                arena));
}

#define OTHERS 7

int main(void)
{
    struct CMUnitTest tests[ARRAY_LEN(rows) + OTHERS] = {
        cmocka_unit_test(tells_who_came_and_went),     cmocka_unit_test(tells_of_roles_and_places_that_are_new_or_gone),
        cmocka_unit_test(says_at_most_so_many_lines),  cmocka_unit_test(what_is_kept_says_the_same),
        cmocka_unit_test(what_cannot_be_read_is_none), cmocka_unit_test(a_login_is_the_same_in_upper_case),
        cmocka_unit_test(tells_of_an_environment),
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        tests[i + OTHERS] = (struct CMUnitTest){ .name = rows[i].name,
                                                 .test_func = check_row,
                                                 .initial_state = (void *)(uintptr_t)&rows[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

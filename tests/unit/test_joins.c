/* Who is on call is somebody in Slack: by the address that both tell, unless `people` says otherwise. */
#include "tests/unit/decision_fixture.h"

#include "bot/base/time.h"
#include "handlers/watch/joins.h"

#include <string.h>

#define NOW DECISION_NOW_MS
#define PAGERDUTY "pagerduty:\n  webhook_secrets: [s]\n  api_token: t\n  from: a@example.com\n"
#define ANN                                                                                                            \
    {                                                                                                                  \
        "pagerduty:P1", "ann@x"                                                                                        \
    }
#define BOB                                                                                                            \
    {                                                                                                                  \
        "pagerduty:P2", "bob@x"                                                                                        \
    }
#define PEOPLE(list) DECISION_CONFIGURATION PAGERDUTY "people:\n" list

static const struct row {
    const char *name, *configuration;
    struct membership_email told[2], slack[2]; /* by PagerDuty; by Slack */
    const char *asked;                         /* the addresses, with commas */
    const char *joined;                        /* members of a schedule with P1 and P2 then */
} rows[] = {
    { "who has the same address is the same",
      DECISION_CONFIGURATION,
      { ANN, BOB },
      { { "slack:U1", "ann@x" } },
      "ann@x,bob@x",
      "pagerduty:P1,pagerduty:P2,slack:U1" },
    { "both of them",
      DECISION_CONFIGURATION,
      { ANN, BOB },
      { { "slack:U1", "ann@x" }, { "slack:U2", "bob@x" } },
      "ann@x,bob@x",
      "pagerduty:P1,pagerduty:P2,slack:U1,slack:U2" },
    { "an address that two have joins neither",
      DECISION_CONFIGURATION,
      { ANN, { "pagerduty:P2", "ann@x" } },
      { { "slack:U1", "ann@x" } },
      "",
      "pagerduty:P1,pagerduty:P2" },
    { "without addresses nobody is asked for",
      DECISION_CONFIGURATION,
      { { NULL, NULL } },
      { { NULL, NULL } },
      "",
      "pagerduty:P1,pagerduty:P2" },
    { "where people says who that is, it counts",
      PEOPLE("  - { pagerduty: P1, slack: U9 }\n"),
      { ANN, BOB },
      { { "slack:U1", "ann@x" } },
      "bob@x",
      "pagerduty:P1,pagerduty:P2" },
    { "who is somebody else there is not joined",
      PEOPLE("  - { pagerduty: P7, slack: U1 }\n"),
      { ANN, BOB },
      { { "slack:U1", "ann@x" } },
      "ann@x,bob@x",
      "pagerduty:P1,pagerduty:P2" },
    { "half of a person leaves the other half open",
      PEOPLE("  - { pagerduty: P1, github: ann }\n"),
      { ANN, BOB },
      { { "slack:U1", "ann@x" } },
      "ann@x,bob@x",
      "pagerduty:P1,pagerduty:P2,slack:U1" },
};

static const char *list_of(const char **texts, size_t count, struct arena *arena)
{
    const char *list = "";

    for (size_t i = 0; i < count; i++)
        list = arena_printf(arena, "%s%s%s", list, i > 0 ? "," : "", texts[i]);
    return list;
}

static struct membership_read read_of(const struct membership_email *emails)
{
    struct membership_read read = { .emails = (struct membership_email *)(uintptr_t)emails };

    while (read.emails_count < 2 && emails[read.emails_count].member)
        read.emails_count++;
    return read;
}

static const char *apply(const struct members_joins *joins, int64_t now_ms, struct arena *arena)
{
    const char *members[] = { "pagerduty:P1", "pagerduty:P2", "slack:U0BEFORE" };
    struct membership_read found = { .members = members, .members_count = ARRAY_LEN(members) };

    joins_apply(joins, &found, now_ms, arena);
    return list_of(found.members, found.members_count, arena);
}

static void learn(struct members_joins *joins, const struct settings *settings, const struct membership_read *told,
                  int64_t now_ms, struct arena *arena)
{
    size_t count;

    joins_wanted(joins, settings, arena, &count);
    joins_learn(joins, settings, told, now_ms, arena);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO_DECISION struct decision_fixture *fixture = decision_create(row->configuration);
    struct membership_read told = read_of(row->told), slack = read_of(row->slack);
    struct members_joins joins = { 0 };
    const char **asked;
    size_t count;

    joins_take(&joins, &told, fixture->arena);
    assert_string_equal(apply(&joins, NOW, fixture->arena), "pagerduty:P1,pagerduty:P2");
    asked = joins_wanted(&joins, fixture->view.settings, fixture->arena, &count);
    assert_string_equal(list_of(asked, count, fixture->arena), row->asked);
    learn(&joins, fixture->view.settings, &slack, NOW, fixture->arena);
    assert_string_equal(apply(&joins, NOW, fixture->arena), row->joined);
    assert_string_equal(apply(&joins, NOW + 12 * HOUR_MS, fixture->arena), row->joined);
    assert_string_equal(apply(&joins, NOW + 12 * HOUR_MS + 1, fixture->arena), "pagerduty:P1,pagerduty:P2");
}

static void check_lives(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    const struct membership_email told[] = { ANN, { NULL, NULL } },
                                  moved[] = { { "pagerduty:P1", "new@x" }, { NULL, NULL } },
                                  slack[] = { { "slack:U1", "ann@x" }, { NULL, NULL } };
    struct membership_read first = read_of(told), second = read_of(moved), answer = read_of(slack);
    const char *left[] = { "pagerduty:P2" };
    struct membership schedule = { .source = "pagerduty-schedule:PS", .members = left, .members_count = 1 };
    struct members_joins joins = { 0 };

    (void)state;
    joins_take(&joins, &first, fixture->arena);
    learn(&joins, fixture->view.settings, &answer, NOW, fixture->arena);
    joins_take(&joins, &first, fixture->arena); /* the same address once more */
    assert_string_equal(apply(&joins, NOW, fixture->arena), "pagerduty:P1,pagerduty:P2,slack:U1");
    joins_take(&joins, &second, fixture->arena); /* another one is another person, until Slack says so */
    assert_string_equal(apply(&joins, NOW, fixture->arena), "pagerduty:P1,pagerduty:P2");
    joins_keep(&joins, &schedule, 1);
    assert_int_equal(joins.list_count, 0);
}

static void check_off(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION "  join_by_email: false\n");
    const struct membership_email told[] = { ANN, BOB };
    struct membership_read read = read_of(told);
    struct members_joins joins = { 0 };
    size_t count;

    (void)state;
    joins_take(&joins, &read, fixture->arena);
    joins_wanted(&joins, fixture->view.settings, fixture->arena, &count);
    assert_int_equal(count, 0);
}

enum { ON_CALL = 2 * PEOPLE_ASKED_MAX + 10 };

/* Slack knows each of them. Gives how many were asked for. */
static size_t look(struct members_joins *joins, int64_t now_ms, struct decision_fixture *fixture)
{
    struct membership_read told = { 0 };
    size_t count;
    const char **asked = joins_wanted(joins, fixture->view.settings, fixture->arena, &count);

    for (size_t i = 0; i < count; i++)
        *ARENA_PUSH(fixture->arena, told.emails, told.emails_count) =
            (struct membership_email){ arena_printf(fixture->arena, "slack:U%s", asked[i]), asked[i] };
    joins_learn(joins, fixture->view.settings, &told, now_ms, fixture->arena);
    return count;
}

static size_t count_joined(const struct members_joins *joins)
{
    size_t count = 0;

    for (size_t i = 0; i < joins->list_count; i++)
        count += joins->list[i].is != NULL;
    return count;
}

static void check_many(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION),
                                          *off = decision_create(DECISION_CONFIGURATION "  join_by_email: false\n");
    struct membership_read told = { 0 }, nobody = { 0 };
    struct members_joins joins = { 0 };
    size_t count;

    (void)state;
    for (int i = 0; i < ON_CALL; i++)
        *ARENA_PUSH(fixture->arena, told.emails, told.emails_count) =
            (struct membership_email){ arena_printf(fixture->arena, "pagerduty:P%d", i),
                                       arena_printf(fixture->arena, "p%d@x", i) };
    joins_take(&joins, &told, fixture->arena);
    assert_int_equal(look(&joins, NOW, fixture), PEOPLE_ASKED_MAX);
    assert_int_equal(count_joined(&joins), PEOPLE_ASKED_MAX);
    look(&joins, NOW + 1, fixture);
    assert_int_equal(count_joined(&joins), 2 * PEOPLE_ASKED_MAX); /* the first ones are still who they are */
    look(&joins, NOW + 2, fixture);
    assert_int_equal(count_joined(&joins), ON_CALL);
    for (size_t i = 0; i < joins.list_count; i++)
        assert_true(joins.list[i].at_ms >= NOW + 1 ||
                    i >= PEOPLE_ASKED_MAX - 10); /* who was looked for first is again */
    joins_wanted(&joins, fixture->view.settings, fixture->arena, &count);
    joins_learn(&joins, fixture->view.settings, &nobody, NOW + 3, fixture->arena);
    assert_int_equal(count_joined(&joins), ON_CALL - PEOPLE_ASKED_MAX);            /* only who was asked for is gone */
    joins_learn(&joins, fixture->view.settings, &nobody, NOW + 4, fixture->arena); /* no reading is out */
    assert_int_equal(count_joined(&joins), ON_CALL - PEOPLE_ASKED_MAX);
    joins_learn(&joins, off->view.settings, &nobody, NOW + 5, fixture->arena);
    assert_int_equal(count_joined(&joins), 0);
}

static void check_room(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct membership_read told = { 0 };
    struct members_joins joins = { 0 };
    size_t kept;

    (void)state;
    for (int i = 0; i < 1000; i++)
        *ARENA_PUSH(fixture->arena, told.emails, told.emails_count) =
            (struct membership_email){ arena_printf(fixture->arena, "pagerduty:P%d", i),
                                       arena_printf(fixture->arena, "%0245d@x.io", i) };
    joins_take(&joins, &told, fixture->arena);
    assert_true(joins_are_full(&joins));
    kept = joins.list_count;
    assert_in_range(kept, 150, 250);
    joins_take(&joins, &told, fixture->arena); /* the same ones once more */
    assert_int_equal(joins.list_count, kept);
    told.emails[0].email = "another@x.io"; /* whoever is there is never held for who they were */
    joins_take(&joins, &told, fixture->arena);
    assert_string_equal(joins.list[0].email, "another@x.io");
}

static const char *ever(const struct members_joins *joins, struct arena *arena)
{
    const char *list = "";

    for (size_t i = 0; i < joins->ever_count; i++)
        list = arena_printf(arena, "%s%s%s=%s", list, i > 0 ? "," : "", joins->ever[i].principal, joins->ever[i].is);
    return list;
}

/* Nobody loses a second self by another address. */
static void check_ever(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION),
                                          *same = decision_create(PEOPLE("  - { pagerduty: P1, slack: U1 }\n")),
                                          *other = decision_create(PEOPLE("  - { pagerduty: P1, slack: U9 }\n")),
                                          *theirs = decision_create(PEOPLE("  - { pagerduty: P9, slack: U2 }\n")),
                                          *half = decision_create(PEOPLE("  - { pagerduty: P1, github: ann }\n"));
    const struct membership_email told[] = { ANN, { NULL, NULL } },
                                  moved[] = { { "pagerduty:P1", "new@x" }, { NULL, NULL } },
                                  slack[] = { { "slack:U1", "ann@x" }, { "slack:U2", "new@x" } };
    struct membership_read first = read_of(told), second = read_of(moved), answer = read_of(slack), nobody = { 0 };
    struct members_joins joins = { 0 };

    (void)state;
    joins_take(&joins, &first, fixture->arena);
    learn(&joins, fixture->view.settings, &answer, NOW, fixture->arena);
    learn(&joins, fixture->view.settings, &answer, NOW + DAY_MS, fixture->arena); /* each once */
    assert_string_equal(ever(&joins, fixture->arena), "pagerduty:P1=slack:U1");
    joins_take(&joins, &second, fixture->arena);
    learn(&joins, fixture->view.settings, &answer, NOW, fixture->arena);
    learn(&joins, fixture->view.settings, &nobody, NOW, fixture->arena);
    joins_keep(&joins, NULL, 0);
    assert_int_equal(joins.list_count, 0);
    assert_string_equal(ever(&joins, fixture->arena), "pagerduty:P1=slack:U1,pagerduty:P1=slack:U2");
    learn(&joins, half->view.settings, &nobody, NOW, fixture->arena);
    assert_string_equal(ever(&joins, fixture->arena), "pagerduty:P1=slack:U1,pagerduty:P1=slack:U2");
    learn(&joins, same->view.settings, &nobody, NOW, fixture->arena); /* people says who of the two it is */
    assert_string_equal(ever(&joins, fixture->arena), "pagerduty:P1=slack:U1");
    learn(&joins, theirs->view.settings, &nobody, NOW, fixture->arena);
    assert_string_equal(ever(&joins, fixture->arena), "pagerduty:P1=slack:U1");
    learn(&joins, other->view.settings, &nobody, NOW, fixture->arena);
    assert_string_equal(ever(&joins, fixture->arena), "");
}

static void check_ever_is_bounded(void **state)
{
    AUTO_DECISION struct decision_fixture *fixture = decision_create(DECISION_CONFIGURATION);
    struct members_joins joins = { 0 };

    (void)state;
    for (int i = 0; i < JOINS_EVER_MAX + 3; i++) {
        struct membership_email one = { arena_printf(fixture->arena, "pagerduty:P%d", i), "ann@x" },
                                is = { "slack:U1", "ann@x" };
        struct membership_read told = { NULL, 0, &one, 1 }, answer = { NULL, 0, &is, 1 };

        joins_take(&joins, &told, fixture->arena);
        learn(&joins, fixture->view.settings, &answer, NOW, fixture->arena);
        joins_keep(&joins, NULL, 0);
    }
    assert_int_equal(joins.ever_count, JOINS_EVER_MAX);
    assert_string_equal(joins.ever[0].principal, "pagerduty:P3");
}

int main(void)
{
    static const struct CMUnitTest more[] = {
        { "of many, those are looked for first that were longest not", check_many, NULL, NULL, NULL },
        { "more than fit into the record are not joined", check_room, NULL, NULL, NULL },
        { "a join ends with its address, and with its member", check_lives, NULL, NULL, NULL },
        { "who was joined once stays one person, unless people says otherwise", check_ever, NULL, NULL, NULL },
        { "of too many the first found go", check_ever_is_bounded, NULL, NULL, NULL },
        { "where it is switched off nobody is asked for", check_off, NULL, NULL, NULL },
    };

    return ROWS(rows, check_row) + cmocka_run_group_tests(more, NULL, NULL);
}

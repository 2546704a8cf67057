/* Which deny is it? Each thing that a deny says makes another one of it, and how it is written makes none. */
#include "policy/identity.h"
#include "tests/unit/rows.h"

#define NAMES(field, ...)                                                                                              \
    .field = (const char *[]){ __VA_ARGS__ }, .field##_count = ARRAY_LEN(((const char *[]){ __VA_ARGS__ }))
#define ON(...)                                                                                                        \
    .on = &(const struct rule_place)                                                                                   \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define WHEN(...)                                                                                                      \
    .when = &(const struct rule_when)                                                                                  \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define LABELS(...)                                                                                                    \
    .labels = (struct shape_pair[]){ __VA_ARGS__ }, .labels_count = ARRAY_LEN(((struct shape_pair[]){ __VA_ARGS__ }))
#define DEPLOY NAMES(deny, "deploy")
#define DENY(...)                                                                                                      \
    {                                                                                                                  \
        DEPLOY, __VA_ARGS__                                                                                            \
    }

static const struct row {
    const char *name;
    struct rule_settings one, other;
    bool is_same;
} rows[] = {
    { "as it is", { DEPLOY }, { DEPLOY }, true },
    { "wherever it stands", DENY(.line = 12), DENY(.line = 40), true },
    { "in whatever order names stand", { NAMES(deny, "deploy", "lock") }, { NAMES(deny, "lock", "deploy") }, true },
    { "labels too", DENY(ON(LABELS({ "tier", "1" }, { "team", "a" }))),
      DENY(ON(LABELS({ "team", "a" }, { "tier", "1" }))), true },
    { "everywhere is no place, always no time", { DEPLOY }, DENY(ON(.service = NULL), WHEN(.source = NULL)), true },
    { "another verb", { DEPLOY }, { NAMES(deny, "lock") }, false },
    { "a verb more", { DEPLOY }, { NAMES(deny, "deploy", "lock") }, false },
    { "for whom", DENY(NAMES(to, "developer")), DENY(NAMES(to, "manager")), false },
    { "for somebody, or for all", DENY(NAMES(to, "developer")), { DEPLOY }, false },
    { "who may break its glass", DENY(NAMES(break_glass, "lead")), DENY(NAMES(break_glass, "manager")), false },
    { "whether anybody may", DENY(NAMES(break_glass, "lead")), { DEPLOY }, false },
    { "the service", DENY(ON(NAMES(service, "api"))), DENY(ON(NAMES(service, "web"))), false },
    { "the environment", DENY(ON(NAMES(environment, "staging"))), DENY(ON(NAMES(environment, "production"))), false },
    { "the database", DENY(ON(NAMES(database, "ledger"))), DENY(ON(NAMES(database, "carts"))), false },
    { "a label's key", DENY(ON(LABELS({ "tier", "1" }))), DENY(ON(LABELS({ "team", "1" }))), false },
    { "a label's value", DENY(ON(LABELS({ "tier", "1" }))), DENY(ON(LABELS({ "tier", "2" }))), false },
    { "where key and value part", DENY(ON(LABELS({ "a=b", "c" }))), DENY(ON(LABELS({ "a", "b=c" }))), false },
    { "where it is asked", DENY(WHEN(NAMES(source, "slack"))), DENY(WHEN(NAMES(source, "local"))), false },
    { "its window", DENY(WHEN(NAMES(during, "Sat UTC"))), DENY(WHEN(NAMES(during, "Sun UTC"))), false },
    { "the incident", DENY(WHEN(.incident_at_least = "P1")), DENY(WHEN(.incident_at_least = "P2")), false },
    { "the reason", DENY(.reason = "a freeze"), DENY(.reason = "a fair"), false },
    { "whether it has one", DENY(.reason = "a freeze"), { DEPLOY }, false },
    { "an incident is no reason", DENY(WHEN(.incident_at_least = "P1")), DENY(.reason = "P1"), false },
    { "a service is no environment", DENY(ON(NAMES(service, "api"))), DENY(ON(NAMES(environment, "api"))), false },
    { "nor a database", DENY(ON(NAMES(environment, "api"))), DENY(ON(NAMES(database, "api"))), false },
    { "nor is whom it is for who may break it", DENY(NAMES(to, "lead")), DENY(NAMES(break_glass, "lead")), false },
    { "a source is no window", DENY(WHEN(NAMES(source, "slack"))), DENY(WHEN(NAMES(during, "slack"))), false },
    { "two names are not one with a space", DENY(NAMES(to, "a", "b")), DENY(NAMES(to, "a b")), false },
    { "nor one that looks like two", DENY(NAMES(to, "a", "b")), DENY(NAMES(to, "a 1:b")), false },
    { "a name twice is not once", DENY(NAMES(to, "a", "a")), DENY(NAMES(to, "a")), false },
};

static void check_row(void **state)
{
    const struct row *row = *state;
    AUTO(arena) struct arena *arena = arena_create();
    const char *one = deny_identity(&row->one, arena), *other = deny_identity(&row->other, arena);

    if (row->is_same)
        assert_string_equal(one, other);
    else
        assert_string_not_equal(one, other);
}

int main(void)
{
    return ROWS(rows, check_row);
}

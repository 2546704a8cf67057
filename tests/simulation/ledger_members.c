/* ledger_members.c - rights by groups come from what a peer has told, and from nowhere else: what the store knows of
 * each group is what was last told of it, and counts for as long as its role says.
 */
#include "tests/simulation/ledger_internal.h"

#include "bot/base/time.h"
#include "tests/simulation/books.h"

#include <inttypes.h>
#include <string.h>

#define ROUNDING_MS (3 * SECOND_MS) /* a jump of the clock by less may be taken for an answer's way */

struct told { /* an answer that was heard */
    const char *instance;
    const struct world_members *members;
    int64_t at_ms;
};
struct source { /* as the store knows it */
    const char *name;
    const char **members; /* principals */
    size_t members_count;
    int64_t read_at_ms; /* by the store's clock */
};
struct sources {
    struct source list[3];
};
struct sellers {
    struct told *told;
    size_t told_count;
    struct sources before, now; /* the commit that is being written */
    int64_t used_ms[3];         /* when what was told last was decided upon */
};

static const struct sources none = { {
    { .name = BOOKS_GROUP },
    { .name = BOOKS_TEAM },
    { .name = BOOKS_SCHEDULE },
} };

static struct sellers *sellers_of(struct ledger *ledger)
{
    if (!ledger->sellers) {
        ledger->sellers = ARENA_NEW(ledger->arena, struct sellers);
        ledger->sellers->before = ledger->sellers->now = none;
    }
    return ledger->sellers;
}

void members_told(struct ledger *ledger, const struct logged_call *call)
{
    struct sellers *sellers = sellers_of(ledger);

    *ARENA_PUSH(ledger->arena, sellers->told, sellers->told_count) =
        (struct told){ call->sender.instance, call->members, ledger_now_ms(ledger) };
}

/* ---- what the store knows ---- */

/* A principal is the peer's own id behind the name of the peer. */
static bool is_said_alike(const struct source *source, const struct world_members *told)
{
    if (strcmp(source->name, told->source) != 0 || source->members_count != told->members_count)
        return false;
    for (size_t i = 0; i < source->members_count; i++) {
        const char *colon = strchr(source->members[i], ':');
        bool is_in = false;

        for (size_t k = 0; colon && k < told->members_count; k++)
            is_in = is_in || strcmp(colon + 1, told->members[k]) == 0;
        if (!is_in)
            return false;
    }
    return true;
}

static void check_told(struct ledger *ledger, const struct source *source, int64_t since_ms)
{
    const struct sellers *sellers = ledger->sellers;

    for (size_t i = sellers->told_count; i > 0 && sellers->told[i - 1].at_ms >= since_ms; i--)
        if (strcmp(sellers->told[i - 1].instance, ledger->lease_instance) == 0 &&
            is_said_alike(source, sellers->told[i - 1].members))
            return;
    ledger_complain(ledger, "what is known of a group is what was told of it",
                    "%s is said to be read with %zu members, and nobody has told that to %s", source->name,
                    source->members_count, ledger->lease_instance);
}

static bool is_same_list(const struct source *a, const struct source *b)
{
    if (a->members_count != b->members_count)
        return false;
    for (size_t i = 0; i < a->members_count; i++)
        if (strcmp(a->members[i], b->members[i]) != 0)
            return false;
    return true;
}

static void put_source(struct ledger *ledger, size_t at, const cJSON *json, int64_t decided_ms)
{
    struct sellers *sellers = ledger->sellers;
    struct source *source = &sellers->now.list[at], before = *source;

    *source = (struct source){ .name = before.name, .read_at_ms = json_find_int(json, "read_at_ms", 0) };
    JSON_EACH(member, json_find(json, "members"))
        *ARENA_PUSH(ledger->arena, source->members, source->members_count) =
            arena_strdup(ledger->arena, cJSON_GetStringValue(member));
    if (source->read_at_ms == before.read_at_ms && is_same_list(source, &before))
        return;
    check_told(ledger, source, sellers->used_ms[at]);
    sellers->used_ms[at] = decided_ms;
    if (!is_same_list(source, &before))
        ledger_count(ledger, DEED_GROUP_READ);
}

void members_operation(struct ledger *ledger, const struct store_commit *commit, const cJSON *json)
{
    struct sellers *sellers = sellers_of(ledger);

    if (!ledger_is_same(json_find_string(json, "kind"), "watch.members"))
        return;
    JSON_EACH(item, json_find(json, "body.sources"))
        for (size_t i = 0; i < ARRAY_LEN(none.list); i++)
            if (ledger_is_same(json_find_string(item, "source"), sellers->now.list[i].name))
                put_source(ledger, i, item, policy_decided_ms(ledger, commit));
}

void members_commit(struct ledger *ledger)
{
    sellers_of(ledger)->before = sellers_of(ledger)->now;
}

/* ---- who is who ---- */

static bool is_of(const char *principal, const char *user)
{
    static const struct {
        const char *user, *principals[3];
    } people[] = {
        { "U0CAROL", { "slack:U0CAROL", "github:carol", "pagerduty:PCAROL" } },
        { "U0ERIN", { "slack:U0ERIN", "github:erin", "pagerduty:PERIN" } },
    };

    for (size_t i = 0; i < ARRAY_LEN(people); i++)
        for (size_t k = 0; user && k < ARRAY_LEN(people[i].principals); k++)
            if (strcmp(people[i].user, user) == 0 && strcmp(people[i].principals[k], principal) == 0)
                return true;
    return false;
}

static bool is_in(const struct source *source, const char *user)
{
    for (size_t i = 0; i < source->members_count; i++)
        if (is_of(source->members[i], user))
            return true;
    return false;
}

/* By the store's date. When that was set back, what was read before is of the future, and as young as can be. */
static bool is_young(const struct source *source, int64_t unix_ms)
{
    return source->read_at_ms > 0 && unix_ms - source->read_at_ms <= BOOKS_MAX_AGE_MS + ROUNDING_MS;
}

/* What was decided in the same commit was decided before or behind the reading. */
bool members_sells(const struct ledger *ledger, const char *user, int64_t unix_ms)
{
    for (size_t i = 0; ledger->sellers && i < ARRAY_LEN(none.list); i++) {
        const struct source *before = &ledger->sellers->before.list[i], *now = &ledger->sellers->now.list[i];

        if ((is_young(before, unix_ms) && is_in(before, user)) || (is_young(now, unix_ms) && is_in(now, user)))
            return true;
    }
    return false;
}

bool members_sold_last(const struct ledger *ledger, const char *user)
{
    for (size_t i = 0; ledger->sellers && i < ARRAY_LEN(none.list); i++)
        if (is_in(&ledger->sellers->before.list[i], user) && is_in(&ledger->sellers->now.list[i], user))
            return true;
    return false;
}

#include "tests/simulation/books.h"

#include "bot/base/json.h"
#include "tests/simulation/hooks.h"
#include "tests/simulation/house.h"

#include <stdio.h>
#include <string.h>

/* Storms begin at 20:26:40 of WORLD_EPOCH_MS, and last for eight minutes at most. */
#define OPENS (20 * 60)
#define CLOSES (20 * 60 + 32)
#define CLOSES_EARLY (20 * 60 + 27)
#define FREEZES (20 * 60 + 28)
#define FREEZES_EARLY (20 * 60 + 25)
#define FROZEN_MINUTES 3

/* clang-format off */
static const char allows_staging[] = "{ \"allow\": [\"*\"], \"to\": [\"developer\"], \"on\": { \"environment\": [\"staging\"] } }";
static const char takes_staging[] =
    "{ \"allow\": [\"rollback\", \"pause\", \"resume\", \"promote\", \"abort\", \"retry\", \"status\", \"approve\"],"
    "  \"to\": [\"developer\"], \"on\": { \"environment\": [\"staging\"] } }";
static const char denies_shop[] =
    ", { \"deny\": [\"deploy\"], \"on\": { \"service\": [\"shop\"] }, \"reason\": \"shop is closed\" }";
static const char wants_reason[] =
    ", { \"require\": { \"reason\": true }, \"for\": [\"deploy\"],"
    "    \"on\": { \"service\": [\"web\"], \"environment\": [\"staging\"] } }";
static const char sources[] = "\"" BOOKS_GROUP "\", \"" BOOKS_TEAM "\", \"" BOOKS_SCHEDULE "\"";
static const char nobody[] = "\"slack:U0NOBODY\"";

static const char policy_text[] =
    "{ \"refresh\": 30000, \"join_by_email\": false, \"irreversible_glass\": [\"captain\"],"
    "  \"roles\": [ { \"name\": \"developer\", \"members\": [\"slack:U0ALICE\", \"slack:U0BOB\"] },"
    "               { \"name\": \"approver\", \"members\": [\"slack:" HOUSE_APPROVER "\", \"slack:" HOUSE_OTHER_APPROVER "\"] },"
    "               { \"name\": \"releaser\", \"members\": [\"github:" HOOKS_SENDER "\"] },"
    "               { \"name\": \"pipeline\", \"members\": [\"github-app:" HOUSE_PIPELINE "\"] },"
    "               { \"name\": \"captain\", \"members\": [\"slack:" BOOKS_CAPTAIN "\", \"slack:" BOOKS_OTHER_CAPTAIN "\"] },"
    "               { \"name\": \"seller\", \"max_age\": %d, \"members\": [%s] } ],"
    "  \"rules\": [ %s,"
    "               { \"allow\": [\"*\"], \"to\": [\"developer\"], \"on\": { \"environment\": [\"production\", \"lab\", \"world\", \"yard\", \"dock\", \"shed\"] } },"
    "               { \"allow\": [\"lock\", \"unlock\", \"halt\", \"unhalt\", \"reload\", \"review\", \"block\", \"unblock\"], \"to\": [\"developer\"] },"
    "               { \"require\": { \"approvals\": { \"count\": 1, \"from\": [\"approver\"], \"expires\": 60000 } },"
    "                 \"for\": [\"deploy\"], \"on\": { \"environment\": [\"production\"] } },"
    "               { \"deny\": [\"deploy\"], \"to\": [\"slack:U0BOB\"], \"on\": { \"service\": [\"mail\", \"data\"] } },"
    "               { \"allow\": [\"run\"], \"to\": [\"schedule:tidy\"] },"
    "               { \"allow\": [\"ring\"], \"to\": [\"releaser\"] },"
    "               { \"allow\": [\"deploy\"], \"to\": [\"pipeline\"], \"on\": { \"service\": [\"" HOUSE_RELEASED "\"] },"
    "                 \"when\": { \"source\": [\"github\"] } },"
    "               { \"allow\": [\"status\", \"help\", \"ring\", \"pull\", \"locks\", \"approve\", \"incident\", \"acknowledge\"],"
    "                 \"to\": [\"everyone\"] },"
    "               { \"allow\": [\"deploy\"], \"to\": [\"seller\", \"captain\"], \"on\": { \"environment\": [\"market\"] } },"
    "               { \"allow\": [\"rollback\", \"pause\"], \"to\": [\"seller\"], \"on\": { \"environment\": [\"market\"] } },"
    "               { \"allow\": [\"abort\", \"resume\", \"promote\", \"retry\"], \"to\": [\"seller\", \"developer\"],"
    "                 \"on\": { \"environment\": [\"market\"] } },"
    "               { \"require\": { \"window\": [\"Mon-Sun %s UTC\"] }, \"for\": [\"deploy\"],"
    "                 \"on\": { \"environment\": [\"market\"] } },"
    "               { \"deny\": [\"deploy\"], \"on\": { \"environment\": [\"market\"] }, \"when\": { \"during\": [\"Mon-Sun %s UTC\"] },"
    "                 \"break_glass\": [\"captain\"], \"reason\": \"a freeze\" }%s ] }";
/* clang-format on */

static const struct {
    const char *name, *staging, *more, *sellers, *gone;
    int closes, freezes;
} rows[BOOK_COUNT] = {
    [BOOK_USUAL] = { "as usual", allows_staging, "", sources, NULL, CLOSES, FREEZES },
    [BOOK_FROZEN] = { "as usual, with an early freeze", allows_staging, "", sources, NULL, CLOSES, FREEZES_EARLY },
    [BOOK_TAKEN] = { "the developer deploys nothing in staging", takes_staging, "", sources, NULL, CLOSES, FREEZES },
    [BOOK_DENIED] = { "nobody deploys shop", allows_staging, denies_shop, sources, NULL, CLOSES, FREEZES },
    [BOOK_REASON] = { "who deploys web says why", allows_staging, wants_reason, sources, NULL, CLOSES, FREEZES },
    [BOOK_NARROW] = { "the market closes early", allows_staging, "", sources, NULL, CLOSES_EARLY, FREEZES },
    [BOOK_REMOVED] = { "there is no blog", allows_staging, "", sources, "blog", CLOSES, FREEZES },
    [BOOK_CLOSING] = { "as usual, without groups", allows_staging, "", nobody, NULL, CLOSES, FREEZES },
};

static struct book books[BOOK_COUNT];
static struct settings *settings_of[BOOK_COUNT];

static const char *hours(int from, int to, struct arena *arena)
{
    return arena_printf(arena, "%02d:%02d-%02d:%02d", from / 60, from % 60, to / 60, to % 60);
}

static void read_policy(const char *text, struct arena *arena, struct policy_settings *ret_policy)
{
    struct error err;
    const cJSON *json = json_parse_in(arena, str_of(text), &err);

    if (!json || !shape_from_json(&policy_settings_shape, json, arena, ret_policy, &err)) {
        fprintf(stderr, "simulate: a policy of the house: %s\n", err.message);
        exit(2);
    }
    for (size_t i = 0; i < ret_policy->rules_count; i++)
        ret_policy->rules[i].line = (int)i + 1; /* JSON tells none, and rules are told apart by them */
}

static void leave_out(struct settings *settings, const char *service, struct arena *arena)
{
    struct service_settings *kept = arena_alloc(arena, settings->services_count * sizeof(*kept));
    size_t count = 0;

    for (size_t i = 0; i < settings->services_count; i++)
        if (!service || strcmp(settings->services[i].name, service) != 0)
            kept[count++] = settings->services[i];
    settings->services = kept;
    settings->services_count = count;
}

static void make(enum book_name name, const struct settings *settings, const struct verb *const *verbs,
                 struct arena *arena)
{
    static const struct zones zones = { .find = NULL };
    struct settings *own = ARENA_NEW(arena, struct settings);
    struct book *book = &books[name];

    *own = *settings;
    leave_out(own, rows[name].gone, arena);
    own->file = "house.yaml";
    own->runbooks = arena_alloc(arena, settings->runbooks_count * sizeof(*own->runbooks));
    memcpy(own->runbooks, settings->runbooks, settings->runbooks_count * sizeof(*own->runbooks));
    if (name == BOOK_CLOSING)
        own->pagerduty = NULL; /* what stands because of it ends, too */
    read_policy(arena_printf(arena, policy_text, BOOKS_MAX_AGE_MS, rows[name].sellers, rows[name].staging,
                             hours(OPENS, rows[name].closes, arena),
                             hours(rows[name].freezes, rows[name].freezes + FROZEN_MINUTES, arena), rows[name].more),
                arena, &own->policy);
    settings_of[name] = own;
    *book = (struct book){
        .name = rows[name].name,
        .settings = own,
        .policy = policy_compile(own, NULL, zones, arena),
        .rights = rights_of(&(struct rights_input){ own, zones, verbs }, arena),
        .takes_staging = rows[name].staging == takes_staging,
        .denied = rows[name].more == denies_shop ? "shop" : NULL,
        .gone = rows[name].gone,
        .wants_reason = rows[name].more == wants_reason ? "web" : NULL,
        .opens = OPENS,
        .closes = rows[name].closes,
        .freezes = rows[name].freezes,
        .thaws = rows[name].freezes + FROZEN_MINUTES,
    };
    for (int copy = 0; copy < BOOKS_COPIES; copy++)
        snprintf(book->digests[copy], sizeof(book->digests[copy]), "%x%xbcdef012345678", (unsigned)name & 15,
                 (unsigned)copy & 15);
}

void books_make(const struct settings *settings, const struct verb *const *verbs, struct arena *arena)
{
    for (int name = 0; name < BOOK_COUNT; name++)
        make((enum book_name)name, settings, verbs, arena);
}

const struct book *books_get(enum book_name name)
{
    return &books[name];
}

const struct book *books_find(const char *digest)
{
    for (size_t i = 0; i < BOOK_COUNT; i++)
        for (int copy = 0; copy < BOOKS_COPIES; copy++)
            if (digest && strcmp(books[i].digests[copy], digest) == 0)
                return &books[i];
    return NULL;
}

bool books_is_captain(const char *user)
{
    return user && (strcmp(user, BOOKS_CAPTAIN) == 0 || strcmp(user, BOOKS_OTHER_CAPTAIN) == 0);
}

void books_schedule(size_t count)
{
    for (size_t i = 0; i < BOOK_COUNT; i++)
        for (size_t k = 0; k < settings_of[i]->runbooks_count; k++)
            if (settings_of[i]->runbooks[k].schedule)
                settings_of[i]->runbooks[k].schedule_count = i == BOOK_CLOSING ? 0 : count;
}

void books_watch(const struct github_settings *github)
{
    for (size_t i = 0; i < BOOK_COUNT; i++)
        settings_of[i]->github = github;
}

const char *books_read_bad(struct arena *arena)
{
    struct policy_settings policy;
    struct error err;
    const cJSON *json =
        json_parse_in(arena, STR_LIT("{ \"rules\": [ { \"allow\": 7, \"to\": [\"everyone\"] } ] }"), &err);

    if (json && shape_from_json(&policy_settings_shape, json, arena, &policy, &err)) {
        fprintf(stderr, "simulate: a bad policy was read\n");
        exit(2);
    }
    return arena_strdup(arena, err.message);
}

#include "tests/simulation/house.h"

#include "handlers/registry.h"
#include "tests/simulation/bell.h"
#include "tests/simulation/books.h"
#include "tests/simulation/hooks.h"
#include "tests/simulation/lever.h"
#include "tests/simulation/world.h"
#include "tests/simulation/world_releases.h"

#include <stdio.h>
#include <string.h>

#define TABLE_MAX 64

/* The configuration. Steps are short: what takes an hour elsewhere has to fit into a storm. */
/* clang-format off */
#define IMAGE(name) "\"artifact\": { \"image\": \"us-docker.pkg.dev/acme/images/" name ":{version}\" }"
#define HEALTH "\"health\": { \"deadline\": 20000, \"timeout\": 3000 }"
#define CLOUD_RUN(service)                                                                                             \
    "\"driver\": { \"cloud_run\": { \"project\": \"acme\", \"region\": \"us-central1\", \"service\": \"" service "\" } }"
#define CLOUD_RUN_REGIONS(service)                                                                                     \
    "\"driver\": { \"cloud_run\": { \"project\": \"acme\", \"service\": \"" service "\","                              \
    "  \"regions\": [\"us-central1\", \"europe-west1\", \"asia-east1\"] } }"
#define STAGING(service) "\"name\": \"staging\", \"default_version\": \"tag:main\", " CLOUD_RUN(service)
#define CANARY(bake, watch)                                                                                            \
    "\"canary\": { \"steps\": [{ \"traffic\": 0.1 }, { \"traffic\": 0.5 }, { \"traffic\": 1 }], \"bake\": " bake       \
    ", \"watch\": " watch " }"

#define SERVICE(name, environments) "{ \"name\": \"" name "\", " IMAGE(name) ", " HEALTH ", \"environments\": [" environments "] },"
#define ROLLOUT_SERVICE(name, strategy, analysis)                                                                      \
    SERVICE(name, "{ " STAGING(name "-staging") ", \"strategy\": { " strategy " }, \"analysis\": { " analysis " } }")
/* Deployed together, in the order of what they need. */
#define LAB_SERVICE(name, needs)                                                                                       \
    "{ \"name\": \"" name "\", " IMAGE(name) ", " HEALTH ", \"needs\": [" needs "], \"environments\": ["                 \
    "  { \"name\": \"lab\", \"default_version\": \"tag:main\", " CLOUD_RUN(name "-lab") " } ] },"

#define PROGRAM_SERVICE(name, needs, more)                                                                             \
    "{ \"name\": \"" name "\", \"needs\": [" needs "], \"environments\": ["                                               \
    "  { \"name\": \"lab\", \"default_version\": \"main\", \"driver\": { \"program\": {"                                  \
    "    \"deploy\": [\"/opt/deploy\", \"{version}\", \"{operation}\"], \"timeout\": 30000, " more " } } } ] },"

/* Procedures: what is run once more when nobody knows how it ended, what is asked about then, and another request between. Nobody
 * deploys what they change. */
#define RUNBOOK(name, target, steps) "{ \"name\": \"" name "\", \"target\": \"" target "\"," steps " }"
#define STEP_RUN(program, on_crash) "{ \"run\": [\"/opt/" program "\"], \"timeout\": 30000, \"on_crash\": \"" on_crash "\" }"
#define RUNBOOKS                                                                                                       \
    "\"runbooks\": ["                                                                                                  \
    RUNBOOK("mend", HOUSE_MENDED, "\"args\": [{ \"name\": \"zone\", \"one_of\": [\"a\", \"b\"], \"default\": \"a\" }],"       \
            "\"steps\": [" STEP_RUN("drain", "repeat") ", { \"verb\": \"deploy api staging\", \"timeout\": 120000 },"        \
            STEP_RUN("fill", "ask") "]") ","                                                                        \
    RUNBOOK("inspect", HOUSE_INSPECTED, "\"timeout\": 200000, \"steps\": ["                                            \
            "{ \"check\": [\"/opt/look\"], \"timeout\": 60000, \"every\": 2000 }, { \"wait\": 3000 },"                    \
            STEP_RUN("sweep", "ask") ", { \"manual\": \"look at it\" } ]") ","                                      \
    "{ \"name\": \"tidy\", \"target\": \"" HOUSE_TIDIED "\", \"schedule\": [{ \"cron\": \"* * * * *\", \"owner\": \"slack:U0ALICE\" }], \"steps\": ["               \
    STEP_RUN("tidy", "repeat") "] } ],"

#define CLOUD_SQL(instance, more) "\"cloud_sql\": { \"project\": \"acme\", \"instance\": \"" instance "\"" more " }"
#define DATABASES                                                                                                      \
    "\"databases\": ["                                                                                                 \
    "  { \"name\": \"" HOUSE_TRIED "\", \"environment\": \"yard\", \"cool_down\": 60000,"                                  \
    "    \"backups\": { \"restore_into\": \"" HOUSE_TRIAL "\" }, " CLOUD_SQL("ledger-db", "") " },"                        \
    "  { \"name\": \"stock\", \"environment\": \"yard\", \"cool_down\": 0, " CLOUD_SQL("stock-db", "") " },"                \
    "  { \"name\": \"orders\", \"environment\": \"yard\", \"max_lag\": 5000, " CLOUD_SQL("orders-db", ", \"replica\": \"orders-replica\"") " },"      \
    "  { \"name\": \"cache\", \"environment\": \"yard\", \"cool_down\": 0,"                                                                         \
    "    \"memorystore\": { \"project\": \"acme\", \"region\": \"us-central1\", \"instance\": \"cache-db\" } } ],"

#define RELEASED_SERVICE                                                                                               \
    "{ \"name\": \"" HOUSE_RELEASED "\", \"repository\": \"" WORLD_RELEASES "\", " IMAGE("wiki") ", " HEALTH ", \"environments\": ["    \
    "  { \"name\": \"staging\", " CLOUD_RUN("wiki-staging") ", \"release\": { \"on\": \"github-push\", \"branch\": \"main\", \"wait\": 40000 } },"       \
    "  { \"name\": \"production\", " CLOUD_RUN("wiki-prod") ", \"strategy\": { " CANARY("6000", "4000") " },"                     \
    "    \"analysis\": { \"error_rate\": 0.02, \"max_bake\": 12000, \"unanswered\": 60000, \"block\": 1000 },"                 \
    "    \"release\": { \"on\": \"github-release\", \"tags\": \"v*.*.*\", \"wait\": 40000 } } ] },"

/* Minutes are seconds here. Pages of some services open one. */
#define OPEN_ON(service, severity) "{ \"pagerduty\": { \"service\": \"" service "\" }, \"severity\": \"" severity "\" }"
#define INCIDENTS                                                                                                      \
    "\"incidents\": { \"severities\": ["                                                                                \
    "  { \"name\": \"P1\", \"acknowledge\": 15000, \"update_every\": 40000, \"post_mortem\": 60000 },"                       \
    "  { \"name\": \"P2\", \"acknowledge\": 40000, \"post_mortem\": 120000 },"                                             \
    "  { \"name\": \"P3\" } ],"                                                                                          \
    "  \"open_on\": [ " OPEN_ON(HOUSE_PAGED, "P1") ", " OPEN_ON(HOUSE_PAGED_TOO, "P1") ", " OPEN_ON(HOUSE_PAGED_LESS, "P2") " ] },"

static const char settings_text[] =
    "{ \"listen\": \"127.0.0.1:0\", \"data_dir\": \"/nowhere\","
    "  \"slack\": { \"api_url\": \"" WORLD_SLACK_URL "\", \"bot_token\": \"" WORLD_SLACK_TOKEN "\", \"team\": \"T0SIM\","
    "    \"signing_secrets\": [\"s\"], \"channels\": { \"deployments\": \"#deployments\" } },"
    INCIDENTS
    "  \"google\": { \"credentials\": \"metadata\", \"run_url\": \"" WORLD_RUN_URL "\", \"metadata_url\": \"" WORLD_METADATA_URL "\","
    "    \"compute_url\": \"" WORLD_COMPUTE_URL "\","
    "    \"sqladmin_url\": \"" WORLD_SQLADMIN_URL "\", \"redis_url\": \"" WORLD_REDIS_URL "\", \"monitoring_url\": \"" WORLD_MONITORING_URL "\" },"
    "  \"github\": { \"api_url\": \"" WORLD_GITHUB_URL "\", \"token\": \"" WORLD_GITHUB_TOKEN "\","
    "    \"webhook_secrets\": [\"s\"], \"catch_up\": 40000, \"hooks\": [{ \"repository\": \"acme/site\", \"id\": 5 }] },"
    "  \"metrics\": { \"prometheus\": \"" WORLD_METRICS_URL "\" },"
    "  \"pagerduty\": { \"api_url\": \"" WORLD_PAGERDUTY_URL "\", \"api_token\": \"" WORLD_PAGERDUTY_TOKEN "\","
    "    \"webhook_secrets\": [\"s\"], \"from\": \"ops@acme.example\" },"
    "  \"people\": [ { \"slack\": \"U0CAROL\", \"github\": \"carol\", \"pagerduty\": \"PCAROL\" },"
    "                { \"slack\": \"" HOUSE_APPROVER "\", \"github\": \"" HOUSE_APPROVER_LOGIN "\" },"
    "                { \"slack\": \"" HOUSE_OTHER_APPROVER "\", \"github\": \"" HOUSE_OTHER_APPROVER_LOGIN "\" },"
    "                { \"slack\": \"U0ERIN\", \"github\": \"erin\", \"pagerduty\": \"PERIN\" } ],"
    "  \"automation\": { \"as\": \"github-app:" HOUSE_PIPELINE "\" },"
    "  \"registry\": { \"url\": \"" WORLD_REGISTRY_URL "\" },"
    RUNBOOKS
    "  \"protections\": [{ \"name\": \"edge\", \"project\": \"acme\", \"policy\": \"edge\", \"max_for\": 600000,"
    "    \"priorities\": { \"from\": 9000, \"to\": 9002 } }],"
    DATABASES
    "  \"services\": ["
    SERVICE("api", "{ " STAGING("api-staging") " }, { \"name\": \"production\", " CLOUD_RUN("api-prod") " }")
    SERVICE("web", "{ " STAGING("web-staging") ", \"analysis\": { \"error_rate\": 0.02 } }")
    ROLLOUT_SERVICE("shop", CANARY("20000", "15000"), "\"error_rate\": 0.02, \"latency_p95\": 300, \"max_bake\": 40000, \"block\": 2000")
    ROLLOUT_SERVICE("cart", CANARY("12000", "10000"),
                    "\"error_rate\": 0.02, \"latency_p95\": 300, \"max_bake\": 24000, \"block\": 1000,"
                    "\"on_fail\": \"hold\", \"on_inconclusive\": \"rollback\", \"unanswered\": 60000")
    ROLLOUT_SERVICE("docs", "\"blue_green\": { \"watch\": 15000, \"keep\": 60000 }", "\"error_rate\": 0.02, \"unanswered\": 60000, \"block\": 2000")
    ROLLOUT_SERVICE("blog", CANARY("8000", "5000"), "\"max_bake\": 16000")
    SERVICE(BOOKS_MARKET_SERVICE, "{ \"name\": \"" BOOKS_MARKET "\", " CLOUD_RUN("till-market") ", \"strategy\": { " CANARY("6000", "4000") " },"
            "  \"analysis\": { \"error_rate\": 0.02, \"max_bake\": 12000, \"unanswered\": 60000, \"block\": 1000 } }")
    RELEASED_SERVICE
    LAB_SERVICE("page", "\"data\", \"auth\"")
    LAB_SERVICE("data", "\"auth\", \"some-database\"")
    LAB_SERVICE("auth", "")
    LAB_SERVICE("mail", "")
    PROGRAM_SERVICE("tool", "\"auth\"", "\"rollback\": [\"/opt/back\", \"{version}\"], \"on_crash\": \"ask\"")
    PROGRAM_SERVICE("batch", "", "\"on_crash\": \"repeat\"")
    "  { \"name\": \"depot\", \"environments\": ["
    "    { \"name\": \"shed\", \"driver\": { \"program\": { \"deploy\": [\"/opt/depot\", \"{version}\"] } } },"
    "    { \"name\": \"yard\", \"driver\": { \"program\": { \"deploy\": [\"/opt/depot\", \"{version}\"] } } },"
    "    { \"name\": \"dock\", \"driver\": { \"program\": { \"deploy\": [\"/opt/depot\", \"{version}\"] } } } ] },"
    "  { \"name\": \"site\", \"repository\": \"acme/site\", \"environments\": ["
    "    { \"name\": \"lab\", \"default_version\": \"main\", \"driver\": { \"github_actions\": {"
    "      \"workflow\": \"deploy.yml\", \"ref\": \"main\", \"timeout\": 40000, \"inputs\": { \"version\": \"{version}\" } } } } ] },"
    "  { \"name\": \"edge\", " IMAGE("edge") ", " HEALTH ", \"environments\": ["
    "    { \"name\": \"world\", \"default_version\": \"tag:main\", " CLOUD_RUN_REGIONS("edge-world") " } ] } ] }";

/* clang-format on */

static struct house house;
static const struct verb *all_verbs[TABLE_MAX];
static const struct machine *all_machines[TABLE_MAX];
static struct effect_kind all_kinds[TABLE_MAX];
static struct listener all_listeners[TABLE_MAX];

static struct settings *read_settings(struct arena *arena)
{
    struct settings *settings = ARENA_NEW(arena, struct settings);
    struct error err;
    const cJSON *json = json_parse_in(arena, str_of(settings_text), &err);

    if (!json || !shape_from_json(&settings_shape, json, arena, settings, &err)) {
        fprintf(stderr, "simulate: the house's settings: %s\n", err.message);
        exit(2);
    }
    settings->recovery.self_test_ms = 0; /* the world plays no doctor */
    return settings;
}

/* Whose webhooks are caught up with is the only thing that ever changes in the settings. */
static const struct github_settings *github_watched, *github_unwatched;

static void split_github(const struct settings *settings, struct arena *arena)
{
    struct github_settings *unwatched = ARENA_NEW(arena, struct github_settings);

    github_watched = settings->github;
    *unwatched = *settings->github;
    unwatched->hooks_count = 0;
    github_unwatched = unwatched;
}

void house_watch(bool is_wanted)
{
    books_watch(is_wanted ? github_watched : github_unwatched);
}

void house_schedule(bool is_wanted)
{
    books_schedule(is_wanted ? 1 : 0);
}

/* There is room behind so many for the simulation's own, and for the end of a table. */
static void check_room(size_t count)
{
    if (count + 4 <= TABLE_MAX)
        return;
    fprintf(stderr, "simulate: TABLE_MAX of the house is too small for a table of %zu\n", count);
    exit(2);
}

static void fill_tables(void)
{
    size_t count = 0;

    for (; verbs[count]; check_room(++count))
        all_verbs[count] = verbs[count];
    all_verbs[count++] = &verb_ring;
    all_verbs[count] = &verb_pull;
    for (count = 0; machines[count]; check_room(++count))
        all_machines[count] = machines[count];
    all_machines[count++] = &machine_ring;
    all_machines[count] = &machine_pull;
    for (count = 0; listeners[count].source; check_room(++count))
        all_listeners[count] = listeners[count];
    memcpy(all_listeners + count, hooks_listeners, sizeof(hooks_listeners));
    check_room(effect_kinds_count);
    for (count = 0; count < effect_kinds_count; count++)
        all_kinds[count] = effect_kinds[count];
    all_kinds[count++] = ring_kind;
    all_kinds[count++] = lever_kinds[0];
    all_kinds[count++] = lever_kinds[1];
    house.rows[0] = ring_row;
    house.rows[1] = lever_rows[0];
    house.rows[2] = lever_rows[1];
    house.verbs = all_verbs;
    house.machines = all_machines;
    house.listeners = all_listeners;
    house.kinds = all_kinds;
    house.kinds_count = count;
}

const struct house *house_get(void)
{
    static struct arena *arena;
    const struct settings *settings;

    if (arena)
        return &house;
    arena = arena_create();
    fill_tables();
    settings = read_settings(arena);
    split_github(settings, arena);
    books_make(settings, house.verbs, arena);
    house.settings = books_get(BOOK_USUAL)->settings;
    return &house;
}

/* How a test, a --world file or the page changes the world: an object whose members are rows here, applied in this
 * order. */
#include "world.h"

#include "github/change.h"
#include "run/conduct.h"
#include "run/foreign.h"
#include "run/traffic.h"
#include "slack/groups.h"
#include "slack/socket_delivery.h"

#include "bot/base/time.h"

#define ALWAYS_MAX 100
#define REVISION_HEALTHS "ok, unhealthy or never_ready"

static const char *repository_of(const cJSON *value)
{
    return tree_text_or(value, "repository", "acme/images/api");
}

static bool change_latency(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > 60000)
        return error_set(err, ERR_INVALID, "a number of milliseconds up to 60000");
    world->latency_ms = (int64_t)value->valuedouble;
    return true;
}

static bool change_reconcile(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 0 || value->valuedouble > 600000)
        return error_set(err, ERR_INVALID, "a number of milliseconds up to 600000");
    world->run->reconcile_ms = (int64_t)value->valuedouble;
    return true;
}

/* What Cloud Run is at work on is done now, however long it was to take. */
static bool change_settle(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsTrue(value))
        return error_set(err, ERR_INVALID, "only true makes sense");
    for (struct service *service = world->run->services; service; service = service->next)
        service->ready_at_ms = service->settled_at_ms = 0;
    return true;
}

static bool change_token_lifetime(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 1 || value->valuedouble > 86400)
        return error_set(err, ERR_INVALID, "a number of seconds from 1 to 86400");
    world->tokens->lifetime_ms = (int64_t)value->valuedouble * SECOND_MS;
    return true;
}

static bool change_expire_tokens(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsTrue(value))
        return error_set(err, ERR_INVALID, "only true makes sense");
    tokens_expire_all(world->tokens);
    return true;
}

static bool change_limit_posts(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsBool(value))
        return error_set(err, ERR_INVALID, "true or false");
    world->slack->limit_posts = cJSON_IsTrue(value);
    return true;
}

static bool change_slack_limits(struct world *world, const cJSON *value, struct error *err)
{
    return slack_limits_change(&world->slack->limits, value, err);
}

/* {tag|digest, health, repository?} or {version, health}: how an image behaves; a new version makes a new image. */
static bool change_image(struct world *world, const cJSON *value, struct error *err)
{
    const char *reference = tree_text(value, "digest") ? tree_text(value, "digest") : tree_text(value, "tag");
    const char *version = tree_text(value, "version");
    struct registry_image *image = registry_find(world->registry, repository_of(value), reference);
    enum image_health health = IMAGE_HEALTHY;

    if (tree_get(value, "health") && !image_health_parse(tree_text(value, "health"), &health))
        return error_set(err, ERR_INVALID, "'health' is " REVISION_HEALTHS);
    if (!image && !version)
        return error_set(err, ERR_NOT_FOUND, "no such image; a new one needs a 'version'");
    if (!image)
        image = registry_add(world->registry, repository_of(value), version, health);
    image->health = health;
    return true;
}

static bool push_later(struct world *world, const cJSON *value, struct error *err)
{
    int64_t after_ms = tree_int(value, "after_ms", -1);
    const char *reference = tree_text(value, "digest") ? tree_text(value, "digest") : tree_text(value, "like");
    const struct registry_image *image = registry_find(world->registry, repository_of(value), reference);

    if (after_ms < 0 || after_ms > DAY_MS)
        return error_set(err, ERR_INVALID, "'after_ms' is a number of milliseconds, a day at most");
    if (!image && !tree_text(value, "version"))
        return error_set(err, ERR_NOT_FOUND, "no such image");
    registry_push_later(world->registry, &(struct registry_push){ .repository = repository_of(value),
                                                                  .tag = tree_text(value, "tag"),
                                                                  .version = tree_text(value, "version"),
                                                                  .digest = image ? image->digest : NULL,
                                                                  .at_ms = world_now_ms() + after_ms });
    return true;
}

/* {tag, digest | version | like, repository?, after_ms?}: moves a tag to an image, or to the image of another tag; with
 * after_ms only then, as when a build takes its time, and an image of a new version does not exist before either. */
static bool change_tag(struct world *world, const cJSON *value, struct error *err)
{
    const char *repository = repository_of(value), *version = tree_text(value, "version");
    const char *reference = tree_text(value, "digest") ? tree_text(value, "digest") : tree_text(value, "like");
    const struct registry_image *image = NULL;

    if (!tree_text(value, "tag"))
        return error_set(err, ERR_INVALID, "'tag' is missing");
    if (tree_get(value, "after_ms"))
        return push_later(world, value, err);
    image = version ? registry_add(world->registry, repository, version, IMAGE_HEALTHY)
                    : registry_find(world->registry, repository, reference);
    if (!image)
        return error_set(err, ERR_NOT_FOUND, "no such image");
    return registry_tag(world->registry, repository, tree_text(value, "tag"), image->digest, world_now_ms());
}

/* {service, revision, health}: this revision, whatever its image says; null health asks the image again. */
static bool change_revision(struct world *world, const cJSON *value, struct error *err)
{
    const struct service *service = run_find(world->run, tree_text(value, "service"));
    struct revision *revision = service ? service_find_revision(service, tree_text(value, "revision")) : NULL;

    if (!revision)
        return error_set(err, ERR_NOT_FOUND, "no such service or revision");
    revision->health_forced = !cJSON_IsNull(tree_get(value, "health"));
    if (revision->health_forced && !image_health_parse(tree_text(value, "health"), &revision->health))
        return error_set(err, ERR_INVALID, "'health' is " REVISION_HEALTHS ", or null");
    return true;
}

/* A PATCH by somebody else: raw, or in short; see run/foreign.h. */
static bool change_foreign(struct world *world, const cJSON *value, struct error *err)
{
    return foreign_change(world->run, value, world_now_ms(), err);
}

/* {service|image|revision, error_rate?, from_percent?, latency_ms?, hangs?}: how what runs behaves; see run/conduct.h. */
static bool change_behaviour(struct world *world, const cJSON *value, struct error *err)
{
    if (!tree_get(value, "error_rate") && !tree_get(value, "latency_ms") && !tree_get(value, "hangs"))
        return error_set(err, ERR_INVALID, "'error_rate', 'latency_ms' or 'hangs' is missing");
    return conduct_add_rule(world->run, value, err);
}

/* {service|image|revision, status?, body?}: what /health says; `body` an object of members to change (null takes one
 * out), or any text; without status and body as the image says again. */
static bool change_health(struct world *world, const cJSON *value, struct error *err)
{
    static const char *const targets[] = { "service", "image", "revision" };
    AUTO_JSON cJSON *rule = json_object();
    cJSON *health = json_object();

    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        tree_copy(rule, value, targets[i]);
    tree_copy(health, value, "status");
    tree_copy(health, value, "body");
    if (health->child) {
        json_set(rule, "health", health);
    } else {
        cJSON_Delete(health);
        cJSON_AddNullToObject(rule, "health");
    }
    return conduct_add_rule(world->run, rule, err);
}

/* {service, rps}: how many requests users make each second; the service "*" is all of them. */
static bool change_traffic(struct world *world, const cJSON *value, struct error *err)
{
    const cJSON *rps = tree_get(value, "rps");
    bool everywhere = tree_has_text(value, "service", "*");

    if (!cJSON_IsNumber(rps) || !(rps->valuedouble >= 0 && rps->valuedouble <= TRAFFIC_RPS_MAX))
        return error_set(err, ERR_INVALID, "'rps' is a number from 0 to %d", TRAFFIC_RPS_MAX);
    if (!everywhere && !run_find(world->run, tree_text(value, "service")))
        return error_set(err, ERR_NOT_FOUND, "no such service; '*' is all of them");
    for (struct service *service = world->run->services; service; service = service->next) {
        if (everywhere || tree_has_text(value, "service", service->id))
            service->rps = rps->valuedouble;
    }
    return true;
}

/* {scrape_ms?, stale?}: how often Prometheus looks, and whether it does at all. */
static bool change_metrics(struct world *world, const cJSON *value, struct error *err)
{
    const cJSON *stale = tree_get(value, "stale"), *scrape = tree_get(value, "scrape_ms");
    int64_t scrape_ms = tree_int(value, "scrape_ms", 0);

    if ((!stale && !scrape) || (stale && !cJSON_IsBool(stale)))
        return error_set(err, ERR_INVALID, "'stale' is true or false; or 'scrape_ms'");
    if (scrape && (scrape_ms < 100 || scrape_ms > MINUTE_MS))
        return error_set(err, ERR_INVALID, "'scrape_ms' is a number from 100 to 60000");
    if (scrape)
        world->prometheus->scrape_ms = scrape_ms;
    if (stale)
        world->prometheus->stale = cJSON_IsTrue(stale);
    return true;
}

/* {lag_ms?, drop_minutes?, ...}: Cloud Monitoring, see google/monitoring.h. */
static bool change_monitoring(struct world *world, const cJSON *value, struct error *err)
{
    return monitoring_change(world->monitoring, world->run, value, world_now_ms(), err);
}

/* {take_ms?, deny?, fail_next?, instance?, redis?, operation?, backup?}: see database/database.h. */
static bool change_databases(struct world *world, const cJSON *value, struct error *err)
{
    return databases_change(world->databases, value, world_now_ms(), err);
}

/* {take_ms?, deny?, fail_next?, rule?, remove?, change?}: see armor/armor.h. */
static bool change_armor(struct world *world, const cJSON *value, struct error *err)
{
    return armor_change(world->armor, value, err);
}

/* {deny?, empty_page?, entry?}: see logging/logging.h. */
static bool change_logging(struct world *world, const cJSON *value, struct error *err)
{
    return logging_change(world->logging, value, world_now_ms(), err);
}

/* {service, revision?}: new instances of one revision, or of all: their counters begin at 0. */
static bool change_restart(struct world *world, const cJSON *value, struct error *err)
{
    struct service *service = run_find(world->run, tree_text(value, "service"));
    const char *name = tree_text(value, "revision");

    if (!service || (name && !service_find_revision(service, name)))
        return error_set(err, ERR_NOT_FOUND, "no such service or revision");
    for (struct revision *revision = service->revisions; revision; revision = revision->older) {
        if (!name || text_is(name, revision->name))
            traffic_restart(revision);
    }
    return true;
}

/* {service, value}: whether callers of its URL need an identity token. */
static bool change_private(struct world *world, const cJSON *value, struct error *err)
{
    struct service *service = run_find(world->run, tree_text(value, "service"));

    if (!service)
        return error_set(err, ERR_NOT_FOUND, "no such service");
    if (!cJSON_IsBool(tree_get(value, "value")))
        return error_set(err, ERR_INVALID, "'value' is true or false");
    service->is_private = tree_true(value, "value");
    return true;
}

/* {id, project?, region?, image, environment?, floats?}: one more Cloud Run service. */
static bool change_service(struct world *world, const cJSON *value, struct error *err)
{
    struct service_seed seed = {
        .project = tree_text_or(value, "project", "acme"),
        .region = tree_text_or(value, "region", "us-central1"),
        .id = tree_text(value, "id"),
        .image = tree_text_or(value, "image", "us-docker.pkg.dev/acme/images/api:v1.4.1"),
        .environment = tree_text_or(value, "environment", "staging"),
        .floats = tree_true(value, "floats"),
    };

    if (!seed.id || run_find(world->run, seed.id))
        return error_set(err, ERR_CONFLICT, "'id' is missing, or such a service exists already");
    run_add_service(world->run, &seed, world_now_ms());
    return true;
}

/* "a,b": what the bot token may do, from now on. */
static bool change_slack_scopes(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsString(value))
        return error_set(err, ERR_INVALID, "scopes with commas between them");
    free(world->slack->scopes);
    world->slack->scopes = xstrdup(value->valuestring);
    return true;
}

/* Seconds by which Slack's clock is ahead, as the Date of its answers tells. */
static bool change_slack_clock(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < -DAY_MS / SECOND_MS || value->valuedouble > DAY_MS / SECOND_MS)
        return error_set(err, ERR_INVALID, "a number of seconds, a day at most");
    world->slack->clock_ahead_s = (int64_t)value->valuedouble;
    return true;
}

/* The app has no Home tab, as a manifest may say. */
static bool change_slack_home(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsBool(value))
        return error_set(err, ERR_INVALID, "true or false: is there a Home tab");
    world->slack->home_is_off = cJSON_IsFalse(value);
    return true;
}

/* How long Slack waits for an answer to a command, a press or an event: three seconds in real life. */
static bool change_slack_patience(struct world *world, const cJSON *value, struct error *err)
{
    if (!cJSON_IsNumber(value) || value->valuedouble < 1 || value->valuedouble > MINUTE_MS)
        return error_set(err, ERR_INVALID, "a number of milliseconds, a minute at most");
    world->slack->patience_ms = (int64_t)value->valuedouble;
    return true;
}

/* {id, name?, is_archived?, is_private?, is_member?, absent?, creator?}: a channel's state, `absent` those who are not in it; an
 * unknown id with a name makes a channel. */
static bool change_channel(struct world *world, const cJSON *value, struct error *err)
{
    static const char *const members[] = { "name", "is_archived", "is_private", "absent", "creator" };
    cJSON *channel = slack_find_channel(world->slack, tree_text(value, "id"));

    if (!channel && tree_text(value, "id") && tree_text(value, "name"))
        channel = slack_add_channel(world->slack, tree_text(value, "id"), tree_text(value, "name"));
    if (!channel)
        return error_set(err, ERR_NOT_FOUND, "no such channel; a new one needs 'id' and 'name'");
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        tree_copy(channel, value, members[i]);
    if (tree_get(value, "is_member"))
        (tree_true(value, "is_member") ? slack_join : slack_leave)(channel, SLACK_BOT_USER);
    return true;
}

/* {id, users?, add?, remove?, ...}: a user group; {id, email?, ...}: somebody in the workspace. See slack/groups.h. */
static bool change_slack_group(struct world *world, const cJSON *value, struct error *err)
{
    return slack_group_change(world->slack, value, world_now_ms(), err);
}

static bool change_slack_user(struct world *world, const cJSON *value, struct error *err)
{
    return slack_user_change(world->slack, value, err);
}

/* {repository, commit, branch, tag, release, workflow, run, ...}: GitHub's own rows, see github/change.c. */
static bool change_github(struct world *world, const cJSON *value, struct error *err)
{
    return github_change(world->github, value, world_now_ms(), err);
}

/* {incident, act, event, subscription, rotate, advance_ms, ...}: PagerDuty's own rows, see pagerduty/change.c. */
static bool change_pagerduty(struct world *world, const cJSON *value, struct error *err)
{
    return pagerduty_change(world->pagerduty, value, world_now_ms(), err);
}

/* {limit_ms?, component?, update?}: see statuspage/statuspage.h. */
static bool change_statuspage(struct world *world, const cJSON *value, struct error *err)
{
    return statuspage_change(world->statuspage, value, world_now_ms(), err);
}

/* {config, fire, resolve}: see alertmanager/change.c. */
static bool change_alertmanager(struct world *world, const cJSON *value, struct error *err)
{
    bool is_good = alertmanager_change(world->alertmanager, value, world_now_ms(), err);

    alertmanager_advance(world->alertmanager, world_now_ms());
    return is_good;
}

/* What happens to Socket Mode: see slack/socket_delivery.h. */
static bool change_slack_socket(struct world *world, const cJSON *value, struct error *err)
{
    return slack_socket_change(world->slack_socket, value, err);
}

static bool change_mail(struct world *world, const cJSON *value, struct error *err)
{
    return mailbox_change(world->mailbox, value, err);
}

/* Changes that are made now, and again in every world after a reset. */
static bool change_always(struct world *world, const cJSON *value, struct error *err)
{
    if (tree_get(value, "always"))
        return error_set(err, ERR_INVALID, "what always holds does not hold another 'always'");
    if (cJSON_GetArraySize(world->always) >= ALWAYS_MAX)
        return error_set(err, ERR_INVALID, "no more than %d of them", ALWAYS_MAX);
    if (!world_change(world, value, err))
        return false;
    json_add(world->always, json_copy(value));
    return true;
}

static const struct change {
    const char *name;
    bool (*apply)(struct world *world, const cJSON *value, struct error *err);
} rows[] = {
    { "latency_ms", change_latency },
    { "reconcile_ms", change_reconcile },
    { "settle", change_settle },
    { "token_lifetime_s", change_token_lifetime },
    { "expire_tokens", change_expire_tokens },
    { "limit_posts", change_limit_posts },
    { "slack_limits", change_slack_limits },
    { "image", change_image },
    { "tag", change_tag },
    { "service", change_service },
    { "revision", change_revision },
    { "behaviour", change_behaviour },
    { "health", change_health },
    { "traffic", change_traffic },
    { "metrics", change_metrics },
    { "monitoring", change_monitoring },
    { "databases", change_databases },
    { "armor", change_armor },
    { "logging", change_logging },
    { "restart", change_restart },
    { "private", change_private },
    { "foreign", change_foreign },
    { "channel", change_channel },
    { "slack_scopes", change_slack_scopes },
    { "slack_clock_s", change_slack_clock },
    { "slack_home", change_slack_home },
    { "slack_patience_ms", change_slack_patience },
    { "slack_user", change_slack_user },
    { "slack_group", change_slack_group },
    { "github", change_github },
    { "pagerduty", change_pagerduty },
    { "alertmanager", change_alertmanager },
    { "statuspage", change_statuspage },
    { "slack_socket", change_slack_socket },
    { "mail", change_mail },
    { "always", change_always },
};

static const struct change *find_row(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (text_is(name, rows[i].name))
            return &rows[i];
    }
    return NULL;
}

/* One value, or a list of them. */
static bool apply(struct world *world, const struct change *row, const cJSON *value, struct error *err)
{
    if (!cJSON_IsArray(value))
        return row->apply(world, value, err) || error_wrap(err, "%s", row->name);
    JSON_EACH(item, value) {
        if (!row->apply(world, item, err))
            return error_wrap(err, "%s", row->name);
    }
    return true;
}

bool world_change(struct world *world, const cJSON *changes, struct error *err)
{
    if (!cJSON_IsObject(changes))
        return error_set(err, ERR_INVALID, "changes are a JSON object");
    JSON_EACH(change, changes) {
        if (!find_row(change->string))
            return error_set(err, ERR_INVALID, "no such change '%.60s'", change->string);
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const cJSON *value = tree_get(changes, rows[i].name);

        if (value && !apply(world, &rows[i], value, err))
            return false;
    }
    world_touch(world);
    return true;
}

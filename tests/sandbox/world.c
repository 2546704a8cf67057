#include "world.h"

#include "run/traffic.h"
#include "slack/command.h"

#include "bot/base/time.h"

#include <errno.h>
#include <time.h>

int64_t world_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t pause_run(void *arg, int64_t until_ms)
{
    struct world *world = arg;

    return world_pause(world, until_ms);
}

static void drop_systems(struct world *world)
{
    slack_destroy(world->slack);
    prometheus_destroy(world->prometheus);
    monitoring_destroy(world->monitoring);
    databases_destroy(world->databases);
    armor_destroy(world->armor);
    logging_destroy(world->logging);
    run_destroy(world->run);
    github_destroy(world->github);
    courier_clear(&world->courier);
    pagerduty_destroy(world->pagerduty);
    alertmanager_destroy(world->alertmanager);
    statuspage_destroy(world->statuspage);
    mailbox_destroy(world->mailbox);
    registry_destroy(world->registry);
    faults_finish(&world->faults);
    calls_finish(&world->calls);
}

static void make_systems(struct world *world)
{
    int64_t now_ms = world_now_ms();

    world->slack = slack_create(world->options.bot_token, world->options.app_token, world->options.own_url);
    world->slack->socket = world->slack_socket;
    world->slack->limit_posts = world->options.limit_posts;
    world->registry = registry_create(now_ms);
    world->run = run_create(world->registry, world->options.own_url, now_ms);
    world->run->pause = pause_run;
    world->run->pause_arg = world;
    world->github = github_create(world->github_app, world->options.own_url, now_ms);
    github_connect(world->github, &world->courier, world->options.opsgate_url);
    world->pagerduty = pagerduty_create(&world->courier, world->options.opsgate_url, now_ms);
    world->alertmanager = alertmanager_create(&world->courier, world->options.opsgate_url);
    world->statuspage = statuspage_create();
    world->mailbox = mailbox_create();
    world->prometheus = prometheus_create();
    world->monitoring = monitoring_create();
    world->databases = databases_create(now_ms);
    world->armor = armor_create();
    world->logging = logging_create();
    world->run->logging = world->logging;
    world->latency_ms = world->options.latency_ms;
    faults_init(&world->faults);
    calls_init(&world->calls);
}

struct world *world_create(const struct world_options *options, struct error *err)
{
    AUTO(world) struct world *world = xcalloc(1, sizeof *world);

    world->options = *options;
    world->always = json_array();
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    world->tokens = tokens_create();
    world->oauth = oauth_create(options->own_url);
    world->openid = openid_create(options->own_url);
    world->github_app = github_app_create();
    world->slack_socket = slack_socket_create(err);
    if (!world->slack_socket)
        return NULL;
    make_systems(world);
    if (options->changes && !world_change(world, options->changes, err))
        return NULL;
    world->smtp = smtp_create(world, err); /* from here on it is used */
    if (!world->smtp)
        return NULL;
    dispatch_start(&world->dispatch, world);
    return TAKE(world);
}

void world_destroy(struct world *world)
{
    if (!world)
        return;
    world_lock(world);
    world_stop(world);
    world_unlock(world);
    dispatch_join(&world->dispatch);
    smtp_destroy(world->smtp);
    drop_systems(world);
    tokens_destroy(world->tokens);
    oauth_destroy(world->oauth);
    openid_destroy(world->openid);
    github_app_destroy(world->github_app);
    slack_socket_destroy(world->slack_socket);
    cJSON_Delete(world->always);
    pthread_cond_destroy(&world->changed);
    pthread_mutex_destroy(&world->lock);
    free(world);
}

void world_lock(struct world *world)
{
    pthread_mutex_lock(&world->lock);
}

void world_unlock(struct world *world)
{
    pthread_mutex_unlock(&world->lock);
}

void world_touch(struct world *world)
{
    world->version++;
    pthread_cond_broadcast(&world->changed);
}

/* Those who watch hear of traffic once a scrape, and only when there is some: it would never be quiet otherwise. */
static void tick_traffic(struct world *world, int64_t now_ms)
{
    int64_t due_ms = 0;
    bool is_scraped = false;

    while (due_ms < now_ms) { /* whoever is woken late has scraped in time: a busy machine is no gap in the numbers */
        due_ms = prometheus_due_ms(world->prometheus, now_ms);
        world->busy = traffic_advance(world->run, due_ms) || world->busy;
        is_scraped = prometheus_advance(world->prometheus, world->run, due_ms) || is_scraped;
    }
    if (!is_scraped || !world->busy)
        return;
    world->busy = false;
    world_touch(world);
}

void world_tick(struct world *world)
{
    if (run_advance(world->run, world_now_ms()))
        world_touch(world);
    if (github_advance(world->github, world_now_ms()))
        world_touch(world);
    if (registry_advance(world->registry, world_now_ms()))
        world_touch(world);
    if (alertmanager_advance(world->alertmanager, world_now_ms()))
        world_touch(world);
    if (pagerduty_advance(world->pagerduty, world_now_ms()))
        world_touch(world);
    if (database_advance(world->databases, world_now_ms()))
        world_touch(world);
    if (armor_advance(world->armor, world_now_ms()))
        world_touch(world);
    tick_traffic(world, world_now_ms());
}

int64_t world_pause(struct world *world, int64_t until_ms)
{
    struct timespec until = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };

    if (world->stopping)
        return until_ms;
    pthread_cond_timedwait(&world->changed, &world->lock, &until);
    return world_now_ms();
}

void world_sleep(struct world *world, int64_t until_ms)
{
    int64_t now_ms = world_now_ms();

    while (now_ms < until_ms && !world->stopping)
        now_ms = world_pause(world, until_ms);
}

void world_stop(struct world *world)
{
    world->stopping = true;
    world_touch(world);
}

bool world_reset(struct world *world, struct error *err)
{
    drop_systems(world);
    make_systems(world);
    slack_socket_conduct(world->slack_socket, &(struct slack_socket_conduct){ 0 });
    world_touch(world);
    if (world->options.changes && !world_change(world, world->options.changes, err))
        return false;
    JSON_EACH(changes, world->always) {
        if (!world_change(world, changes, err))
            return false;
    }
    return true;
}

cJSON *world_state(const struct world *world, int messages_max)
{
    cJSON *state = json_object();
    cJSON *slack = NULL, *mail = NULL;

    json_set_int(state, "version", world->version);
    json_set_int(state, "now_ms", world_now_ms());
    json_set_string(state, "opsgate", world->options.opsgate_url);
    slack = json_set(state, "slack", slack_state(world->slack, messages_max));
    json_set(slack, "commands", slack_command_list());
    json_set(slack, "socket", slack_socket_state(world->slack_socket));
    json_set(state, "run", run_state(world->run, world_now_ms()));
    json_set(state, "prometheus", prometheus_state(world->prometheus));
    json_set(state, "monitoring", monitoring_state(world->monitoring));
    json_set(state, "databases", databases_state(world->databases));
    json_set(state, "armor", armor_state(world->armor));
    json_set(state, "registry", registry_state(world->registry));
    json_set(state, "github", github_state(world->github));
    json_set(state, "pagerduty", pagerduty_state(world->pagerduty, world_now_ms()));
    json_set(state, "alertmanager", alertmanager_state(world->alertmanager));
    json_set(state, "statuspage", statuspage_state(world->statuspage));
    mail = json_set(state, "mail", mailbox_state(world->mailbox));
    tree_set_textf(mail, "url", "smtp://127.0.0.1:%d", smtp_port(world->smtp));
    json_set(state, "faults", json_copy(world->faults.waiting));
    json_set_int(state, "latency_ms", world->latency_ms);
    json_set_int(state, "calls", world->calls.last_n);
    return state;
}

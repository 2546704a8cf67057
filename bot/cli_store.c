/* cli_store.c - `opsgate store create`: a person says that an empty Redis is to be ours. */
#include "bot/cli.h"
#include "bot/cli_store_url.h"

#include "bot/shell/clock.h"
#include "bot/shell/store_redis.h"

#include <stdio.h>
#include <string.h>

struct creating {
    struct loop *loop;
    struct store_redis *store;
    struct store_birth birth;
    int code;
};

static void end(struct creating *creating, int code)
{
    creating->code = code;
    loop_stop(creating->loop);
}

static void on_born(void *arg, enum store_status status, const char *birth)
{
    struct creating *creating = arg;

    if (status != STORE_OK) {
        fprintf(stderr, "opsgate: the store does not answer\n");
        end(creating, CLI_UNREACHABLE);
    } else if (strcmp(birth, creating->birth.text) != 0) {
        fprintf(stderr, "opsgate: the store has a birth already: %s. Nothing was changed.\n", birth);
        end(creating, CLI_NO);
    } else {
        printf("The store is ours: birth %s\n", birth);
        end(creating, CLI_OK);
    }
}

/* Whoever is to rely on it hears first what it guarantees. */
static void on_probed(void *arg, const struct store_probe *probe)
{
    struct creating *creating = arg;

    if (probe->status != STORE_OK) {
        fprintf(stderr, "opsgate: the store does not answer (%s)\n", store_redis_trouble(creating->store));
        end(creating, CLI_UNREACHABLE);
        return;
    }
    if (probe->refusal[0]) {
        fprintf(stderr, "opsgate: %s. Nothing was changed.\n", probe->refusal);
        end(creating, CLI_USAGE);
        return;
    }
    printf("Redis %s: %s\n", probe->version, probe->guarantee);
    if (probe->warning[0])
        fprintf(stderr, "opsgate: warning: %s\n", probe->warning);
    store_redis_birth_create(creating->store, creating->birth.text, on_born, creating);
}

static bool create(struct creating *creating, const char *url, const struct store_settings *settings, struct error *err)
{
    AUTO(loop) struct loop *loop = loop_create(err);
    struct resolve_options resolving = { .loop = loop };
    AUTO(resolve) struct resolve *resolve = loop ? resolve_create(&resolving) : NULL;
    struct store_redis_options options = { .loop = loop,
                                           .resolve = resolve,
                                           .url = url,
                                           .name = settings->name,
                                           .replicas = settings->replicas,
                                           .is_ephemeral_accepted = settings->ephemeral == EPHEMERAL_ACCEPTED };
    AUTO(store_redis) struct store_redis *store = loop ? store_redis_create(&options, err) : NULL;

    if (!store)
        return false;
    creating->loop = loop;
    creating->store = store;
    store_redis_probe(store, on_probed, creating);
    loop_run(loop);
    return true;
}

int cli_store(const struct cli *cli)
{
    struct clock clock = clock_system();
    AUTO(configuration) struct configuration *configuration = NULL;
    struct creating creating = { .birth = store_birth_make(&clock), .code = CLI_UNREACHABLE };
    const char *url;
    struct error err;

    if (strcmp(cli->words[0], "create") != 0)
        return cli_usage(cli);
    configuration = cli_configuration(cli);
    if (!configuration)
        return CLI_USAGE;
    url = cli_store_url(configuration, &err);
    if (!url || !create(&creating, url, &configuration->settings.store, &err))
        return cli_fail(&err);
    return creating.code;
}

/* cli_store.c - `opsgate store create`: a person says that an empty Redis is to be ours. */
#include "bot/cli.h"
#include "bot/cli_store_url.h"

#include "bot/shell/clock.h"
#include "bot/shell/store_redis.h"

#include <stdio.h>
#include <string.h>

struct creating {
    struct loop *loop;
    char birth[33];
    int code;
};

static void on_born(void *arg, enum store_status status, const char *birth)
{
    struct creating *creating = arg;

    if (status != STORE_OK) {
        fprintf(stderr, "opsgate: the store does not answer\n");
        creating->code = CLI_UNREACHABLE;
    } else if (strcmp(birth, creating->birth) != 0) {
        fprintf(stderr, "opsgate: the store has a birth already: %s. Nothing was changed.\n", birth);
        creating->code = CLI_NO;
    } else {
        printf("The store is ours: birth %s\n", birth);
        creating->code = CLI_OK;
    }
    loop_stop(creating->loop);
}

static void make_birth(char *birth)
{
    struct clock clock = clock_system();
    AUTO_BUF struct buf hex = BUF(32);
    unsigned char bytes[16];

    clock.random(clock.ctx, bytes, sizeof(bytes));
    hex_add(&hex, bytes, sizeof(bytes));
    memcpy(birth, buf_text(&hex), 33);
}

static bool create(struct creating *creating, const char *url, const char *name, struct error *err)
{
    AUTO(loop) struct loop *loop = loop_create(err);
    struct resolve_options resolving = { .loop = loop };
    AUTO(resolve) struct resolve *resolve = loop ? resolve_create(&resolving) : NULL;
    struct store_redis_options options = { .loop = loop, .resolve = resolve, .url = url, .name = name };
    AUTO(store_redis) struct store_redis *store = loop ? store_redis_create(&options, err) : NULL;

    if (!store)
        return false;
    creating->loop = loop;
    store_redis_birth_create(store, creating->birth, on_born, creating);
    loop_run(loop);
    return true;
}

int cli_store(const struct cli *cli)
{
    AUTO(configuration) struct configuration *configuration = NULL;
    struct creating creating = { .code = CLI_UNREACHABLE };
    const char *url;
    struct error err;

    if (cli->words_count != 1 || strcmp(cli->words[0], "create") != 0)
        return cli_usage(cli, "store create");
    configuration = cli_configuration(cli);
    if (!configuration)
        return CLI_USAGE;
    make_birth(creating.birth);
    url = cli_store_url(configuration, &err);
    if (!url || !create(&creating, url, configuration->settings.store.name, &err))
        return cli_fail(&err);
    return creating.code;
}

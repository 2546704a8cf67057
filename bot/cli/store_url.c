#include "bot/cli/store_url.h"

#include "bot/cli/cli.h"

#include "bot/shell/embedded.h"

#include <stdio.h>
#include <string.h>

const char *cli_store_url(const struct configuration *configuration, struct error *err)
{
    char *url;

    if (strcmp(configuration->settings.store.url, "embedded") != 0)
        return configuration->settings.store.url;
    url = arena_alloc(configuration->arena, EMBEDDED_URL_MAX);
    return embedded_url_of(configuration->settings.data_dir, url, EMBEDDED_URL_MAX, err) ? url : NULL;
}

struct redis_login store_login(const struct store_settings *settings)
{
    return (struct redis_login){ .username = settings->username,
                                 .password = settings->password,
                                 .sentinel_username = settings->sentinel_username,
                                 .sentinel_password = settings->sentinel_password };
}

struct store_reader *cli_store_open(const struct configuration *configuration, struct error *err)
{
    const char *url = cli_store_url(configuration, err);
    const struct store_settings *settings = &configuration->settings.store;
    struct store_reader_options options = { .url = url, .login = store_login(settings), .name = settings->name };
    struct store_reader *reader = url ? store_reader_open(&options, err) : NULL;

    if (!url)
        err->code = ERR_UNAVAILABLE; /* of a data_dir that is not there no serve tells where its Redis is */
    if (!reader)
        error_wrap(err, "the store cannot be read");
    return reader;
}

int cli_store_fail(const struct configuration *configuration, const struct error *err)
{
    bool is_embedded = strcmp(configuration->settings.store.url, "embedded") == 0;
    int code = cli_fail(err);

    if (code != CLI_UNREACHABLE)
        return code;
    if (is_embedded)
        fprintf(stderr, "         Its Redis runs as long as opsgate serve does: is that running? What its log says of "
                        "the embedded Redis is why it is not.\n");
    fprintf(stderr,
            "         The way back goes without it: opsgate run rollback SERVICE ENVIRONMENT --without-store\n");
    return code;
}

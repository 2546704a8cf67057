#include "bot/cli_store_url.h"

#include "bot/shell/embedded.h"

#include <string.h>

const char *cli_store_url(const struct configuration *configuration, struct error *err)
{
    char *url;

    if (strcmp(configuration->settings.store.url, "embedded") != 0)
        return configuration->settings.store.url;
    url = arena_alloc(configuration->arena, EMBEDDED_URL_MAX);
    return embedded_url_of(configuration->settings.data_dir, url, EMBEDDED_URL_MAX, err) ? url : NULL;
}

struct store_reader *cli_store_open(const struct configuration *configuration, struct error *err)
{
    bool is_embedded = strcmp(configuration->settings.store.url, "embedded") == 0;
    const char *url = cli_store_url(configuration, err);
    struct store_reader *reader = url ? store_reader_open(url, configuration->settings.store.name, err) : NULL;

    if (url && !reader)
        error_wrap(err, "the store cannot be read%s", is_embedded ? " (is `opsgate serve` running?)" : "");
    return reader;
}

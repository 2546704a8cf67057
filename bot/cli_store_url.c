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

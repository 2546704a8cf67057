/* store_url.h - where command line tools find the store of a configuration. */
#ifndef OPSGATE_CLI_STORE_URL_H
#define OPSGATE_CLI_STORE_URL_H

#include "bot/configuration/configuration.h"
#include "bot/shell/store_reader.h"

/* The url that store_reader.h and store_redis.h take; in the configuration's arena; NULL with err. */
const char *cli_store_url(const struct configuration *configuration, struct error *err);

/* Who logs in there; borrowed from the configuration. */
struct redis_login store_login(const struct store_settings *settings);

/* To read what it holds; NULL with err, which says which store it is. */
struct store_reader *cli_store_open(const struct configuration *configuration, struct error *err);
int cli_store_fail(const struct configuration *configuration, const struct error *err); /* prints it, and what helps */

#endif

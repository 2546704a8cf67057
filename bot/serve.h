/* serve.h - `opsgate serve`: everything put together, run until a signal, and taken apart in order. */
#ifndef OPSGATE_SERVE_H
#define OPSGATE_SERVE_H

#include "bot/configuration/configuration.h"

/* Returns the exit code: 0 after a clean stop, 2 when it cannot start as configured, 3 when what it needs cannot be
 * reached or was lost for good. */
int serve(const struct configuration *configuration);

#endif

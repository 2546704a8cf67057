#include "handlers/registry.h"

#include "handlers/deploy/deploy.h"
#include "handlers/help.h"
#include "handlers/status.h"

#include <stddef.h>

const struct verb *const verbs[] = { &verb_deploy, &verb_status, &verb_help, NULL };
const struct machine *const machines[] = { &machine_deploy, NULL };

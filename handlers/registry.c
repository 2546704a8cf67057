#include "handlers/registry.h"

#include "handlers/control.h"
#include "handlers/deploy/deploy.h"
#include "handlers/group/group.h"
#include "handlers/help.h"
#include "handlers/rollback/adopted.h"
#include "handlers/rollback/rollback.h"
#include "handlers/status/status.h"

#include <stddef.h>

const struct verb *const verbs[] = {
    &verb_deploy, &verb_rollback, &verb_pause,  &verb_resume, &verb_promote,
    &verb_abort,  &verb_retry,    &verb_status, &verb_help,   &verb_adopted, NULL,
};
const struct machine *const machines[] = { &machine_deploy, &machine_rollback, &machine_status, &machine_group, NULL };

/* check.h - `opsgate check`: is the configuration good, and what does it say?
 *
 * Prints everything that is wrong, or a summary: services, environments, databases, protections, runbooks, schedules,
 * maintenance, roles, and what lint (policy/lint.h) has against the policy.
 */
#ifndef OPSGATE_CHECK_H
#define OPSGATE_CHECK_H

#include "bot/base/buf.h"
#include "bot/cli/exit.h"
#include "bot/configuration/configuration.h"

#define CHECK_OUTPUT_MAX_BYTES (4 * 1024 * 1024)

struct check_options {
    const char *path;
    bool is_json;      /* --json */
    bool is_reference; /* --reference: prints docs/configuration.md instead; reads no file */
};

/* CLI_OK or CLI_USAGE; what to print on stdout is in `out`. */
enum cli_exit check_run(const struct check_options *options, struct buf *out);

#endif

/* audit.h - the parts of `opsgate audit` that are files of their own. */
#ifndef OPSGATE_CLI_AUDIT_H
#define OPSGATE_CLI_AUDIT_H

#include "bot/cli/cli.h"
#include "bot/shell/store_reader.h"

/* Is the journal of the store whole; or, reader NULL, what the files say that the command line names? An exit code. */
int cli_audit_verify(const struct cli *cli, struct store_reader *reader);

/* The first of these copies to stdout, without what stands beside the entries that later ones, its own and those of the
 * files behind it, say were erased. An exit code. */
int cli_audit_redact(const char *const *paths, int count);

/* A new key that checkpoints are signed with, into a file that is not there yet; its public one to stdout. */
int cli_audit_keygen(const char *path);

#endif

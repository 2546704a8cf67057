/* audit.h - the parts of `opsgate audit` that are files of their own. */
#ifndef OPSGATE_CLI_AUDIT_H
#define OPSGATE_CLI_AUDIT_H

#include "bot/cli/cli.h"
#include "bot/shell/store_reader.h"

/* Is the journal of the store whole; or, reader NULL, what the files say that the command line names? An exit code. */
int cli_audit_verify(const struct cli *cli, struct store_reader *reader);

/* A copy to stdout, without what stands beside the entries that its own later ones say were erased. An exit code. */
int cli_audit_redact(const char *path);

/* A new key that checkpoints are signed with, into a file that is not there yet; its public one to stdout. */
int cli_audit_keygen(const char *path);

#endif

/* open_files.h - how many files this process may have open: as many as the system lets it.
 *
 * Each client is one of them, and the soft limit is low since ages, for programs that cannot bear more (select(2)). So
 * opsgate raises its own, and the programs that it starts get back what it came with. Call raise once, before any thread.
 */
#ifndef OPSGATE_SHELL_OPEN_FILES_H
#define OPSGATE_SHELL_OPEN_FILES_H

#include <stdint.h>

#define OPEN_FILES_BESIDE 128 /* what opsgate opens besides its clients' connections: calls out, Redis, programs, files */

void open_files_raise(void);
int64_t open_files_before(void); /* the soft limit as it was; 0: it was not raised */
int64_t open_files_most(void);   /* that this process may ever have; INT64_MAX: without limit */

#endif

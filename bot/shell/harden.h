/* harden.h - what this process, and every program that it starts, can no longer do.
 *
 * It holds secrets: nobody of its own user reads its memory (no core, no ptrace; programs that it starts are readable
 * again). And what takes over a program of ours, or one of a runbook's, shall not reach the kernel's odd corners: calls
 * that nothing of that needs are refused with EPERM, by a filter (seccomp(2)) that children inherit and nobody takes
 * off. No program becomes another user by sudo. systemd's unit says all this too, and more; this is for where there is
 * none, as in a container.
 */
#ifndef OPSGATE_SHELL_HARDEN_H
#define OPSGATE_SHELL_HARDEN_H

#include "bot/base/error.h"

/* No core, not readable, and no JSON is left behind in what was freed. For every command: each may read the secrets. Cannot fail where Linux is. */
void harden_memory(void);

/* The filter, for good: of this thread and whatever it starts, so before any other thread. */
bool harden_calls(struct error *err);

#endif

/* exec_shim.h - runs one program so that a restarted opsgate can find it:
 *
 *     opsgate exec-shim [--detach] [--lock-fd N] [--timeout-ms N] [--output-max-bytes N] [--open-files N]
 *                       DIR -- PROGRAM ARGUMENT...
 *
 * A process of its own, without the loop. In DIR, which exists and serves one run only:
 * - lock: held by flock(2) while the shim lives; a second shim finds it taken and leaves. Whoever starts a shim may hold
 *   it already and hand its descriptor over (--lock-fd), so that there is no moment in between
 * - pid: the shim's process id, meaningful while the lock is held; its existence says that the program may have run
 * - output: what the program wrote to stdout and stderr, up to the maximum; the rest is read, counted and dropped
 * - exit: how it ended: "exited 0" or "signalled 9", maybe followed by " timed-out" and " cut BYTES"; written whole or not
 *   at all, and last. A directory that has it, or `pid`, never runs a program again
 *
 * The program has its own process group, no descriptor but 0 (nothing), 1 and 2, and the environment that the shim got.
 * SIGTERM to the shim, and the timeout, end the whole group: SIGTERM first, and SIGKILL for whoever is left of it after a
 * grace, also when the program itself has gone by then. What left the group (a daemon) is let live. If the shim itself
 * is killed, the kernel kills the program. --detach leaves the work to a process of its own and returns.
 */
#ifndef OPSGATE_SHELL_EXEC_SHIM_H
#define OPSGATE_SHELL_EXEC_SHIM_H

#define EXEC_SHIM_KILL_AFTER_MS 10000

enum exec_shim_status {
    EXEC_SHIM_DONE = 0, /* the program ran; `exit` tells how it ended */
    EXEC_SHIM_USAGE = 2,
    EXEC_SHIM_TAKEN = 75,  /* another shim runs it, or it ran already */
    EXEC_SHIM_BROKEN = 76, /* DIR could not be written; nothing ran, or its end could not be told */
};

/* argv as main got it, argv[1] being "exec-shim". Returns the process's exit status (enum exec_shim_status). */
int exec_shim_main(int argc, char **argv);

#endif

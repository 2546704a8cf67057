/* listen.h - sockets that wait for clients: by address, by path, or handed down by a supervisor.
 *
 * An address is "host:port" (host a literal IPv4 address, "localhost" or empty for all), "[v6]:port" (then IPv6 only),
 * or an absolute path: a unix socket of mode 0600, where a stale file nobody listens on is replaced and a living one is
 * an error. Sockets are non-blocking and close-on-exec, and belong to the caller.
 */
#ifndef OPSGATE_SHELL_LISTEN_H
#define OPSGATE_SHELL_LISTEN_H

#include "bot/base/error.h"

bool listen_open(const char *address, int *ret_fd, struct error *err);

/* Sockets of systemd's protocol (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS): how many were handed to this process, and
 * the index-th one, checked to be a listening stream socket. Asking twice gives the same descriptors. */
int listen_inherited_count(void);
bool listen_inherited(int index, int *ret_fd, struct error *err);

/* Lets the members of a group connect to a unix socket that was opened by its path: mode 0660. We must be one of them,
 * or root. Asks the system who they are, which may block: for the start. */
bool listen_share(const char *path, const char *group, struct error *err);

int listen_port(int fd); /* the TCP port it is bound to; 0 for a unix socket */

#endif

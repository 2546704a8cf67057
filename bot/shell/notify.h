/* notify.h - what the supervisor is told of us: systemd's notification protocol, without its library.
 *
 * A datagram of NAME=VALUE lines to the socket that $NOTIFY_SOCKET names, a path or (with '@') a name of Linux's own.
 * Nothing waits for it. Spec: sd_notify(3), sd_watchdog_enabled(3). Loop thread only.
 */
#ifndef OPSGATE_SHELL_NOTIFY_H
#define OPSGATE_SHELL_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

struct notify;
struct notify *notify_open(void); /* NULL: nobody wants to be told */
void notify_close(struct notify *notify);
/* False: it could not be told just now; once more, later, may do. To nobody it is always told. */
bool notify_send(struct notify *notify, const char *lines);

/* Who does not hear WATCHDOG=1 for so long ends us; 0: nobody watches. */
int64_t notify_watchdog_ms(void);

#endif

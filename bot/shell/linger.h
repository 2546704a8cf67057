/* linger.h - closes connections without losing what was said last.
 *
 * A socket closed while the peer still sends is reset, and a reset may overtake the answer that explains it. So what
 * the peer still sends is read and dropped until it ends, for at most LINGER_MS. Loop thread only.
 */
#ifndef OPSGATE_SHELL_LINGER_H
#define OPSGATE_SHELL_LINGER_H

#include "bot/shell/loop.h"

#define LINGER_MS 1000
#define LINGER_MAX 64 /* sockets at a time; further ones are closed at once */

struct linger_list;
struct linger_list *linger_create(struct loop *loop);
void linger_destroy(struct linger_list *list); /* closes them all; NULL is fine */

void linger_add(struct linger_list *list, int fd); /* takes fd: non-blocking, and everything to say has been written */

#endif

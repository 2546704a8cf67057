/* large.h - bodies that are too large to be read on the loop: on the pool, one at a time over all doors, while a few wait.
 *
 * For bot/doors/ only. Loop thread, but for what says otherwise.
 */
#ifndef OPSGATE_LARGE_H
#define OPSGATE_LARGE_H

#include "bot/shell/http_in.h"

#define LARGE_MIN_BYTES (64 * 1024) /* smaller ones are read at once */
#define LARGE_WAITING_MAX 8         /* so many wait for their turn; further ones get 503 */

struct large_bodies;

struct large_bodies *large_bodies_create(struct loop *loop);
void large_bodies_destroy(struct large_bodies *bodies); /* who waits is refused */
bool large_bodies_are_busy(const struct large_bodies *bodies);

struct large_job {
    void (*read)(void *arg); /* pure, on the pool; the door may be gone meanwhile, and the body is not */
    void (*act)(void *arg, struct http_request *request); /* once it is read: takes the request */
    void (*let_go)(void *arg);                            /* last, whatever came */
};

/* Takes the request, whose body stays until it is answered while its headers go at once, and `arg`. False: too many wait, and
 * it was refused. */
bool large_bodies_take(struct large_bodies *bodies, struct http_request *request, const struct large_job *job,
                       void *arg);

#endif

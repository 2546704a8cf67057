/* orders.h - a program that does what it is told, line by line: `echo "pace 50" >FIFO`.
 *
 * The program holds both ends of the pipe: whoever writes may come and go, and children of theirs inherit nothing.
 */
#ifndef OPSGATE_TESTS_E2E_CRASH_ORDERS_H
#define OPSGATE_TESTS_E2E_CRASH_ORDERS_H

#include "bot/base/str.h"
#include "bot/shell/loop.h"

struct order {
    const char *name;
    void (*obey)(void *arg, struct str rest); /* what follows the name */
};

struct orders;

/* `rows` end with an empty one, and are borrowed. NULL with err: the pipe cannot be read. */
struct orders *orders_start(struct loop *loop, const char *fifo, const struct order *rows, void *arg, struct error *err);
int64_t orders_number(struct str *rest); /* the next word; 0, and a complaint, when it is none */

#endif

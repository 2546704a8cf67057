/* dispatch.h - carries the courier's parcels to opsgate: some threads that take the next one, post it without the world's
 * lock, and ask its sender what becomes of it. Each try stands in the call log as service "opsgate".
 */
#ifndef SANDBOX_DISPATCH_H
#define SANDBOX_DISPATCH_H

#include <pthread.h>
#include <stdbool.h>

struct world;

#define DISPATCH_THREADS 4

struct dispatch {
    pthread_t threads[DISPATCH_THREADS];
    bool is_running;
};

void dispatch_start(struct dispatch *dispatch, struct world *world);
void dispatch_join(struct dispatch *dispatch); /* after world_stop(): waits for what is being posted */

#endif

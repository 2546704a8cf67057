/* waits.c - what waits for the store's answer: it outlives its job when that is cancelled meanwhile, and goes
 * with the carrier when no answer comes any more. */
#include "bot/carrier/internal.h"

#include <utlist.h>

struct carrier_wait {
    struct carrier_shell *carrier;
    char *id; /* of the job, which may be gone */
    int64_t number;
    struct carrier_wait *prev, *next;
};

struct carrier_wait *carrier_wait_begin(struct carrier_job *job)
{
    struct carrier_wait *wait = xcalloc(1, sizeof(*wait));

    wait->carrier = job->carrier;
    wait->id = xstrdup(job->id);
    wait->number = job->number;
    DL_APPEND(wait->carrier->waits, wait);
    wait->carrier->counts.waiting++;
    return wait;
}

static void let_go(struct carrier_wait *wait)
{
    DL_DELETE(wait->carrier->waits, wait);
    wait->carrier->counts.waiting--;
    free(wait->id);
    free(wait);
}

struct carrier_job *carrier_wait_end(struct carrier_wait *wait)
{
    struct carrier_job *job = carrier_job_find(wait->carrier, wait->id, wait->number);

    let_go(wait);
    return job;
}

void carrier_waits_drop(struct carrier_shell *carrier)
{
    while (carrier->waits)
        let_go(carrier->waits);
}

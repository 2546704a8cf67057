/* timers.c - what is to happen by when, by the severity's settings. */
#include "handlers/incident/internal.h"

void incident_set_timers(struct deciding *d)
{
    (void)d;
}

void incident_due(struct deciding *d)
{
    (void)d;
}

/* opening.c - the steps by which an incident gets its channel, and whoever it needs. */
#include "handlers/incident/internal.h"

void incident_open(struct deciding *d)
{
    (void)d;
}

void incident_step_ended(struct deciding *d)
{
    (void)d;
}

void incident_invite(struct deciding *d, const char *user)
{
    (void)d, (void)user;
}

void incident_describe(struct deciding *d)
{
    (void)d;
}

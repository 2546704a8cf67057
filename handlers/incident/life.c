/* life.c - a state, whoever wants it. */
#include "handlers/incident/internal.h"

void incident_asked(struct deciding *d)
{
    (void)d;
}

bool incident_acknowledge(struct deciding *d, const char *who, const char **ret_said)
{
    (void)d, (void)who, (void)ret_said;
    return false;
}

bool incident_resolve(struct deciding *d, const char *who, const char *text, const char **ret_said)
{
    (void)d, (void)who, (void)text, (void)ret_said;
    return false;
}

bool incident_reopen(struct deciding *d, const char *who, const char *text, const char **ret_said)
{
    (void)d, (void)who, (void)text, (void)ret_said;
    return false;
}

void incident_close(struct deciding *d, const char *who)
{
    (void)d, (void)who;
}

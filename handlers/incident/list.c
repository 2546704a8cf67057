/* list.c - which incidents are open, and how long they took. */
#include "handlers/incident/internal.h"

void incident_list(const struct view *view, struct outcome *out)
{
    (void)view, (void)out;
}

void incident_stats(const struct view *view, int64_t days, struct outcome *out)
{
    (void)view, (void)days, (void)out;
}

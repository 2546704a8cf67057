/* card.c - how an incident looks. */
#include "handlers/incident/internal.h"

void incident_card(const struct view *view, const struct operation *operation, const void *body, struct card *ret_card)
{
    (void)view, (void)operation, (void)body, (void)ret_card;
}

/* pagerduty.c - the pages of an incident: what is so there becomes so here, and what was wanted here is wanted there. */
#include "handlers/incident/internal.h"

void incident_want_pages(struct deciding *d, const char *intent, const char *by)
{
    (void)d, (void)intent, (void)by;
}

void incident_note_pages(struct deciding *d, const char *text, const char *by)
{
    (void)d, (void)text, (void)by;
}

void incident_page_acted(struct deciding *d)
{
    (void)d;
}

void incident_see_page(struct deciding *d, const struct pagerduty_incident *seen, const char *who)
{
    (void)d, (void)seen, (void)who;
}

bool incident_has_page(const struct incident_body *body, const char *id)
{
    (void)body, (void)id;
    return false;
}

bool incident_add_page(struct deciding *d, const struct pagerduty_incident *page)
{
    (void)d, (void)page;
    return false;
}

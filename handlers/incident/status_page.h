/* status_page.h - what the files ask of each other that tell the public of an incident: status_page.c says what it is. */
#ifndef OPSGATE_HANDLERS_INCIDENT_STATUS_PAGE_H
#define OPSGATE_HANDLERS_INCIDENT_STATUS_PAGE_H

#include "handlers/incident/internal.h"

#define PUBLIC_TAG "public:" /* "public:resolved", or one of these */
#define PUBLIC_TAG_OPEN PUBLIC_TAG "open"
#define PUBLIC_TAG_COMPONENTS PUBLIC_TAG "components"
#define PUBLIC_INVESTIGATING "investigating"
#define PUBLIC_RESOLVED "resolved"
#define PUBLIC_POST_MORTEM "postmortem" /* Statuspage's own, of what is resolved */

bool status_page_is(const char *status, const char *wanted); /* `status` may be NULL */
const struct statuspage_settings *status_page_settings(const struct deciding *d); /* NULL: none is configured */
bool status_page_is_due(const struct deciding *d); /* its severity is shown, and it is not private */
struct incident_status_page *status_page_own(struct deciding *d); /* made, if there is none yet */
bool status_page_is_tried(const struct incident_status_page *page); /* it stands there, or is on its way, or perhaps */
const char *status_page_status(const struct incident_status_page *page); /* once all has come that is on its way; or NULL */
const char *status_page_address(const struct deciding *d); /* where people see what is public */

void status_page_affects(struct deciding *d, const char *key); /* of statuspage.components */
/* Told: at once, or once it stands there; the first words open it. Recorded as `who`'s. */
void status_page_tell(struct deciding *d, struct incident_public_wish wish, const char *who);
void status_page_update(struct deciding *d, const struct incident_public_wish *wish); /* it stands there */
void status_page_set_back(struct deciding *d); /* what it affects is operational, and nothing is said */

#endif

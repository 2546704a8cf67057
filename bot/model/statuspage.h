/* statuspage.h - what opsgate tells the public status page of an incident. (Atlassian Statuspage, API version 1)
 *
 * EFFECT_STATUSPAGE_OPEN: args statuspage_open_wish; result statuspage_told. A new incident on the page. In its metadata stands the
 * operation's id outside ({"opsgate": {"operation": "..."}}); another try looks among the unresolved ones for it. One for each
 * operation: another effect of the same operation, where nobody knows what the first has done, is_again and looks at once.
 * EFFECT_STATUSPAGE_UPDATE: args statuspage_update_wish; result statuspage_told. Each status or text is a new update that people
 * read, and by default are mailed. The incident is read first: one that is resolved already takes nothing but components alone, or
 * a wish that `reopens`; any other ends as `is_closed`, its components not set either. Another try looks for an update with the
 * words and the status that are wished for, no older than the wish; what is resolved, or opened again, has to stand so, too: the
 * words may be those of the time before. Statuspage has no conditional write: who resolves it in the second between reading and
 * writing may see it open again.
 * A try of either that is refused before it could look for what one before has done ends as unknown.
 * Resolving: status "resolved", and in `components` each as "operational": the page does not set them back by itself.
 * Maintenance has statuses of its own, scheduled, in_progress, verifying, completed; it is planned by an opening with
 * scheduled_for_ms and scheduled_until_ms. Another try looks for it among what is scheduled and what is in progress.
 * READING_STATUSPAGE: args statuspage_ask; result statuspage_told.
 *
 * **Lane** of both effects: "statuspage", for all incidents: a key may ask once a second (429 and 420: tried again when they say,
 * an outage); an exchange of two calls waits a second between them.
 * **Text**: what the public reads is another text than what is said inside; nothing of an operation goes there by itself.
 * **Ends as refused**, with a sentence: no section `statuspage`; the incident or a component is not there (404, 422, in
 * Statuspage's words); the key may not do it (403). 401: tried again, a refusal of the credential.
 * Spec: https://developer.statuspage.io, "Incidents"
 */
#ifndef OPSGATE_MODEL_STATUSPAGE_H
#define OPSGATE_MODEL_STATUSPAGE_H

#include "bot/base/shape.h"

#define STATUSPAGE_NAME_MAX_BYTES 255
#define STATUSPAGE_BODY_MAX_BYTES 25000

/* Statuses: "investigating", "identified", "monitoring", "resolved"; of maintenance "scheduled", "in_progress", "verifying",
 * "completed". Impacts: "none", "minor", "major", "critical". Of
 * components: "operational", "degraded_performance", "partial_outage", "major_outage", "under_maintenance"; or "":
 * it stays as it is. Their ids stand in settings.statuspage.components, by service or service/environment. */
struct statuspage_open_wish {
    const char *name;              /* what the public reads as its title; STATUSPAGE_NAME_MAX_BYTES at most */
    const char *status;            /* NULL: investigating; not resolved: another try looks among the unresolved ones */
    const char *body;              /* of its first update; STATUSPAGE_BODY_MAX_BYTES at most */
    const char *impact;            /* NULL: what its components make of it */
    struct shape_pair *components; /* id: status */
    size_t components_count;
    bool is_quiet;                 /* nobody is mailed; false: all who subscribed are */
    bool is_again;                 /* an effect before may have opened it: the first try looks, too */
    int64_t scheduled_for_ms, scheduled_until_ms; /* unix: maintenance, as planned; 0: it is none */
};
extern const struct shape statuspage_open_wish_shape;

struct statuspage_update_wish { /* NULL: stays as it is */
    const char *incident; /* Statuspage's id of it */
    const char *status, *body, *impact;
    struct shape_pair *components;
    size_t components_count;
    bool is_quiet;
    int64_t scheduled_until_ms; /* unix: maintenance that lasts longer; 0: as it was */
    bool reopens; /* also what is resolved there: its status is one of the others, then */
    int64_t asked_at_ms; /* unix, by the store's clock (view_unix_ms); needed */
};
extern const struct shape statuspage_update_wish_shape;

struct statuspage_ask {
    const char *incident;
};
extern const struct shape statuspage_ask_shape;

struct statuspage_told {
    const char *id;
    const char *name, *status, *impact; /* as they are now; or NULL */
    const char *url;                    /* its page for people; or NULL */
    bool existed;                       /* an earlier try had told it */
    bool is_closed;                     /* it was resolved already, so nothing was told */
};
extern const struct shape statuspage_told_shape;

#endif

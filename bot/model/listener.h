/* listener.h - what of the outside concerns whom: rows of handlers/registry.c, and what each of them says of one event.
 *
 * Pure. An event that no row hears is in the journal, and that is all. One that is older than automation.max_event_age,
 * or that was acted on before, is never shown to any of them; but a row may want to hear of what came too late, or keep it.
 */
#ifndef OPSGATE_MODEL_LISTENER_H
#define OPSGATE_MODEL_LISTENER_H

#include "bot/model/outcome.h"
#include "bot/model/outside_event.h"
#include "bot/model/view.h"

struct listener {
    const char *source; /* "github" */
    const char *name;   /* "release.published"; "release": each of its actions; NULL: whatever the source tells */
    /* Several names tell the same, as "release.published" and "release.released" do: whichever comes first is the event, if
     * anything came of it; the same by its fact, or by its subject at one instant where it names none. Else two are the same
     * when they mean the same (outside_event.h). */
    bool is_told_twice;
    bool hears_late; /* asks() is shown what is too old as well, marked is_late: so that somebody says that nothing is done */
    bool keeps_late; /* concerns() is shown what is too old as well: whoever hears of it keeps it, and does nothing about it */
    /* Does it concern this live operation? Then it hears EVENT_OUTSIDE, in a decision of its own. NULL: none. */
    bool (*concerns)(const struct view *view, const struct operation *operation, const struct outside_event *event);
    /* Does somebody ask for something by it? `verb` and `words` as if typed; by `requester`, or, when that is NULL, by
     * who did it there. Policy judges it like any other request, and there is nobody to answer. False, with `why_not`: it
     * would have, and the journal says so. NULL: never. */
    bool (*asks)(const struct view *view, const struct outside_event *event, struct wanted_request *ret_request);
};

#endif

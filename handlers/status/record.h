/* record.h - what opsgate's own record says of a place: versions, who is at it, what ended there. Pure.
 *
 * Texts live in the view's arena. `target` may be NULL: never touched.
 */
#ifndef OPSGATE_HANDLERS_STATUS_RECORD_H
#define OPSGATE_HANDLERS_STATUS_RECORD_H

#include "bot/model/outcome.h"
#include "bot/model/view.h"

const char *record_ago(const struct view *view, int64_t at_ms); /* "3 h ago" */

/* What opsgate brought there last, or returned to; and as a sentence: "D7 rolled back to `v1.4.2`, 3 h ago". */
const char *record_last(const struct view *view, const struct target *target);
const char *record_sentence(const struct view *view, const struct target *target);
bool record_is_known(const struct target *target); /* there is one, and nothing puts it in doubt */

/* "; D5 deploy is checking, 2 waiting; D4 deploy is stuck", or "". */
const char *record_moves(const struct view *view, const char *name, const struct target *target);
const struct operation *record_holder(const struct view *view, const struct target *target); /* or NULL */

/* What people call this revision; NULL: opsgate did not bring it. Not quoted. */
const char *record_version(const struct view *view, const struct target *target, const char *revision);

/* Lines of the answer. */
void record_list_versions(const struct view *view, const struct target *target, struct outcome *out);
void record_list_bad(const struct view *view, const struct target *target, struct outcome *out);
void record_list_running(const struct view *view, const char *name, struct outcome *out);
void record_list_ended(const struct view *view, const char *name, struct outcome *out);

const char *record_age(const struct view *view, int64_t at_ms); /* "now", "3 h" */
/* Since something was written of this place last; "nothing of it": never. */
const char *record_age_of(const struct view *view, const char *name, const struct target *target);

#endif

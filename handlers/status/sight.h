/* sight.h - one place as it was found: taken from what the sources answered, and told in words. Pure.
 *
 * Texts live in the view's arena, without a full stop.
 */
#ifndef OPSGATE_HANDLERS_STATUS_SIGHT_H
#define OPSGATE_HANDLERS_STATUS_SIGHT_H

#include "bot/model/event.h"
#include "bot/model/view.h"
#include "handlers/status/body.h"

/* What the event brought, or why it brought nothing. True: it answered. Health and metrics stay as they are. */
bool sight_take_service(const struct view *view, const struct event *event, struct status_sight *sight);
void sight_take_health(const struct view *view, const struct event *event, struct status_sight *sight);
void sight_take_metrics(const struct view *view, const struct event *event, struct status_sight *sight);
void sight_take_template(const struct view *view, const struct event *event, struct status_sight *sight);
void sight_take_program(const struct view *view, const struct event *event, struct status_sight *sight);
void sight_give_up(const struct view *view, struct status_source *source); /* it was waited for long enough */

/* The revision with the largest share of the traffic (at 0), with the next one; NULL: so many do not serve. */
const char *sight_share(const struct view *view, const struct status_sight *sight, size_t at);

/* "`v1.4.2` serves, revision `api-d4`, image `api@sha256:1a2b3c4d5e6f`"; "`v1.4.2` 90 %, `v1.5.0` 10 %" */
const char *sight_serving(const struct view *view, const struct status_sight *sight);
/* "`api-d4` 90 %, `api-d5` 10 % (tag `d5`), tag `d2` on `api-d2`" */
const char *sight_traffic(const struct view *view, const struct status_sight *sight);
/* "ready", "not ready: ...", "changing just now" */
const char *sight_condition(const struct status_sight *sight, struct arena *arena);
const char *sight_health(const struct status_sight *sight, struct arena *arena);
bool sight_is_shared(const struct view *view, const struct status_sight *sight); /* several revisions have traffic */
const char *sight_shares(const struct view *view, const struct status_sight *sight); /* "`v1.4.2` 90 %, `v1.5.0` 10 %" */
/* What people call a revision of it: "`v1.4.2`", or "`api-d4`" when nobody knows better. */
const char *sight_called(const struct view *view, const struct status_sight *sight, const char *revision);
/* "about 1,204 requests, 0.25 % errors, p50 51 ms, p95 110 ms"; what is not known is "–"; or that there is no data */
const char *sight_numbers(const struct measured_revision *found, struct arena *arena);
/* How reality differs from opsgate's record: "10 % on `rev-x`, not opsgate's doing". NULL: it does not, or nothing can be
 * said: somebody is at it, or the record is in doubt. */
const char *sight_drift(const struct view *view, const struct status_sight *sight);

/* "`v1.4.2` serves, by its program", and where that is not what the record says, so; of a place that one deploys. */
const char *sight_said(const struct view *view, const struct status_sight *sight);

/* "Cloud Run: now; health: 2 s; Prometheus: no answer in 3 s" */
const char *sight_sources(const struct view *view, const struct status_sight *sight);

#endif

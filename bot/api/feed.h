/* feed.h - GET /api/v1/events: that something has changed, as server-sent events; and figures of rollouts, kept while
 * they run.
 *
 * An event says what changed and which one, and nothing else: whoever follows reads it anew, as policy lets them. What
 * changes within a quarter of a second is one event. Each viewer hears of what they may see. A viewer that does not
 * read is cut, and there are so many at most; all are let go when this instance owns nothing any more, when the
 * configuration is another one, and after ten minutes: whoever may still follow comes again, and is told whether they
 * missed anything. Loop thread only.
 *
 *   event: hello      data: {"missed": true}                       the first; missed: read everything anew
 *   event: changed    data: {"what": "operation", "id": "D1042"}   or incident, target, inbox, journal; all: too much
 * at once
 */
#ifndef OPSGATE_API_FEED_H
#define OPSGATE_API_FEED_H

#include "bot/api/internal.h"
#include "bot/engine/store.h"

#define FEED_VIEWERS_MAX 100
#define FEED_VIEWERS_OF_ONE_MAX 20
#define FEED_BACKLOG_BYTES ((size_t)64 * 1024)
#define FEED_HEARTBEAT_MS (15 * SECOND_MS)
#define FEED_TOGETHER_MS 250
#define FEED_LASTS_MS (10 * MINUTE_MS)
#define FEED_CHANGES_MAX 256 /* told one by one; more at once are "all" */

struct feed;
struct feed *feed_create(struct api *api);
void feed_destroy(struct feed *feed); /* behind http_in; NULL is fine */
void feed_let_go(struct feed *feed);  /* every viewer: they come again */

/* A record is written: engine_config.wrote. */
void feed_note(struct feed *feed, enum store_place place, const char *field);

/* Of a rollout, the newest last: [{at, step, percent, verdict, canary, baseline}]; as far as this instance has seen
 * them. The caller's. */
cJSON *feed_figures(struct feed *feed, const char *operation);

#endif

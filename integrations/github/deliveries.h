/* deliveries.h - what GitHub sent and we did not get: read from its own log of deliveries, for it never sends twice.
 *
 * A hook of a repository or an organisation has a log, and so has the App (which is asked with its own JWT). Catching up is
 *   1. github_deliveries_list: the log's pages, newest first, back to what is known; github_deliveries_decide says which
 *      deliveries were missed. With `cursor` in its result there is more: ask again with that and the new `known`, later.
 *   2. for each of `missed`, oldest first, github_delivery_read: an inbox item with the same key as the webhook had.
 *   3. when the store has all of them (or GitHub refused one for good), and not before, `known` is remembered.
 * Dying in between asks for the same again; the keys make one of what came twice, by the webhook and by the log too.
 *
 * Missed is what was answered with anything but 2xx: no answer in ten seconds, a door that was not there, 401 (our secret
 * was wrong: what GitHub's API says needs none), 400 (a newer version may understand it: it is tried once), 503. An answer
 * of 2xx left us only after the store had the delivery. A delivery that was sent again has the same guid and another id; if
 * any of them got through, none was missed. What nothing here is made of (webhook_events.c) is not asked for.
 *
 * Limits of GitHub's: the log goes back three days; what is older is told as is_gap. A surge is delivered late, and an entry
 * may stand in the log later than its time says: so a look goes back GITHUB_DELIVERIES_OVERLAP_MS behind the watermark, and
 * what was fetched is remembered for as long. Payloads whose answer is over HTTP_ANSWER_MAX_BYTES cannot be had.
 * The first look ever (watermark 0) misses nothing: what was before is not replayed.
 * Pure. Spec: https://docs.github.com/en/rest/repos/webhooks (…/orgs/webhooks, …/apps/webhooks)
 */
#ifndef OPSGATE_INTEGRATIONS_GITHUB_DELIVERIES_H
#define OPSGATE_INTEGRATIONS_GITHUB_DELIVERIES_H

#include "bot/base/time.h"
#include "bot/model/exchange.h"
#include "bot/model/github_deliveries.h"
#include "bot/model/inbox.h"

#define GITHUB_DELIVERIES_KEPT_MS (3 * DAY_MS)
#define GITHUB_DELIVERIES_OVERLAP_MS (15 * MINUTE_MS)
#define GITHUB_DELIVERIES_SETTLE_MS (30 * SECOND_MS) /* younger ones may still be under way, at our door or in the log */

/* `entries`: of one look, newest first. `is_end`: the log was read back to github_deliveries_floor(), or to its end. */
void github_deliveries_decide(const struct github_delivery *entries, size_t count, bool is_end,
                              const struct github_deliveries_known *known, int64_t unix_ms, struct arena *arena,
                              struct github_deliveries_found *ret_found);
int64_t github_deliveries_floor(const struct github_deliveries_known *known, int64_t unix_ms);

struct exchange_step github_deliveries_list(const struct exchange *exchange);

struct exchange_step github_delivery_read(const struct exchange *exchange);

/* What that one found, as what came by the webhook would stand in the inbox; but for when it was received. No keys: nothing
 * that is stored after all. Borrows from `result`. */
bool github_delivery_to_inbox(const cJSON *result, struct arena *arena, struct inbox_item *ret_item, struct error *err);

#endif

/* cloud_run.h - reading a Cloud Run service, giving it a new revision, changing its traffic. (Admin API v2)
 *
 * exchange_fn's over the types of bot/model/cloud_run.h. Every change is one PATCH with the etag of what was just read,
 * so that nobody's change is ever overwritten; a lost answer is recognised by what stands there at the next try. A
 * PATCH that was taken is done: whether it settled is seen through READING_SERVICE. Pure.
 * Spec: https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_CLOUD_RUN_H
#define OPSGATE_INTEGRATIONS_GOOGLE_CLOUD_RUN_H

#include "bot/model/cloud_run.h"
#include "bot/model/exchange.h"

/* READING_SERVICE, args run_place -> run_service. */
struct exchange_step cloud_run_read(const struct exchange *exchange);

/* READING_TEMPLATE, args run_place -> run_template. */
struct exchange_step cloud_run_read_template(const struct exchange *exchange);

/* READING_REVISIONS, args run_revisions_ask -> run_revisions. */
struct exchange_step cloud_run_read_revisions(const struct exchange *exchange);

/* EFFECT_NEW_REVISION, args run_new_revision -> {revision, existed}. The template is that of the revision that serves
 * most, not the service's: a failed deploy may have left another there. Traffic that floats on LATEST is pinned by the
 * same PATCH, or the new revision would take it all. The revision carries our annotations; so does the service. */
struct exchange_step cloud_run_new_revision(const struct exchange *exchange);

/* EFFECT_TRAFFIC and EFFECT_RETURN, args run_traffic -> {changed}: false when an earlier try had done it already. Tags of
 * others stay. A split that is neither expected nor ours ends it as NEVER, and the sentence shows both. Nor is more traffic given to
 * what went back while no store answered (bot/model/without_store.h). */
struct exchange_step cloud_run_traffic(const struct exchange *exchange);
struct exchange_step cloud_run_return(const struct exchange *exchange);

/* EFFECT_UNTAG, args run_untag -> {changed}: false when none of the tags stands there. Shares stay as they are, LATEST
 * floating; entries of nothing and without a tag go. */
struct exchange_step cloud_run_untag(const struct exchange *exchange);

/* EFFECT_SCALE, args run_scaling -> {changed}: false when it was so already. What somebody set to a fixed number, or changed
 * after a try of ours had arrived, ends it as NEVER. Traffic, template and all else of its scaling stay as they are. */
struct exchange_step cloud_run_scale(const struct exchange *exchange);

#endif

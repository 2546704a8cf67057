/* revision.h - Cloud Run's Revision resource: what is said of it, and the template of the next one like it.
 *
 * Values of the environment stay here: only digests of them are told. Pure. Trees that are made are the caller's; strings
 * live in the arena or are borrowed from the JSON.
 * Spec: https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services.revisions
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_REVISION_H
#define OPSGATE_INTEGRATIONS_GOOGLE_REVISION_H

#include "bot/model/cloud_run.h"

const char *revision_image(const cJSON *revision); /* of the container that takes requests; NULL without one */

/* The salt of the digests is the service's name: two revisions of one service can be compared. What sidecars have stands
 * as "sidecar/NAME", a secret in a file as "volume/path". */
struct run_revision revision_decode(const cJSON *revision, const char *name, const struct run_place *place,
                                    struct arena *arena);

/* A RevisionTemplate, as it would become a revision: nothing is known of how that does. */
struct run_revision revision_decode_template(const cJSON *template, const struct run_place *place, struct arena *arena);

/* The RevisionTemplate of a Revision, with the name, the image and the environment that args ask for, its labels and
 * annotations without reserved ones. NULL with err: it has no container to give an image to, or takes from a secret what
 * was to be set in plain text. */
cJSON *revision_template(const cJSON *revision, const struct run_new_revision *args, struct error *err);

#endif

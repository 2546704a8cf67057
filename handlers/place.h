/* place.h - which service, where: read from the words of a request, with the nearest name when one is mistyped. Pure.
 */
#ifndef OPSGATE_HANDLERS_PLACE_H
#define OPSGATE_HANDLERS_PLACE_H

#include "bot/model/question.h"
#include "bot/model/request.h"
#include "bot/model/settings.h"

struct place {
    const struct service_settings *service;
    const struct environment_settings *environment;
    const char *target; /* "api/production" */
    const char *rest;   /* the word that follows, or NULL */
};

/* Reads [SERVICE] ENVIRONMENT [WORD]: the service may be left out when only one has that environment. The error says
 * what is missing or unknown, and what there is; never guesses. */
bool place_read(const struct settings *settings, const struct typed *typed, struct arena *arena,
                struct place *ret_place, struct error *err);

/* The same of words of which any number may follow: they are the caller's. `ret_taken`: how many name the place. */
bool place_read_first(const struct settings *settings, const struct typed *typed, struct arena *arena,
                      struct place *ret_place, size_t *ret_taken, struct error *err);

/* One region of a place that has several: its target is "api/production/REGION" then. The error says which there are. */
bool place_take_region(struct place *place, const char *region, struct arena *arena, const char **ret_region,
                       struct error *err);

/* For what Cloud Run alone can: `--region` of the words, which has to be there where the place has several. ret_region NULL: it
 * has only one. */
bool place_take_cloud_run(struct place *place, const struct typed *typed, struct arena *arena,
                          const char **ret_region, struct error *err);

/* " --region us-east1", as it is typed, for the target "api/production/us-east1"; "" for a place that is no region. */
const char *place_region_option(const char *target, struct arena *arena);

/* Fills what policy asks about a place. */
void place_ask(const struct request *request, const struct place *place, struct arena *arena,
               struct question *question);

#endif

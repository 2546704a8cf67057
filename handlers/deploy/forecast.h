/* forecast.h - before the first step: can its requests be judged at all? Told on the card, never asked. Pure. */
#ifndef OPSGATE_HANDLERS_DEPLOY_FORECAST_H
#define OPSGATE_HANDLERS_DEPLOY_FORECAST_H

#include "handlers/deploy/deploying.h"

void forecast_read(struct deploying *d); /* how many requests what serves gets: asked once, and nothing waits for it */
void forecast_on_read(struct deploying *d);

/* "5 % gets about 9 requests in 5 min, which could hide up to 26 % failing. ..."; NULL: not known, or over. */
const char *forecast_text(const struct operation *operation, const struct deploy_body *body, struct arena *arena);

#endif

/* rollout.h - a rollout in numbers: its plan, where it is, and what the new version did beside the old one. */
#ifndef OPSGATE_API_ROLLOUT_H
#define OPSGATE_API_ROLLOUT_H

#include "bot/api/internal.h"

/* Null of what is no deploy, or cannot be read. The caller's. */
cJSON *api_rollout(const struct api_call *call, const struct operation *operation);

#endif

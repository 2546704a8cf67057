/* resources.h - what Cloud Run takes of a template's CPU, memory, concurrency and timeout, alone and together.
 *
 * Spec: https://cloud.google.com/run/docs/configuring/services/memory-limits, .../cpu, .../concurrency, .../request-timeout
 */
#ifndef SANDBOX_RUN_RESOURCES_H
#define SANDBOX_RUN_RESOURCES_H

#include "google/error.h"

bool resources_check(const cJSON *template, struct google_error *err);

#endif

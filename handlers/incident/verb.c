/* verb.c - `incident`: what people type, and which incident they mean. */
#include "handlers/incident/internal.h"

const struct verb verb_incident = { .name = "incident", .usage = "incident", .summary = "an incident" };

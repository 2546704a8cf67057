#include "bot/model/event.h"

const char *const event_end_names[] = { "done", "failed", "gave-up", "unknown", "cancelled", NULL };

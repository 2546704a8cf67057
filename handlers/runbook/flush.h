/* flush.h - a program that empties a Redis must not empty opsgate's own: all that was accepted and promised is in
 * there. Pure. */
#ifndef OPSGATE_HANDLERS_RUNBOOK_FLUSH_H
#define OPSGATE_HANDLERS_RUNBOOK_FLUSH_H

#include "bot/model/settings.h"

/* Does the argv hold flushdb or flushall, in any case, and address the store of these settings: by its host and port,
 * its socket, or, as redis-cli does without an address, by being on 127.0.0.1:6379? A text with blanks counts word by
 * word. */
bool runbook_flushes_store(const struct settings *settings, const struct runbook_settings *runbook,
                           const char *const *argv, size_t count, struct arena *arena);

#endif

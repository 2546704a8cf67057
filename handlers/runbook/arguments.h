/* arguments.h - what people give a runbook: each value is checked by its row in the configuration, and never bent.
 * Pure. */
#ifndef OPSGATE_HANDLERS_RUNBOOK_ARGUMENTS_H
#define OPSGATE_HANDLERS_RUNBOOK_ARGUMENTS_H

#include "bot/model/settings_incident.h"

/* Is it one that this argument may have? ERR_INVALID names the argument and what is expected, with the nearest choice.
 */
bool runbook_value_check(const struct runbook_arg *arg, const char *value, struct arena *arena, struct error *err);

/* "one of `a`, `b`", "a whole number from 1 to 5": what is expected. */
const char *runbook_value_expected(const struct runbook_arg *arg, struct arena *arena);

/* From typed words, key=value or in the order of the file, to a value for each of the runbook's arguments, in that
 * order. ERR_INVALID: one that is unknown, given twice, missing, or not what is expected. */
bool runbook_arguments_read(const struct runbook_settings *runbook, const char *const *words, size_t words_count,
                            struct arena *arena, struct shape_pair **ret_values, struct error *err);

/* Is the word one of the choices of any of its arguments? */
bool runbook_has_choice(const struct runbook_settings *runbook, const char *word);

/* "run reset-livekit zone=a|b|c [path=/]" */
const char *runbook_usage(const struct runbook_settings *runbook, struct arena *arena);

#endif

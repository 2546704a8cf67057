/* reload.h - the configuration's file is read again, whole: a bad one changes nothing.
 *
 * READING_CONFIGURATION (no args; result struct reloaded) has the instance that decides do it. It is a reading since asking
 * twice does no harm: the second time nothing differs any more.
 */
#ifndef OPSGATE_MODEL_RELOAD_H
#define OPSGATE_MODEL_RELOAD_H

#include "bot/base/shape.h"

#define RELOAD_ERRORS_MAX 20 /* that are told; the log has all of them */

struct reloaded {
    const char **errors; /* "opsgate.yaml:12:5: services[api]: ..."; any: the file is bad, and all is as it was */
    size_t errors_count;
    const char *key_problem; /* of google.credentials, read again: the key of before is used on; or NULL */
    bool is_same;        /* a good file, by which everything is as it was */
    const char **rights; /* policy/difference.h */
    size_t rights_count;
    const char **people;
    size_t people_count;
    bool are_rights_unknown; /* the policy is too large for its rights to be compared */
    const char **at_next_start; /* keys that differ, and go on as they were until then */
    size_t at_next_start_count;
};
extern const struct shape reloaded_shape;

#endif

/* who.h - somebody who asks or approves, looked up once; and what they are. Only for files in policy/. */
#ifndef OPSGATE_POLICY_WHO_H
#define OPSGATE_POLICY_WHO_H

#include "policy/compiled.h"

struct who {
    const struct compiled_person *person; /* NULL: neither people: nor a role nor a rule names them */
    const struct grants *grants;          /* NULL: no source names them */
    bool is_everyone;
};
struct who who_find(const struct policy *policy, const struct facts *facts, const struct principal *principal);

bool who_has_role(const struct policy *policy, const struct facts *facts, const struct who *who, size_t role);
/* It held when its source was read last, however long ago that is; of several the youngest. NULL: it did not. */
const struct grant *who_had_role(const struct who *who, size_t role);
/* One of them that holds now, of all that a rule names. */
bool who_is_among(const struct policy *policy, const struct facts *facts, const struct who *who,
                  const struct compiled_names *names);
/* Do people:, a role, a source of one, or a rule that gives something name them? Who is only named by what withholds
 * something, or lets it be passed, is not known by that: no deny may add anybody's rights. */
bool who_is_known(const struct policy *policy, const struct who *who);
/* One that held when its source was read, however long ago that is; of several the youngest. NULL: none. */
const struct grant *who_was_among(const struct who *who, const struct compiled_names *names);

/* INT64_MAX: longer than anybody can say. What lies ahead has a negative age. */
int64_t age_ms(int64_t now_ms, int64_t at_ms);

#endif

/* finding.h - what `opsgate doctor` found out by asking: is one thing good, and how is it mended when it is not?
 *
 * A doctor's exchange (integrations/SYSTEM/doctor.h) asks by reading only, and ends with `findings`. One that could not ask
 * at all ends as any exchange does, and its sentence becomes a finding.
 */
#ifndef OPSGATE_MODEL_FINDING_H
#define OPSGATE_MODEL_FINDING_H

#include "bot/base/shape.h"
#include "bot/model/exchange.h"

enum finding_mark {
    FINDING_GOOD,
    FINDING_BAD,  /* a person has to mend it */
    FINDING_AWAY, /* whoever was asked could not be reached */
    FINDING_OPEN, /* nobody can tell by asking, or it is not configured */
};

struct finding {
    int mark;            /* enum finding_mark */
    const char *subject; /* "Slack scopes" */
    const char *text;    /* what was seen */
    const char *mend;    /* what to do about it; NULL: nothing */
};
extern const struct shape finding_shape;

struct findings {
    struct finding *findings;
    size_t findings_count;
};
extern const struct shape findings_shape;

/* Texts are not copied: they live in the arena, or longer. */
void findings_add(struct findings *findings, struct arena *arena, struct finding finding);
struct exchange_step findings_done(const struct exchange *exchange, const struct findings *findings);

#endif

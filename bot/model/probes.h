/* probes.h - a revision that opsgate asks itself, again and again: how it does where no users do, or few.
 *
 * READING_PROBES (args: probes_ask; result: probes_made). One asking makes several rounds, one after the other, each a GET
 * at the new revision's own address and, where there is one, at that of the revision before. A probe that was not made, or
 * that opsgate itself was too late for, says nothing. One that was sent and not answered in time is a failed one.
 */
#ifndef OPSGATE_MODEL_PROBES_H
#define OPSGATE_MODEL_PROBES_H

#include "bot/base/shape.h"

#define PROBES_ROUNDS_MAX 24 /* of one asking */
#define PROBES_TIMEOUT_MAX_MS (30 * 1000)

struct probes_ask {
    const char *url;          /* of the new revision's tag */
    const char *baseline_url; /* of that of the revision before; NULL: it has none, or is not asked */
    int64_t rounds;           /* 1 to PROBES_ROUNDS_MAX */
    int64_t every_ms;         /* from one round's begin to the next one's; the first comes so long after the begin */
    int64_t expect_status;
    int64_t timeout_ms;   /* of each */
    const char *audience; /* a private service: asked with an identity token for this address; or NULL */
    const char *project;  /* of that service; NULL where there is no audience */
};
extern const struct shape probes_ask_shape;

struct probe {
    bool is_known; /* false: not made */
    bool is_good;
    int64_t took_ms; /* from when it was sent: neither with its name looked up, nor with its connection made */
};

struct probe_round {
    int64_t to_ms; /* its end, since the asking began */
    struct probe canary, baseline;
};

struct probes_made {
    struct probe_round *rounds; /* in order; fewer than asked for where they took too long, but one */
    size_t rounds_count;
    const char *problem; /* of the new revision's last probe that was not good, or not made; NULL: all were good */
};
extern const struct shape probes_made_shape;

#endif

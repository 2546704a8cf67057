/* webhook.h - doors for webhooks: a status is the answer, given once the event is durable; nobody waits for words.
 *
 * Each sender loses events in its own way. What it is told, so that it behaves, is its row: `struct webhook`. Whether what
 * it sent is genuine, and what is stored of it, is judged by a pure function: at once, or when it is large on the pool
 * (large.h). Verified is the raw body, before anything reads it. For bot/doors/ only.
 *
 *                          GitHub    PagerDuty                 Alertmanager
 *   new, duplicate         202, 200  202, 200                  202, 200
 *   not now                503       503                       503
 *   too large, too slow    413, 408  503: it would drop a 4xx  503: it would drop a 4xx
 *   does not say who       401       401                       401
 *   forged                 401       503: it would drop a 4xx  401
 *   genuine, unreadable    400       202 and a dead letter     202 and a dead letter
 *   nothing that we store  202       202                       -
 */
#ifndef OPSGATE_DOOR_WEBHOOK_H
#define OPSGATE_DOOR_WEBHOOK_H

#include "bot/doors/doors.h"

#define WEBHOOK_HEADERS_MAX 5

struct webhook_post { /* what arrived; borrowed */
    struct str body;
    const char *headers[WEBHOOK_HEADERS_MAX]; /* by the webhook's rows; raw values, NULL when missing */
};

enum webhook_is {
    WEBHOOK_FORGED,
    WEBHOOK_UNREADABLE, /* genuine, but makes no sense */
    WEBHOOK_PASSED,     /* genuine, and nothing that is stored */
    WEBHOOK_PING,
    WEBHOOK_EVENT, /* goes into the store */
};

struct webhook_judged { /* lives in the arena, or is borrowed from the post */
    enum webhook_is is;
    const char *event; /* its name, harmless: for the log and the counts. Of PASSED, PING and EVENT */
    const char *kind, *keys[2]; /* of EVENT; of UNREADABLE too, where that is kept */
    size_t keys_count;
    const char *body; /* of EVENT: as it is stored */
    struct error err; /* of FORGED and UNREADABLE: quotes nothing of the body */
};

struct webhook_rules { /* what the configuration says of it */
    bool is_configured;
    const char *const *allow_from; /* ranges of addresses; none: anybody's */
    size_t allow_from_count;
};

enum webhook_id { WEBHOOK_GITHUB, WEBHOOK_PAGERDUTY, WEBHOOK_ALERTMANAGER, WEBHOOKS };

#define WEBHOOK_UNCONFIGURED(setting, source) setting " is not configured: it says which " source " webhooks are genuine."

struct webhook { /* a kind of sender */
    enum webhook_id id;
    const char *source;  /* inbox_item.source: "github" */
    const char *unconfigured; /* WEBHOOK_UNCONFIGURED: says what is missing */
    const char *headers[WEBHOOK_HEADERS_MAX]; /* that judge() reads; the first is the one that proves who it is */
    struct webhook_rules (*rules)(const struct settings *settings);
    /* Pure, and safe on any thread. Fills all that belongs to what it `is`. */
    void (*judge)(const struct settings *settings, const struct webhook_post *post, struct arena *arena,
                  struct webhook_judged *ret_judged);
    int forged_status;
    bool keeps_unreadable; /* 202 and a dead letter, in place of 400 */
    const char *afterwards; /* what becomes of what is refused, for the log: a whole clause */
    const char *advice; /* what people may do about it, who are told then: whole sentences; NULL: its sender shows it */
};

/* For the row's gate: may it send its body? Not unless it is configured, says who it is, and comes from where it may. */
struct http_refusal door_webhook_refuses(struct door *door, const struct webhook *webhook,
                                         const struct http_request *request);
/* Likewise: counts and logs what was too large or too slow, and will come again. */
void door_webhook_put_off(struct door *door, const struct webhook *webhook, const struct http_request *request,
                          const char *why);
/* Answers the request that its gate let pass, now or later. */
void door_webhook(struct door *door, const struct webhook *webhook, struct http_request *request);

struct webhooks *webhooks_create(struct loop *loop);
void webhooks_destroy(struct webhooks *webhooks);

uint64_t webhooks_refused(const struct webhooks *webhooks, enum webhook_id who); /* forged, or not configured */
/* What was genuine and not stored, by its name ("github.watch"), in the order of its first arrival; bounded, so that the
 * last one may be "other". NULL behind the last. */
const char *webhooks_passed(const struct webhooks *webhooks, size_t index, uint64_t *ret_count);

#endif

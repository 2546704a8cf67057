/* ingress.h - from the doors into the store: everything that arrived in a turn of the loop is one accept, one fsync.
 *
 * A sender is answered only after its item is durable, or in the words that make it behave when it is not. Any instance
 * does this, owner or not. Loop thread only.
 */
#ifndef OPSGATE_INGRESS_H
#define OPSGATE_INGRESS_H

#include "bot/engine/store.h"
#include "bot/model/inbox.h"
#include "bot/model/settings.h"
#include "bot/model/verb.h"
#include "bot/doors/replies.h"

struct ingress;

struct ingress_store { /* can it be accepted into? */
    enum { INGRESS_STORE_UP, INGRESS_STORE_DOWN, INGRESS_STORE_FOREIGN } is; /* foreign: not the one that we know */
    const char *why; /* and of one that is up what it refused last, "" when all is well; borrowed until the next turn */
};

/* Any thread; may block. Writes the user's name into ret_name: ERR_NOT_FOUND when it has none, else it is not known now. */
typedef bool (*user_name_fn)(uid_t uid, char *ret_name, size_t room, struct error *err);

/* `user` is who sent the request over the local socket, by name, or by number where there is none. NULL: nobody knows it now,
 * and the request has been answered. */
typedef void (*user_named_fn)(void *arg, struct http_request *request, const char *user);

/* Says a refusal by the address that came with a request: bot/doors/refusals.h. All borrowed. */
typedef void (*refuse_fn)(void *arg, const char *request_id, const char *url, const char *content_type, struct str body);

struct ingress_options { /* all borrowed */
    struct loop *loop;
    struct store *store;
    struct replies *replies;
    const struct settings *settings;
    const struct verb *const *verbs;
    const char *instance;
    int64_t (*store_unix_ms)(void *ctx); /* the store's clock; 0: not known yet */
    struct ingress_store (*store_state)(void *ctx);
    void *ctx;
    user_name_fn user_name; /* NULL: the system's */
    refuse_fn refuse;       /* for doors that are silent */
    void *refuse_arg;
    int64_t alarm_after_ms; /* so long after a webhook that was refused people are told: refused.h; 0: never */
};

struct ingress *ingress_create(const struct ingress_options *options);
/* Right after the end of the store, which may hold an accept of ours: who waits for it is told that it is in doubt. From
 * then on `store_state` says that it is down. */
void ingress_leave_store(struct ingress *ingress);
/* Leaves the store. Comes before the end of `replies`. */
void ingress_destroy(struct ingress *ingress);
AUTO_DEFINE(ingress)

/* Routes of the doors, for http_in. */
struct http_routes ingress_routes(struct ingress *ingress);
void ingress_flush(void *ingress); /* loop_fn: sends what the turn gathered, as one accept */

/* What arrives from now on is taken by these; what is being read on the pool, by those that it came under. */
void ingress_reconfigure(struct ingress *ingress, const struct settings *settings);
bool ingress_keeps_settings(const struct ingress *ingress); /* is anything being read that may still read them? */

/* `who` asks for what is answered without the store, which counts as what goes there does. 0: they may; else so many
 * milliseconds until then, and it is not counted. */
int64_t ingress_asks(struct ingress *ingress, const struct principal *who, const char *request_id);

/* Who sent it over the local socket? on_named runs once, later; until then the request is ours. */
void ingress_name_user(struct ingress *ingress, struct http_request *request, user_named_fn on_named, void *arg);

struct ingress_counts {
    uint64_t accepted, duplicates, full, unavailable, foreign, too_large, forged, malformed, too_often;
    uint64_t put_off;     /* webhooks too large or too slow, told to come again: their senders would lose them otherwise */
    uint64_t passed_over; /* genuine, and nothing that we answer: links, what is not built */
};
struct ingress_counts ingress_counts(const struct ingress *ingress);
/* Webhooks that could not be verified, by their sender ("pagerduty"). NULL behind the last. */
const char *ingress_refused(const struct ingress *ingress, size_t index, uint64_t *ret_count);
/* Of what was passed over, the events of machines by their names ("github.watch"), bounded. NULL behind the last. */
const char *ingress_passed(const struct ingress *ingress, size_t index, uint64_t *ret_count);

#endif

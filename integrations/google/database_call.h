/* database_call.h - one attempt at a database: what Cloud SQL and Memorystore share of the calls. Only for this folder.
 *
 * A dialog. Functions that give a bool give false when call->dialog.step is what the exchange returns. Pure.
 */
#ifndef OPSGATE_INTEGRATIONS_GOOGLE_DATABASE_CALL_H
#define OPSGATE_INTEGRATIONS_GOOGLE_DATABASE_CALL_H

#include "bot/model/database.h"
#include "integrations/dialog.h"

struct database_call {
    struct dialog dialog;
    const struct exchange *exchange;
    struct database_place place;
    const char *what; /* "Cloud SQL, platform-prod-db in acme": begins every sentence */
};

bool database_call_begin(struct database_call *call, const struct exchange *exchange,
                         const struct database_place *place);
bool database_call_stop(struct database_call *call, struct exchange_step step); /* always false */

/* An answer in JSON to a GET that is needed. `permission`: what a 403 lacks. */
bool database_call_get(struct database_call *call, const char *url, const char *permission, const cJSON **ret_json);
/* One that is not: without it *ret_json is NULL, and *ret_why says why. */
bool database_call_try(struct database_call *call, const char *url, const char *permission, const cJSON **ret_json,
                       const char **ret_why);
/* The change itself. True: Google took it, and *ret_json is the operation. Sent at most once: whatever leaves open
 * whether it was taken ends as unclear. */
bool database_call_post(struct database_call *call, const char *url, const cJSON *body, const char *permission,
                        const cJSON **ret_json);

bool database_is_name(const char *text);                        /* can it stand in an address? */
const char *database_text(const cJSON *json, const char *path); /* NULL when missing, empty or no string */
bool database_is_text(const cJSON *json, const char *path, const char *wanted);

/* ---- by system; each a whole exchange, or a part of one ---- */

struct exchange_step cloud_sql_read(struct database_call *call);
struct exchange_step cloud_sql_fail_over(struct database_call *call, const struct database_order *order);
struct exchange_step cloud_sql_seek(struct database_call *call, const struct database_sought *sought);
struct exchange_step cloud_sql_follow(struct database_call *call, const char *operation);

/* What backup.c needs of it, too. Addresses: "/instances/NAME" with `rest`; its newest operations. */
const char *cloud_sql_instance_url(const struct database_call *call, const char *instance, const char *rest);
const char *cloud_sql_operations_url(const struct database_call *call, const char *instance);
int64_t cloud_sql_instant(const cJSON *json, const char *path); /* 0: none */
const struct database_operation *cloud_sql_operation(const struct database_call *call,
                                                     const cJSON *json);                  /* NULL: it has no name */
struct exchange_step cloud_sql_began(struct database_call *call, const cJSON *operation); /* {operation} */

struct exchange_step memorystore_read(struct database_call *call);
struct exchange_step memorystore_fail_over(struct database_call *call, const struct database_order *order);
struct exchange_step memorystore_seek(struct database_call *call, const struct database_sought *sought);
struct exchange_step memorystore_follow(struct database_call *call, const char *operation);

/* ---- lag.c ---- */

/* Of Cloud SQL's replica in seconds, of Memorystore's in bytes. False: a call has to be made first. */
bool database_call_lag(struct database_call *call, struct database_lag *ret_lag);

struct exchange_step database_call_seen(struct database_call *call, const struct database_seen *seen);
struct exchange_step database_call_progress(struct database_call *call, const struct database_progress *progress);

#endif

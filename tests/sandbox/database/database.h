/* database.h - Cloud SQL and Memorystore: instances, what is done to them in time, backups, and how far replicas are
 * behind.
 *
 * Instances are kept as their APIs show them. database_serve_sql() is the Cloud SQL Admin API below /sqladmin,
 * database_serve_redis() Memorystore for Redis below /redis, database_answer_lag() the two metrics of Cloud Monitoring
 * that tell how far a replica is behind. One operation at a time on an instance of Cloud SQL; each takes `take_ms`, and
 * database_advance() brings what is over to its end. The world's lock is held during all of them.
 * Spec: https://cloud.google.com/sql/docs/mysql/admin-api/rest/v1,
 * https://cloud.google.com/memorystore/docs/redis/reference/rest
 */
#ifndef SANDBOX_DATABASE_H
#define SANDBOX_DATABASE_H

#include "google/filter.h"
#include "google/tokens.h"

struct databases {
    cJSON *sql;        /* Cloud SQL's instances */
    cJSON *redis;      /* Memorystore's; `name` is the whole path */
    cJSON *operations; /* {shown, what, instance, done_at_ms}: newest last */
    cJSON *backups;    /* Cloud SQL's backup runs, with `instance` */
    cJSON *lags;       /* {instance, value, at_ms}: seconds of a replica, bytes of Memorystore */
    cJSON *denied;     /* permissions that the caller lacks */
    cJSON *files;      /* "gs://...": what was exported, and what is there to be imported */
    cJSON *contents;   /* by instance: the backup's id or the file that it was made anew from */
    cJSON *failing;    /* {code, message} of the next failover or change with backups, or NULL */
    int64_t take_ms;   /* how long each takes */
    int64_t last_n;
};

struct databases *databases_create(int64_t now_ms);
void databases_destroy(struct databases *databases);
cJSON *databases_state(const struct databases *databases);
bool database_advance(struct databases *databases, int64_t now_ms); /* did anything end? */

/* {take_ms?, deny?: [permission], fail_next?: {code, message}, instance?: {name, ...members to set, lag_s?,
 * lag_age_ms?}, redis?: {instance, ...members to set, pending_bytes?}, operation?: {instance, type, run_ms}, finish?:
 * INSTANCE, backup?: {instance, age_ms?, status?}, file?: "gs://...", make?: {project, name, region?, type?, ...members},
 * make_redis?: {project, instance, region?}}: what happens there by other hands. lag_s and pending_bytes null: no
 * point is told. */
bool databases_change(struct databases *databases, const cJSON *value, int64_t now_ms, struct error *err);

void database_serve_sql(struct databases *databases, const struct tokens *tokens, const struct request *request,
                        struct reply *reply);
void database_serve_redis(struct databases *databases, const struct tokens *tokens, const struct request *request,
                          struct reply *reply);
/* False: it is a metric of something else. */
bool database_answer_lag(const struct databases *databases, const struct filter *filter, int64_t now_ms, cJSON *answer);

/* ---- between the files here ---- */

bool database_may(const struct databases *databases, const char *permission, struct google_error *err);
const char *database_caller(const struct tokens *tokens, const struct request *request, struct google_error *err);
/* `what`: FAILOVER, PROMOTE_REPLICA, REDIS_FAILOVER, or any other that changes nothing. The shown part is the caller's
 * to complete. */
cJSON *database_begin(struct databases *databases, const char *what, const char *instance, int64_t take_ms,
                      int64_t now_ms);
cJSON *database_add_sql(struct databases *databases, const char *project, const char *name, const char *type,
                        const char *region);
void database_add_redis(struct databases *databases, const char *project, const char *id, const char *region);
cJSON *database_find_redis(const struct databases *databases, const char *id);
/* `value` no number: no point is told. at_ms 0: whenever it is asked, that was so right before. */
void database_set_lag(struct databases *databases, const char *instance, const cJSON *value, int64_t at_ms);
void database_add_backup(struct databases *databases, const char *instance, const char *status, int64_t at_ms);
/* backups.c: why the operation of a backup, a restore, an export or an import comes to a bad end, or NULL; and that
 * end. */
const char *database_errand_fails(const struct databases *databases, const cJSON *operation);
void database_end_errand(struct databases *databases, const cJSON *operation, bool is_good, int64_t now_ms);
cJSON *database_running(const struct databases *databases, const char *instance); /* NULL: nothing runs on it */

#endif

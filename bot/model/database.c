#include "bot/model/database.h"

#include "bot/model/settings_service.h"

struct database_place database_place_of(const struct database_settings *database)
{
    const struct cloud_sql_settings *sql = database->cloud_sql;
    const struct memorystore_settings *redis = database->memorystore;

    return sql     ? (struct database_place){ sql->project, sql->instance, NULL, sql->replica }
           : redis ? (struct database_place){ redis->project, redis->instance, redis->region, NULL }
                   : (struct database_place){ 0 };
}

static const struct shape_field place_rows[] = {
    ROW_STRING(database_place, project, .flags = SHAPE_NONZERO),
    ROW_STRING(database_place, instance, .flags = SHAPE_NONZERO),
    ROW_STRING(database_place, region, .flags = SHAPE_NONZERO),
    ROW_STRING(database_place, replica, .flags = SHAPE_NONZERO),
};
const struct shape database_place_shape = SHAPE("where a database is", database_place, place_rows);

static const struct shape_field operation_rows[] = {
    ROW_STRING(database_operation, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(database_operation, type, .flags = SHAPE_REQUIRED),
    ROW_STRING(database_operation, user, .flags = SHAPE_NONZERO),
    ROW_INT(database_operation, began_at_ms),
    ROW_INT(database_operation, ended_at_ms, .flags = SHAPE_NONZERO),
};
const struct shape database_operation_shape = SHAPE("a database's operation", database_operation, operation_rows);

static const struct shape_field replica_rows[] = {
    ROW_STRING(database_replica, name, .flags = SHAPE_REQUIRED),
    ROW_STRING(database_replica, state, .flags = SHAPE_REQUIRED),
    ROW_STRING(database_replica, zone, .flags = SHAPE_NONZERO),
    ROW_STRING(database_replica, type, .flags = SHAPE_REQUIRED),
    ROW_STRING(database_replica, primary, .flags = SHAPE_NONZERO),
    ROW_OPTION(database_replica, running, &database_operation_shape, .flags = SHAPE_NONZERO),
};
const struct shape database_replica_shape = SHAPE("a replica", database_replica, replica_rows);

static const struct shape_field lag_rows[] = {
    ROW_BOOL(database_lag, is_known),
    ROW_INT(database_lag, lag_ms, .flags = SHAPE_NONZERO),
    ROW_INT(database_lag, lag_bytes, .flags = SHAPE_NONZERO),
    ROW_INT(database_lag, at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(database_lag, why, .flags = SHAPE_NONZERO),
};
const struct shape database_lag_shape = SHAPE("how far a replica is behind", database_lag, lag_rows);

static const struct shape_field seen_rows[] = {
    ROW_INT(database_seen, at_ms),
    ROW_STRING(database_seen, state, .flags = SHAPE_NONZERO),
    ROW_STRING(database_seen, problem, .flags = SHAPE_NONZERO),
    ROW_STRING(database_seen, version, .flags = SHAPE_NONZERO),
    ROW_STRING(database_seen, zone, .flags = SHAPE_NONZERO),
    ROW_STRING(database_seen, standby_zone, .flags = SHAPE_NONZERO),
    ROW_BOOL(database_seen, has_standby, .flags = SHAPE_NONZERO),
    ROW_STRING(database_seen, kind, .flags = SHAPE_NONZERO),
    ROW_BOOL(database_seen, is_stopped, .flags = SHAPE_NONZERO),
    ROW_STRING(database_seen, settings_version, .flags = SHAPE_NONZERO),
    ROW_OPTION(database_seen, running, &database_operation_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(database_seen, last_failover, &database_operation_shape, .flags = SHAPE_NONZERO),
    ROW_BOOL(database_seen, is_backup_known, .flags = SHAPE_NONZERO),
    ROW_INT(database_seen, backup_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(database_seen, backup_why, .flags = SHAPE_NONZERO),
    ROW_OPTION(database_seen, replica, &database_replica_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECT(database_seen, lag, &database_lag_shape),
};
const struct shape database_seen_shape = SHAPE("a database as it was read", database_seen, seen_rows);

static const struct shape_field order_rows[] = {
    ROW_OBJECT(database_order, place, &database_place_shape),
    ROW_STRING(database_order, method, .flags = SHAPE_REQUIRED),
    ROW_STRING(database_order, settings_version, .flags = SHAPE_NONZERO),
    ROW_STRING(database_order, mode, .flags = SHAPE_NONZERO),
};
const struct shape database_order_shape = SHAPE("a failover to begin", database_order, order_rows);

static const struct shape_field sought_rows[] = {
    ROW_OBJECT(database_sought, place, &database_place_shape),
    ROW_STRING(database_sought, method, .flags = SHAPE_REQUIRED),
    ROW_STRING(database_sought, known, .flags = SHAPE_NONZERO),
    ROW_INT(database_sought, known_at_ms, .flags = SHAPE_NONZERO),
    ROW_STRING(database_sought, from_zone, .flags = SHAPE_NONZERO),
    ROW_INT(database_sought, since_ms),
};
const struct shape database_sought_shape = SHAPE("a failover to look for", database_sought, sought_rows);

static const struct shape_field look_rows[] = {
    ROW_OBJECT(database_look, place, &database_place_shape),
    ROW_STRING(database_look, operation, .flags = SHAPE_REQUIRED),
};
const struct shape database_look_shape = SHAPE("a database's operation to look at", database_look, look_rows);

static const struct shape_field progress_rows[] = {
    ROW_STRING(database_progress, operation, .flags = SHAPE_NONZERO),
    ROW_STRING(database_progress, user, .flags = SHAPE_NONZERO),
    ROW_STRING(database_progress, status, .flags = SHAPE_NONZERO),
    ROW_BOOL(database_progress, is_done, .flags = SHAPE_NONZERO),
    ROW_BOOL(database_progress, has_moved, .flags = SHAPE_NONZERO),
    ROW_STRING(database_progress, error, .flags = SHAPE_NONZERO),
};
const struct shape database_progress_shape = SHAPE("how a failover goes", database_progress, progress_rows);

#include "bot/model/backup.h"

static const struct shape_field look_rows[] = {
    ROW_OBJECT(backup_look, place, &database_place_shape),
    ROW_STRING(backup_look, instance, .flags = SHAPE_REQUIRED),
    ROW_STRING(backup_look, kind, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_look, id, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_look, description, .flags = SHAPE_NONZERO),
};
const struct shape backup_look_shape = SHAPE("backups to look at", backup_look, look_rows);

static const struct shape_field run_rows[] = {
    ROW_STRING(backup_run, id, .flags = SHAPE_REQUIRED),
    ROW_STRING(backup_run, status, .flags = SHAPE_REQUIRED),
    ROW_STRING(backup_run, type, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_run, description, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_run, error, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_run, version, .flags = SHAPE_NONZERO),
    ROW_INT(backup_run, began_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(backup_run, ended_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(backup_run, bytes, .flags = SHAPE_NONZERO),
};
const struct shape backup_run_shape = SHAPE("a backup", backup_run, run_rows);

static const struct shape_field seen_rows[] = {
    ROW_STRING(backups_seen, state, .flags = SHAPE_REQUIRED),
    ROW_STRING(backups_seen, version, .flags = SHAPE_NONZERO),
    ROW_BOOL(backups_seen, is_stopped, .flags = SHAPE_NONZERO),
    ROW_STRINGS(backups_seen, replicas, .flags = SHAPE_NONZERO),
    ROW_OPTION(backups_seen, running, &database_operation_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(backups_seen, last, &database_operation_shape, .flags = SHAPE_NONZERO),
    ROW_OBJECTS(backups_seen, runs, &backup_run_shape, .flags = SHAPE_NONZERO),
    ROW_OPTION(backups_seen, wanted, &backup_run_shape, .flags = SHAPE_NONZERO),
    ROW_STRING(backups_seen, why, .flags = SHAPE_NONZERO),
};
const struct shape backups_seen_shape = SHAPE("backups as they were read", backups_seen, seen_rows);

static const struct shape_field errand_rows[] = {
    ROW_OBJECT(backup_errand, place, &database_place_shape),
    ROW_STRING(backup_errand, kind, .flags = SHAPE_REQUIRED),
    ROW_STRING(backup_errand, into, .flags = SHAPE_REQUIRED),
    ROW_STRING(backup_errand, id, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_errand, description, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_errand, file, .flags = SHAPE_NONZERO),
    ROW_STRING(backup_errand, database, .flags = SHAPE_NONZERO),
};
const struct shape backup_errand_shape = SHAPE("a change with backups", backup_errand, errand_rows);

static const struct shape_field sought_rows[] = {
    ROW_OBJECT(backup_sought, errand, &backup_errand_shape),
    ROW_STRING(backup_sought, known, .flags = SHAPE_NONZERO),
    ROW_INT(backup_sought, known_at_ms, .flags = SHAPE_NONZERO),
    ROW_INT(backup_sought, since_ms),
};
const struct shape backup_sought_shape = SHAPE("a change with backups to look for", backup_sought, sought_rows);

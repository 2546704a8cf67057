/* check_backups.c - where a database's exports go, and whether what is restored can be checked. */
#include "bot/configuration/check.h"

#include "bot/model/settings.h"
#include "handlers/runbook/arguments.h"

#include <string.h>

#define INSTANCE_ARG "instance"
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

struct verified { /* one database, and the runbook that verifies it */
    struct walk *walk;
    const struct backups_settings *backups;
    const struct database_settings *database;
};

static void check_bucket(struct walk *walk, const struct backups_settings *backups)
{
    struct str rest = str_of(backups->bucket), bucket;

    if (!backups->bucket)
        return;
    if (!str_take_prefix(&rest, "gs://")) {
        walk_wrong(walk, backups, "bucket", -1, "expected gs://BUCKET or gs://BUCKET/FOLDER");
        return;
    }
    bucket = str_take_until(&rest, '/');
    if (bucket.len < 3 || strspn(bucket.at, "abcdefghijklmnopqrstuvwxyz0123456789-_.") < bucket.len)
        walk_wrong(walk, backups, "bucket", -1, "expected a bucket's name in lower case behind gs://");
    else if (strspn(rest.at, NAME_LETTERS "-_./") < rest.len || str_ends_with(str_of(backups->bucket), "/"))
        walk_wrong(walk, backups, "bucket", -1, "expected a folder of letters, digits and -_./ that does not end in /");
}

static void check_names(struct walk *walk, const struct backups_settings *backups)
{
    for (size_t i = 0; i < backups->databases_count; i++)
        if (strspn(backups->databases[i], NAME_LETTERS "-_") != strlen(backups->databases[i]) ||
            backups->databases[i][0] == '-')
            walk_wrong(walk, backups, "databases", (long)i,
                       "expected a database's name of letters, digits, '-' and '_' that does not begin with '-'");
}

/* ---- the runbook ---- */

static void check_value(const struct verified *v, const struct runbook_arg *arg, const char *instance)
{
    struct error err;

    if (instance && !runbook_value_check(arg, instance, v->walk->arena, &err))
        walk_wrong(v->walk, v->backups, "verify", -1, "the runbook does not take instance=%.100s: expected %s",
                   instance, runbook_value_expected(arg, v->walk->arena));
}

static void check_args(const struct verified *v, const struct runbook_settings *runbook)
{
    bool has_instance = false;

    for (size_t i = 0; i < runbook->args_count; i++) {
        const struct runbook_arg *arg = &runbook->args[i];

        if (arg->name && strcmp(arg->name, INSTANCE_ARG) == 0) {
            has_instance = true;
            check_value(v, arg, v->database->cloud_sql->instance);
            check_value(v, arg, v->backups->restore_into);
        } else if (arg->name && !arg->otherwise) {
            walk_wrong(v->walk, v->backups, "verify", -1,
                       "nobody gives the runbook its argument '%.60s': it gets `" INSTANCE_ARG
                       "` alone, so give that one a default",
                       arg->name);
        }
    }
    if (!has_instance && v->backups->restore_into)
        walk_wrong(v->walk, v->backups, "verify", -1,
                   "the runbook has no argument `" INSTANCE_ARG
                   "`, which says whether restore_into or the database itself is to be checked");
}

static void check_verify(const struct verified *v, const struct settings *settings)
{
    const struct runbook_settings *runbook = settings_find_runbook(settings, v->backups->verify);
    struct name_list runbooks = names_of_runbooks(v->walk, settings);

    check_reference(v->walk, v->backups, "verify", -1, "runbook", v->backups->verify, &runbooks);
    if (!runbook)
        return;
    if (runbook->destructive)
        walk_wrong(v->walk, v->backups, "verify", -1, "the runbook is destructive: what verifies only looks");
    if (text_equal(runbook->target, v->database->name))
        walk_wrong(v->walk, v->backups, "verify", -1,
                   "would wait for ever: the restore holds %s itself. Leave the runbook's target out", runbook->target);
    if (!walk_is_unread(v->walk, runbook, "args"))
        check_args(v, runbook);
}

void check_backups(struct walk *walk, const struct settings *settings, const struct database_settings *database)
{
    const struct verified v = { walk, database->backups, database };

    if (!database->cloud_sql) {
        if (!walk_has(walk, database, "cloud_sql"))
            walk_wrong(walk, database, "backups", -1, "are those of Cloud SQL: this database has no cloud_sql");
        return;
    }
    check_bucket(walk, v.backups);
    check_names(walk, v.backups);
    if (v.backups->verify)
        check_verify(&v, settings);
}

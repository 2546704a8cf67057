/* words.c - what was typed behind `backup`, read word by word; what is no name is no guess. */
#include "handlers/backup/arguments.h"

#include "bot/model/card.h"
#include "bot/model/plant.h"
#include "handlers/broken.h"

#include <string.h>

#define QUOTED_BYTES 60
#define REASON_MAX_BYTES 300
#define WHY_MAX_BYTES 150
#define NAMES_MAX 1000
#define NAMES_SHOWN 6
#define ID_MAX_BYTES 20
#define NAME_BYTES 63
#define FILE_MAX_BYTES 500
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

struct reading { /* of one request's words */
    const struct view *view;
    const struct typed *typed;
    const struct database_settings *database;
    struct backup_arguments *arguments;
    size_t at; /* the next word */
};

static const char *quoted(const struct reading *r, const char *word)
{
    return card_quote(str_of(word), QUOTED_BYTES, r->view->arena);
}

/* NULL: there is none any more. */
static const char *next_word(struct reading *r)
{
    return r->at < r->typed->words_count ? r->typed->words[r->at++] : NULL;
}

/* ---- create, list ---- */

static bool read_create(struct reading *r, struct error *err)
{
    const char *why = next_word(r);

    (void)err;
    r->arguments->plan.why =
        why && !str_is_empty(str_trim(str_of(why))) ? card_quote(str_of(why), WHY_MAX_BYTES, r->view->arena) : NULL;
    return true;
}

static bool read_list(struct reading *r, struct error *err)
{
    (void)err;
    r->arguments->only_looks = true;
    return true;
}

/* ---- restore ---- */

static bool read_id(struct reading *r, struct error *err)
{
    const char *id = next_word(r);

    if (!id)
        return error_set(err, ERR_INVALID, "Which backup? `backup list %s` tells their numbers. Nothing was done.",
                         r->database->name);
    if (strcmp(id, BACKUP_LATEST) != 0 &&
        (strlen(id) > ID_MAX_BYTES || strspn(id, "0123456789") != strlen(id) || !id[0]))
        return error_set(err, ERR_INVALID,
                         "`%s` is no backup: it takes a number, as `backup list %s` tells, or `" BACKUP_LATEST
                         "`. Nothing was done.",
                         quoted(r, id), r->database->name);
    r->arguments->plan.id = id;
    return true;
}

/* All of that instance is overwritten: only the one that the configuration gives away for it. */
static bool read_into(struct reading *r, struct error *err)
{
    const char *into = typed_option(r->typed, "into");
    struct backup_plan *plan = &r->arguments->plan;

    if (!into)
        return true;
    if (!plan->trial)
        return error_set(err, ERR_INVALID,
                         "`%s` is restored nowhere else: name an instance as its `backups.restore_into` in the "
                         "configuration first. Nothing was done.",
                         plan->database);
    if (strcmp(into, plan->trial) != 0)
        return error_set(err, ERR_INVALID,
                         "`--into` takes `%s`, which the configuration gives away for it, and not `%s`. Nothing was "
                         "done.",
                         plan->trial, quoted(r, into));
    if (typed_option(r->typed, "confirm") || plan->is_unsaved)
        return error_set(err, ERR_INVALID,
                         "`--into` changes nothing of `%s`: no `--confirm` and no `--no-safety-backup` go with it. "
                         "Nothing was done.",
                         plan->database);
    plan->is_trial_alone = true;
    return true;
}

/* The name typed once more, to the letter: what a hurried hand did not mean is not done. */
static bool read_confirm(struct reading *r, struct error *err)
{
    const char *confirm = typed_option(r->typed, "confirm"), *name = r->database->name;
    const struct backup_plan *plan = &r->arguments->plan;

    r->arguments->only_looks = !confirm && !plan->is_trial_alone;
    if (confirm && strcmp(confirm, name) != 0 && !PLANTED(RESTORE_MISNAMED))
        return error_set(err, ERR_INVALID,
                         "`--confirm` takes the name of the database, typed once more: `%s`, and not `%s`. Nothing was "
                         "done.",
                         name, quoted(r, confirm));
    return !confirm || !plan->id || strcmp(plan->id, BACKUP_LATEST) != 0 ||
           error_set(err, ERR_INVALID,
                     "Which backup it is has to be said: `backup restore %s " BACKUP_LATEST
                     "` tells its number. Nothing was done.",
                     name);
}

static bool read_restore(struct reading *r, struct error *err)
{
    r->arguments->plan.is_unsaved = typed_option(r->typed, "no-safety-backup") != NULL;
    return read_id(r, err) && read_into(r, err) && read_confirm(r, err);
}

/* ---- export, import ---- */

static bool is_name(const char *name)
{
    return name[0] && name[0] != '-' && strlen(name) <= NAME_BYTES && strspn(name, NAME_LETTERS "-_") == strlen(name);
}

static bool check_database_name(const struct reading *r, const char *name, struct error *err)
{
    const struct backups_settings *backups = r->database->backups;
    const char *nearest;

    if (!is_name(name))
        return error_set(err, ERR_INVALID, "`%s` is no name of a database in `%s`. Nothing was done.", quoted(r, name),
                         r->database->name);
    for (size_t i = 0; i < backups->databases_count; i++)
        if (strcmp(backups->databases[i], name) == 0)
            return true;
    if (backups->databases_count == 0)
        return true;
    nearest = str_nearest(str_of(name), backups->databases, backups->databases_count);
    return error_set(err, ERR_INVALID, "`backups.databases` of `%s` has no `%s`%s%s%s Nothing was done.",
                     r->database->name, quoted(r, name), nearest ? ". Did you mean `" : "", nearest ? nearest : "",
                     nearest ? "`?" : ".");
}

/* Which one in the instance: the only one there is need not be typed. */
static bool read_database_name(struct reading *r, const char *typed, struct error *err)
{
    const struct backups_settings *backups = r->database->backups;

    if (!backups || !backups->bucket)
        return error_set(err, ERR_INVALID,
                         "`%s` has no bucket: name one as its `backups.bucket` in the configuration first. Nothing was "
                         "done.",
                         r->database->name);
    if (!typed && backups->databases_count != 1)
        return error_set(err, ERR_INVALID,
                         "Which database in the instance of `%s`? Type it behind its name. Nothing was done.",
                         r->database->name);
    r->arguments->plan.name = typed ? typed : backups->databases[0];
    return check_database_name(r, r->arguments->plan.name, err);
}

static bool read_export(struct reading *r, struct error *err)
{
    return read_database_name(r, next_word(r), err);
}

/* "gs://acme-backups/" of "gs://acme-backups/main": what it is imported from is a file of ours. */
static struct str bucket_of(const char *folder)
{
    struct str rest = str_of(folder), bucket;

    str_take_prefix(&rest, "gs://");
    bucket = str_take_until(&rest, '/');
    return (struct str){ folder, strlen("gs://") + bucket.len };
}

static bool check_file(const struct reading *r, const char *file, struct error *err)
{
    struct str rest = str_of(file ? file : ""), bucket = bucket_of(r->database->backups->bucket);

    if (!file)
        return error_set(err, ERR_INVALID, "Which file? It is named as `gs://...`. Nothing was done.");
    if (!str_starts_with(rest, "gs://"))
        return error_set(err, ERR_INVALID, "`%s` is no file in a bucket, `gs://...`. Nothing was done.",
                         quoted(r, file));
    if (rest.len <= bucket.len + 1 || strncmp(file, bucket.at, bucket.len) != 0 || file[bucket.len] != '/')
        return error_set(err, ERR_INVALID,
                         "`%s` is not in `%.*s`: only what is in the bucket of its `backups` is imported. Nothing was "
                         "done.",
                         quoted(r, file), (int)bucket.len, bucket.at);
    return (rest.len <= FILE_MAX_BYTES && strspn(file, NAME_LETTERS "-_./:=+") == rest.len && !strstr(file, "..")) ||
           error_set(err, ERR_INVALID, "`%s` has letters that no export of ours has. Nothing was done.",
                     quoted(r, file));
}

static bool read_import(struct reading *r, struct error *err)
{
    const char *first = next_word(r), *name = NULL, *file = first;

    if (first && !str_starts_with(str_of(first), "gs://")) {
        name = first;
        file = next_word(r);
    }
    r->arguments->plan.is_unsaved = typed_option(r->typed, "no-safety-backup") != NULL;
    if (!read_database_name(r, name, err) || !check_file(r, file, err))
        return false;
    r->arguments->plan.file = file;
    return read_confirm(r, err);
}

/* ---- what is asked for ---- */

#define OPTIONS_OF_ALL " reason break-glass " /* each between spaces */

static const struct action {
    const char *name;
    const char *more; /* options that it takes besides, likewise */
    bool (*read)(struct reading *r, struct error *err);
} actions[] = {
    { BACKUP_CREATE, "", read_create },
    { BACKUP_LIST, "", read_list },
    { BACKUP_RESTORE, " confirm into no-safety-backup ", read_restore },
    { BACKUP_EXPORT, "", read_export },
    { BACKUP_IMPORT, " confirm no-safety-backup ", read_import },
};

static const struct action *find_action(const struct view *view, const char *word, struct error *err)
{
    const char *names[ARRAY_LEN(actions)], *nearest;

    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        names[i] = actions[i].name;
        if (word && strcmp(word, names[i]) == 0)
            return &actions[i];
    }
    nearest = word ? str_nearest(str_of(word), names, ARRAY_LEN(names)) : NULL;
    if (!word)
        error_set(err, ERR_INVALID, "What is to be done: `create`, `list`, `restore`, `export` or `import`?");
    else
        error_set(err, ERR_INVALID, "I do not know `backup %s`%s%s%s Nothing was done.",
                  card_quote(str_of(word), QUOTED_BYTES, view->arena), nearest ? ". Did you mean `" : ".",
                  nearest ? nearest : "", nearest ? "`?" : "");
    return NULL;
}

static bool check_options(const struct reading *r, const struct action *action, struct error *err)
{
    for (size_t i = 0; i < r->typed->options_count; i++) {
        const char *padded = arena_printf(r->view->arena, " %s ", r->typed->options[i].name);

        if (r->typed->values[i] && !strstr(OPTIONS_OF_ALL, padded) && !strstr(action->more, padded))
            return error_set(err, ERR_INVALID, "`backup %s` takes no `--%s`. Nothing was done.", action->name,
                             r->typed->options[i].name);
    }
    return true;
}

/* ---- which database ---- */

static size_t database_names(const struct view *view, const char **names, const char **ret_all)
{
    const char *all = "";
    size_t count = 0;

    for (size_t i = 0; i < view->settings->databases_count && count < NAMES_MAX; i++) {
        if (!view->settings->databases[i].cloud_sql)
            continue;
        all = arena_printf(view->arena, "%s%s`%s`", all, count ? ", " : "", view->settings->databases[i].name);
        names[count++] = view->settings->databases[i].name;
    }
    *ret_all = all;
    return count;
}

static const struct database_settings *find_database(const struct view *view, const char *word, struct error *err)
{
    const struct database_settings *database = word ? settings_find_database(view->settings, word) : NULL;
    const char *names[NAMES_MAX], *nearest, *all;
    size_t count = database_names(view, names, &all);

    if (database && database->cloud_sql)
        return database;
    nearest = word ? str_nearest(str_of(word), names, count) : NULL;
    if (count == 0)
        error_set(err, ERR_INVALID,
                  "There is no database with backups: the configuration lists none of Cloud SQL under "
                  "`databases`.");
    else if (!word)
        error_set(err, ERR_INVALID, "Which database? There is %s. Nothing was done.", all);
    else if (database)
        error_set(err, ERR_INVALID, "`%s` is not on Cloud SQL, and has no backups here. Nothing was done.",
                  database->name);
    else if (nearest)
        error_set(err, ERR_INVALID, "There is no database `%s`. Did you mean `%s`? Nothing was done.",
                  card_quote(str_of(word), QUOTED_BYTES, view->arena), nearest);
    else
        error_set(err, ERR_INVALID, "There is no database `%s`, so nothing was done. There is %s.",
                  card_quote(str_of(word), QUOTED_BYTES, view->arena), all);
    return NULL;
}

/* ---- all of it ---- */

static void read_reason(const struct reading *r)
{
    const char *reason = typed_option(r->typed, "reason");

    if (reason && !str_is_empty(str_trim(str_of(reason))))
        r->arguments->plan.reason = card_quote(str_of(reason), REASON_MAX_BYTES, r->view->arena);
}

static bool read_words(struct reading *r, struct error *err)
{
    const struct action *action = find_action(r->view, next_word(r), err);

    if (!action)
        return false;
    r->database = find_database(r->view, next_word(r), err);
    if (!r->database)
        return false;
    r->arguments->plan = backup_plan_of(r->view, r->database, action->name);
    if (!check_options(r, action, err) || !action->read(r, err))
        return false;
    read_reason(r);
    if (!broken_read(r->typed, r->view->arena, &r->arguments->plan.break_glass, err))
        return false;
    return r->at == r->typed->words_count ||
           error_set(err, ERR_INVALID,
                     "I do not know what `%s` means there: words that belong together stand in quotes. "
                     "Nothing was done.",
                     quoted(r, r->typed->words[r->at]));
}

bool backup_read_words(const struct view *view, const struct typed *typed, struct backup_arguments *arguments,
                       struct error *err)
{
    struct reading r = { view, typed, NULL, arguments, 0 };

    return read_words(&r, err);
}

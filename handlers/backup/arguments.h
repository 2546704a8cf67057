/* arguments.h - what the words of a `backup` mean, and who carries that on. Only for this folder. */
#ifndef OPSGATE_HANDLERS_BACKUP_ARGUMENTS_H
#define OPSGATE_HANDLERS_BACKUP_ARGUMENTS_H

#include "handlers/backup/plan.h"

#include "bot/model/outcome.h"
#include "bot/model/request.h"

#define BACKUP_LIST "list"

struct backup_arguments {
    struct backup_plan plan; /* its action may be BACKUP_LIST */
    bool only_looks;
};

/* words.c */
bool backup_read_words(const struct view *view, const struct typed *typed, struct backup_arguments *arguments,
                       struct error *err);

/* Both begin an operation that answers later. */
void backup_look_begin(const struct view *view, const struct backup_plan *plan, struct outcome *out);
void backup_begin(const struct view *view, const struct backup_plan *plan, struct outcome *out);

#endif

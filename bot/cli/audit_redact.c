/* audit_redact.c - `opsgate audit redact FILE`: a copy forgets what the journal has erased. Its chain and its
 * checkpoints stay good: neither is of what stands beside an entry, but of its digest. */
#include "bot/cli/audit.h"

#include "bot/model/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct redacting {
    struct arena *arena;
    int64_t *erased; /* numbers, in the order in which they went */
    size_t erased_count, redacted;
    bool is_writing; /* the second time through */
};

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void learn(struct redacting *r, const cJSON *entry)
{
    const char *kind = json_find_string(entry, "core.kind");

    if (!kind || strcmp(kind, JOURNAL_ERASED) != 0)
        return;
    JSON_EACH(number, json_find(entry, "core.body.entries"))
        if (cJSON_IsNumber(number))
            *ARENA_PUSH(r->arena, r->erased, r->erased_count) = (int64_t)number->valuedouble;
}

static void print_line(struct redacting *r, cJSON *entry, const char *line)
{
    int64_t n = json_find_int(entry, "core.n", 0);
    AUTO_FREE char *text = NULL;

    if (!json_find(entry, JOURNAL_BESIDE) || r->erased_count == 0 ||
        !bsearch(&n, r->erased, r->erased_count, sizeof(n), compare)) {
        puts(line);
        return;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(entry, JOURNAL_BESIDE);
    text = json_print(entry);
    puts(text);
    r->redacted++;
}

static bool take_line(struct redacting *r, char *line, size_t len, struct error *err)
{
    AUTO_JSON cJSON *json = NULL;

    if (len > 0 && line[len - 1] == '\n')
        line[--len] = '\0';
    if (!json_parse((struct str){ line, len }, &json, err))
        return error_wrap(err, "a line is none of a copy");
    if (r->is_writing)
        print_line(r, json, line);
    else
        learn(r, json);
    return true;
}

static bool walk(struct redacting *r, FILE *file, struct error *err)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool is_good = true;

    rewind(file);
    while (is_good && (len = getline(&line, &room, file)) > 0)
        is_good = take_line(r, line, (size_t)len, err);
    free(line);
    return is_good;
}

int cli_audit_redact(const char *path)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct redacting r = { .arena = arena };
    FILE *file = fopen(path, "re");
    struct error err;
    bool is_good;

    if (!file) {
        error_set(&err, ERR_INVALID, "%s: %s", path, strerror(errno));
        return cli_fail(&err);
    }
    is_good = walk(&r, file, &err);
    if (r.erased_count > 0)
        qsort(r.erased, r.erased_count, sizeof(r.erased[0]), compare);
    r.is_writing = true;
    is_good = is_good && walk(&r, file, &err);
    fclose(file);
    if (is_good && (fflush(stdout) != 0 || ferror(stdout)))
        is_good = error_set(&err, ERR_INVALID, "cannot write: %s", strerror(errno));
    if (!is_good)
        return cli_fail(&err);
    fprintf(stderr, "%zu entries tell nobody any more who it was.\n", r.redacted);
    return CLI_OK;
}

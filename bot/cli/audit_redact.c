/* audit_redact.c - `opsgate audit redact FILE [LATER...]`: a copy forgets what the journal has erased, as it says
 * itself and as the files that go on behind it say. Its chain and its checkpoints stay good: neither is of what stands
 * beside an entry, but of its digest. */
#include "bot/cli/audit.h"

#include "bot/model/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct redacting {
    struct arena *arena;
    int64_t *erased; /* numbers, in the order in which they went */
    size_t erased_count, redacted;
    bool is_writing; /* the second time through the first file */
    struct copy_proof
        *proof; /* of several, that they are of one journal: else their numbers mean other entries. Or NULL */
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
    AUTO(arena) struct arena *arena = arena_create();
    AUTO_JSON cJSON *json = NULL;

    if (len > 0 && line[len - 1] == '\n')
        line[--len] = '\0';
    if (!json_parse((struct str){ line, len }, &json, err))
        return error_wrap(err, "a line is none of a copy");
    if (r->proof && !copy_proof_take(r->proof, json, arena, err))
        return false;
    if (r->is_writing)
        print_line(r, json, line);
    else
        learn(r, json);
    return true;
}

static bool walk(struct redacting *r, const char *path, struct error *err)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool is_good = true;

    if (!file)
        return error_set(err, ERR_INVALID, "%s: %s", path, strerror(errno));
    while (is_good && (len = getline(&line, &room, file)) > 0)
        is_good = take_line(r, line, (size_t)len, err) || error_wrap(err, "%s", path);
    if (is_good && ferror(file))
        is_good = error_set(err, ERR_INVALID, "%s: %s", path, strerror(errno));
    free(line);
    fclose(file);
    return is_good;
}

static bool learn_all(struct redacting *r, const char *const *paths, int count, struct error *err)
{
    struct copy_proof proof = { .keys = NULL };

    r->proof = count > 1 ? &proof : NULL;
    for (int i = 0; i < count; i++)
        if ((i > 0 && !copy_proof_next_file(&proof, err)) || !walk(r, paths[i], err))
            return false;
    r->proof = NULL;
    if (r->erased_count > 0)
        qsort(r->erased, r->erased_count, sizeof(r->erased[0]), compare);
    return count == 1 || copy_proof_end(&proof, err);
}

int cli_audit_redact(const char *const *paths, int count)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct redacting r = { .arena = arena };
    struct error err;
    bool is_good = learn_all(&r, paths, count, &err);

    r.is_writing = true;
    is_good = is_good && walk(&r, paths[0], &err);
    if (is_good && (fflush(stdout) != 0 || ferror(stdout)))
        is_good = error_set(&err, ERR_INVALID, "cannot write: %s", strerror(errno));
    if (!is_good)
        return cli_fail(&err);
    fprintf(stderr, "%zu entries tell nobody any more who it was.\n", r.redacted);
    return CLI_OK;
}

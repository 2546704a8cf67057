/* audit_verify.c - `opsgate audit verify [FILE...]`: is the journal whole, and who says so? */
#include "bot/cli/audit.h"
#include "bot/cli/journal.h"

#include "bot/base/file.h"
#include "bot/base/time.h"
#include "bot/model/checkpoint.h"
#include "bot/shell/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX_BYTES (64 * 1024)

struct verifying {
    const struct cli *cli;
    struct store_reader *reader; /* NULL: of files */
    struct ed25519_keys keys;
    struct copy_proof proof;
    int64_t fresh_ms;    /* the newest checkpoint may be so old; 0: however old */
    struct error broken; /* what is wrong with it */
    bool is_broken;
};

/* ---- the store's ---- */

static bool verify_entry(void *arg, const cJSON *entry, struct arena *page)
{
    struct verifying *v = arg;

    v->is_broken =
        !journal_chain_take(&v->proof.chain, entry, cli_journal_beside(v->reader, entry, page), page, &v->broken);
    return !v->is_broken;
}

static bool verify_store(struct verifying *v, char head[static 65], size_t *unreadable, struct error *err)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct str newest = { NULL, 0 };

    /* read first: what is written from now on stands behind it */
    if (!store_reader_field(v->reader, STORE_META, "journal", arena, &newest, err) && err->code != ERR_NOT_FOUND)
        return false;
    snprintf(head, 65, STR_FMT, STR_ARG(newest));
    v->proof.chain.wanted[0].hash = head;
    if (!cli_journal_walk(v->reader, &(struct store_range){ .from = "-", .to = "+" }, verify_entry, v, unreadable, err))
        return false;
    v->proof.first_n = v->proof.chain.first_n;
    v->proof.first_at_ms = v->proof.chain.first_at_ms;
    return true;
}

/* ---- files ---- */

static bool verify_line(struct verifying *v, struct str line)
{
    AUTO(arena) struct arena *arena = arena_create();
    struct error err;
    const cJSON *json = json_parse_in(arena, line, &err);

    v->is_broken =
        json ? !copy_proof_take(&v->proof, json, arena, &v->broken)
             : !error_set(&v->broken, ERR_INVALID, "behind entry %" PRId64 " stands what is no entry of a journal: %s",
                          v->proof.chain.last_n, err.message);
    return !v->is_broken;
}

static bool verify_file(struct verifying *v, const char *path, struct error *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool is_read;

    if (!file)
        return error_set(err, ERR_INVALID, "%s: %s", path, strerror(errno));
    while ((len = getline(&line, &room, file)) > 0)
        if (!verify_line(v, (struct str){ line, (size_t)len }))
            break;
    free(line);
    is_read = !ferror(file) || error_set(err, ERR_INVALID, "%s: %s", path, strerror(errno));
    if (file != stdin)
        fclose(file);
    if (v->is_broken && v->cli->words_count > 2)
        error_wrap(&v->broken, "%s", path);
    return is_read;
}

static bool verify_files(struct verifying *v, struct error *err)
{
    for (int i = 1; i < v->cli->words_count && !v->is_broken; i++) {
        if (i > 1)
            v->is_broken = !copy_proof_next_file(&v->proof, &v->broken);
        if (!v->is_broken && !verify_file(v, v->cli->words[i], err))
            return false;
    }
    return true;
}

/* ---- what came of it ---- */

/* Nobody who cuts off its end can make a younger checkpoint. */
static bool check_fresh(const struct verifying *v, struct error *err)
{
    struct clock clock = clock_system();
    int64_t age_ms = clock.unix_ms(clock.ctx) - v->proof.proven.at_ms;

    if (!v->fresh_ms || age_ms <= v->fresh_ms)
        return true;
    return error_set(err, ERR_INVALID,
                     "its newest checkpoint is %s old, and was to be of the last %s: what followed was cut off, or "
                     "nothing writes it any more",
                     duration_about(age_ms).text, duration_format(v->fresh_ms).text);
}

static void print_proven(const struct verifying *v)
{
    const struct copy_proof *proof = &v->proof;
    size_t unproven = copy_proof_unproven(proof);

    printf("Signed to entry %" PRId64 ": by the checkpoint of %s (%s, key %s), the newest of %zu.\n", proof->proven.n,
           time_format(proof->proven.at_ms).text, proof->proven.instance, proof->proven.key, proof->checkpoints);
    if (unproven > 0)
        printf("Behind it %zu entries are a chain, and nobody has signed them yet.\n", unproven);
    printf("Not proven: that nothing followed since %s (--fresh 2h asks for a younger checkpoint), what was erased of "
           "people, and what whoever holds the key would have made anew.\n",
           time_format(proof->proven.at_ms).text);
}

static void print_whole(const struct verifying *v)
{
    const struct copy_proof *proof = &v->proof;
    int64_t count = proof->chain.last_n - proof->first_n + 1;
    size_t erased = proof->erased + proof->chain.erased;

    printf("%s %" PRId64 " entries, %" PRId64 " to %" PRId64 ", %s to %s",
           v->is_broken ? "Good before that:" : "Whole:", count, proof->first_n, proof->chain.last_n,
           time_format(proof->first_at_ms).text, time_format(proof->chain.last_at_ms).text);
    if (erased > 0)
        printf("; of %zu it is erased who asked", erased);
    printf("\nhead %s\n", proof->chain.head);
    if (proof->keys && proof->checkpoints > 0)
        print_proven(v);
}

static void add_proven(cJSON *json, const struct copy_proof *proof)
{
    cJSON *proven;

    if (!proof->keys || proof->checkpoints == 0)
        return;
    proven = json_set(json, "signed", json_object());
    json_set_int(proven, "to", proof->proven.n);
    json_set_int(proven, "at", proof->proven.at_ms);
    json_set_string(proven, "instance", proof->proven.instance);
    json_set_string(proven, "key", proof->proven.key);
    json_set_int(proven, "checkpoints", (int64_t)proof->checkpoints);
    json_set_int(proven, "unsigned_entries", (int64_t)copy_proof_unproven(proof));
}

static void print_json(const struct verifying *v)
{
    const struct copy_proof *proof = &v->proof;
    AUTO_JSON cJSON *json = json_object();
    AUTO_FREE char *text = NULL;

    json_set_bool(json, "whole", !v->is_broken);
    json_set_string(json, "broken", v->is_broken ? v->broken.message : NULL);
    json_set_int(json, "entries", proof->first_n ? proof->chain.last_n - proof->first_n + 1 : 0);
    json_set_int(json, "first", proof->first_n);
    json_set_int(json, "last", proof->chain.last_n);
    json_set_int(json, "erased", (int64_t)(proof->erased + proof->chain.erased));
    json_set_string(json, "head", proof->chain.head);
    add_proven(json, proof);
    text = cJSON_Print(json);
    puts(text);
}

static int tell_verdict(struct verifying *v)
{
    if (!v->is_broken)
        v->is_broken = !(v->reader ? journal_chain_end(&v->proof.chain, &v->broken)
                                   : copy_proof_end(&v->proof, &v->broken) && check_fresh(v, &v->broken));
    if (v->cli->is_json)
        print_json(v);
    else if (v->is_broken)
        printf("NOT WHOLE: %s.\n", v->broken.message);
    if (!v->cli->is_json && v->proof.first_n > 0)
        print_whole(v);
    else if (!v->cli->is_json && !v->is_broken)
        printf("Nothing is in it.\n");
    return v->is_broken ? CLI_NO : CLI_OK;
}

static bool read_keys(struct verifying *v, struct error *err)
{
    AUTO_FREE char *pem = NULL;

    if (!v->cli->key)
        return true;
    v->proof.keys = &v->keys;
    return file_read(v->cli->key, KEYS_MAX_BYTES, &pem, err) &&
           (ed25519_read_public(pem, &v->keys, err) || error_wrap(err, "%s", v->cli->key));
}

int cli_audit_verify(const struct cli *cli, struct store_reader *reader)
{
    struct verifying v = { .cli = cli, .reader = reader };
    char head[65] = "";
    size_t unreadable = 0;
    struct error err;
    int code;

    v.proof.chain.wanted[1].hash = cli->head;
    if (!read_keys(&v, &err) || (cli->fresh && !duration_parse(str_of(cli->fresh), &v.fresh_ms, &err)) ||
        !(reader ? verify_store(&v, head, &unreadable, &err) : verify_files(&v, &err)))
        return cli_fail(&err);
    code = tell_verdict(&v);
    return unreadable ? CLI_NO : code;
}

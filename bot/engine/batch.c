/* batch.c - the writes of one decision, and the journal's chain through them: bot/model/journal.h. */
#include "bot/engine/internal.h"

#include "bot/model/journal.h"
#include "bot/model/settings.h"

#include <stdio.h>
#include <string.h>

#define TRIMMED_AT_ONCE 8 /* of the journal, with one entry: more than come */
#define AFTER_ALL "18446744073709551615-18446744073709551615" /* the greatest id that a stream could give */

void batch_init(struct batch *b, struct engine *e, struct arena *arena, const struct input *input)
{
    *b = (struct batch){ .engine = e, .arena = arena, .input = input, .at_ms = engine_store_now(e) };
}

static void add(struct batch *b, struct store_write write)
{
    const struct engine_config *config = &b->engine->config;

    *ARENA_PUSH(b->arena, b->writes, b->count) = write;
    if (config->wrote)
        config->wrote(config->ctx, write.place, write.field);
}

const char *batch_print(struct batch *b, const struct shape *shape, const void *value)
{
    cJSON *json = shape_to_json(shape, value, SHAPE_WHOLE);
    const char *text = json_print_in(b->arena, json);

    cJSON_Delete(json);
    return text;
}

void batch_put(struct batch *b, enum store_place place, const char *field, const char *text)
{
    add(b,
        (struct store_write){ STORE_PUT, place, arena_strdup(b->arena, field), str_of(arena_strdup(b->arena, text)) });
}

void batch_drop(struct batch *b, enum store_place place, const char *field)
{
    add(b, (struct store_write){ STORE_DROP, place, arena_strdup(b->arena, field), { "", 0 } });
}

static void append(struct batch *b, enum store_place place, int64_t kept, const char *text)
{
    const char *length = arena_printf(b->arena, "%lld", (long long)kept);

    add(b, (struct store_write){ STORE_APPEND, place, length, str_of(arena_strdup(b->arena, text)) });
}

/* H(salt, personal), and both stored beside the entry. */
static struct digest_hex keep_personal(struct batch *b, int64_t n, const cJSON *personal)
{
    cJSON *beside = json_object();
    char salt[33];

    engine_random_hex(b->engine, salt, 32);
    json_set_string(beside, "salt", salt);
    json_set(beside, "values", json_copy(personal));
    batch_put(b, STORE_PERSONAL, arena_printf(b->arena, "%lld", (long long)n), json_print_in(b->arena, beside));
    cJSON_Delete(beside);
    return journal_digest_beside(salt, personal, b->arena);
}

/* How many entries stay, entry n among them. The oldest go a few at a time, however many are too many all at once, with what
 * stands beside them; none while a legal hold stands. */
static int64_t trim_journal(struct batch *b, int64_t n)
{
    struct engine *e = b->engine;
    const struct settings *settings = e->config.settings;
    int64_t kept = settings->retention.journal, before;

    if (e->first_journal == 0)
        e->first_journal = n > JOURNAL_KEPT_BEFORE ? n - JOURNAL_KEPT_BEFORE : 1;
    before = e->first_journal;
    for (int i = 0; i < TRIMMED_AT_ONCE && settings->audit.hold_count == 0 && n - e->first_journal >= kept; i++)
        batch_drop(b, STORE_PERSONAL, arena_printf(b->arena, "%lld", (long long)e->first_journal++));
    if (e->first_journal != before || n == 1)
        batch_put_number(b, "kept:journal", e->first_journal);
    return n - e->first_journal + 1;
}

static cJSON *make_core(const struct batch *b, int64_t n, const char *kind, const char *operation,
                        const char *request_id, const cJSON *body)
{
    cJSON *core = json_object();

    json_set_int(core, "n", n);
    json_set_int(core, "at", b->at_ms);
    json_set_string(core, "kind", kind);
    json_set_string(core, "operation", operation);
    json_set_string(core, "request_id", request_id);
    if (body)
        json_set(core, "body", json_copy(body));
    return core;
}

/* What was asked and what became of it. What a person typed is not for the log: an unknown verb is that, too. */
static void log_entry(struct batch *b, const char *kind, const char *operation, const char *request_id,
                      const cJSON *body, const cJSON *personal)
{
    const char *verb = strcmp(kind, "request.unknown") == 0 ? NULL : json_find_string(body, "verb");
    const char *system = json_find_string(personal, "system"), *principal = json_find_string(personal, "principal");
    const char *result = json_find_string(body, "result"), *who = "";

    if (strncmp(kind, "request.", 8) != 0 && strcmp(kind, "operation.begun") != 0 &&
        strcmp(kind, "operation.ended") != 0)
        return;
    if (system)
        who = arena_printf(b->arena, "%s%s%s:%s, ", verb ? verb : "", verb && *verb ? " by " : "", system,
                           principal ? principal : "");
    engine_logf(b->engine, ENGINE_LOG_INFO, kind, "%srequest %s%s%s%s%s", who, request_id ? request_id : "-",
                operation ? ", operation " : "", operation ? operation : "", result ? ": " : "", result ? result : "");
}

void batch_journal(struct batch *b, const char *kind, const char *operation, const char *request_id, const cJSON *body,
                   const cJSON *personal)
{
    struct engine *e = b->engine;
    int64_t n = ++e->last_journal;
    cJSON *entry = json_object();
    struct digest_hex beside = { "" }, hash;

    if (!b->has_journal)
        memcpy(b->journal_before, e->journal_head, sizeof(b->journal_before));
    b->has_journal = true;
    if (personal)
        beside = keep_personal(b, n, personal);
    json_set_string(entry, "previous", e->journal_head);
    json_set_int(entry, "seq", e->seq + 1);
    json_set_string(entry, "configuration", e->config.settings_digest);
    json_set(entry, "core", make_core(b, n, kind, operation, request_id, body));
    json_set_string(entry, "personal", beside.text[0] ? beside.text : NULL);
    hash = journal_hash(entry, b->arena);
    json_set_string(entry, "hash", hash.text);
    append(b, STORE_JOURNAL, trim_journal(b, n), json_print_in(b->arena, entry));
    cJSON_Delete(entry);
    memcpy(e->journal_head, hash.text, sizeof(e->journal_head));
    log_entry(b, kind, operation, request_id, body, personal);
    if (e->config.observer.journalled)
        e->config.observer.journalled(e->config.observer.ctx, kind, body);
}

/* ---- dead letters: one sender may send any number of them, and the inbox needs its room ---- */

static void count_dead(struct batch *b, int64_t count, int64_t bytes)
{
    b->engine->dead_count = count;
    b->engine->dead_bytes = bytes;
    batch_put_number(b, "dead:count", count);
    batch_put_number(b, "dead:bytes", bytes);
}

/* Two generations are kept, as of the inbox: when the newer one has its share, what was there before it goes, and the
 * journal says so. Of a letter that somebody dropped meanwhile an older one has the place. */
void batch_append_dead(struct batch *b, const char *text)
{
    struct engine *e = b->engine;
    int64_t len = (int64_t)strlen(text), kept = e->dead_count + 1, most = e->config.settings->retention.dead_letters;
    cJSON *body;

    if (kept < most / 2 && e->dead_bytes + len < DEAD_KEPT_BYTES / 2) {
        append(b, STORE_DEAD, most, text);
        count_dead(b, kept, e->dead_bytes + len);
        return;
    }
    append(b, STORE_DEAD, kept, text);
    count_dead(b, 1, len);
    body = json_object();
    json_set_int(body, "kept", kept);
    batch_journal(b, "dead.trimmed", NULL, NULL, body, NULL);
    cJSON_Delete(body);
    engine_logf(e, ENGINE_LOG_WARN, "dead.trimmed", "the newest %lld dead letters stay, older ones are dropped",
                (long long)kept);
}

void batch_drop_all_dead(struct batch *b)
{
    add(b, (struct store_write){ STORE_TRIM, STORE_DEAD, AFTER_ALL, { "", 0 } });
    count_dead(b, 0, 0);
}

/* ---- items: what was decided stays for a time, so that it can be decided once more by hand ---- */

struct entry_id { /* "<ms of the store's clock>-<number of the entry>" */
    int64_t ms, n;
};

static struct entry_id read_id(const char *text)
{
    struct str rest = str_of(text);
    struct entry_id id = { 0, 0 };
    struct error ignored;

    parse_int(str_take_until(&rest, '-'), 0, INT64_MAX, &id.ms, &ignored);
    parse_int(rest, 0, INT64_MAX, &id.n, &ignored);
    return id;
}

/* Two generations are kept; the older one goes when the newer one has its share. Gives up to where the inbox may be
 * forgotten; NULL: nothing goes by this commit. */
static const char *forget_before(struct batch *b, const struct inbox_entry *entry)
{
    struct engine *e = b->engine;
    const struct retention_settings *retention = &e->config.settings->retention;
    struct entry_id now = read_id(entry->id), since = read_id(e->kept_since);

    e->kept_bytes += (int64_t)entry->len;
    if (e->kept_since[0] && now.n - since.n < retention->deliveries / 2 && now.ms - since.ms < retention->deliveries_for_ms / 2 &&
        e->kept_bytes < DELIVERIES_KEPT_BYTES / 2)
        return NULL;
    memcpy(e->kept_from, e->kept_since, sizeof(e->kept_from));
    snprintf(e->kept_since, sizeof(e->kept_since), "%s", entry->id);
    e->kept_bytes = 0;
    batch_put(b, STORE_META, "kept:since", e->kept_since);
    batch_put(b, STORE_META, "kept:from", e->kept_from);
    return e->kept_from[0] ? arena_strdup(b->arena, e->kept_from) : NULL;
}

static void consume_item(struct batch *b, struct inbox_entry *entry)
{
    struct engine *e = b->engine;
    const char *trim = entry->is_safe ? entry->id : forget_before(b, entry);

    if (!PLANTED(CURSOR_NOT_MOVED) && !(PLANTED(DECIDED_AGAIN) && strcmp(entry->id, e->cursor_inbox) == 0))
        add(b, (struct store_write){ STORE_CURSOR,
                                     entry->is_safe ? STORE_INBOX_SAFE : STORE_INBOX,
                                     arena_strdup(b->arena, entry->id),
                                     { "", 0 } });
    if (trim)
        add(b,
            (struct store_write){
                STORE_TRIM, entry->is_safe ? STORE_INBOX_SAFE : STORE_INBOX, arena_strdup(b->arena, trim), { "", 0 } });
    snprintf(entry->is_safe ? e->cursor_safe : e->cursor_inbox, sizeof(e->cursor_inbox), "%s", entry->id);
    inputs_drop_entry(e, entry);
}

void batch_consume(struct batch *b)
{
    struct engine *e = b->engine;
    const struct input *input = b->input;

    switch (input->kind) {
    case INPUT_ITEM:
        consume_item(b, input->entry);
        break;
    case INPUT_EFFECT:
        if (!PLANTED(EFFECT_FORGOTTEN_EARLY)) /* the plant has dropped it when the try began */
            batch_drop(b, STORE_EFFECTS, input->effect->record.id);
        lanes_drop(e, input->effect);
        break;
    case INPUT_READING:
        readings_drop(e, input->reading); /* its record goes with the operation's */
        break;
    case INPUT_MESSAGE:
        batch_drop(b, STORE_MESSAGES, input->message->record.id);
        records_drop_message(e, input->message);
        break;
    case INPUT_TIMER:
        batch_drop(b, STORE_TIMERS, input->timer->key);
        records_drop_timer(e, input->timer);
        break;
    case INPUT_RESHOW:
        break;
    }
}

void batch_put_number(struct batch *b, const char *field, int64_t value)
{
    batch_put(b, STORE_META, field, arena_printf(b->arena, "%lld", (long long)value));
}

static void forget_mark(struct batch *b)
{
    struct engine *e = b->engine;
    const char *mark = b->input ? b->input->id : b->mark;
    struct crash_count *count = NULL;

    if (!mark)
        return;
    HASH_FIND_STR(e->crashes, mark, count);
    if (!count && strcmp(e->marked, mark) != 0)
        return;
    batch_drop(b, STORE_TRYING, mark);
    e->marked[0] = '\0';
    if (count && !count->may_come_late) {
        HASH_DEL(e->crashes, count);
        free(count->input);
        free(count);
    }
}

/* What the store has already is not written again. */
static void put_last(struct batch *b)
{
    struct engine *e = b->engine;
    const struct {
        const char *field;
        int64_t now;
        int64_t *stored;
    } rows[] = {
        { "last:operation", e->last_operation, &e->stored_last.operation },
        { "last:look", e->last_look, &e->stored_last.look },
        { "last:order", e->last_order, &e->stored_last.order },
        { "last:journal", e->last_journal, &e->stored_last.journal },
        { "last:at", engine_steady_now(e), &e->stored_last.at },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].now != *rows[i].stored)
            batch_put_number(b, rows[i].field, rows[i].now);
        *rows[i].stored = rows[i].now;
    }
}

void batch_send(struct batch *b, const char *input, size_t decisions)
{
    struct engine *e = b->engine;
    struct commit_job *job = xcalloc(1, sizeof(*job));

    put_last(b);
    engine_random_hex(e, job->id, 32);
    job->engine = e;
    job->arena = b->arena;
    job->input = decisions > 1 ? NULL : input;
    job->decisions = decisions;
    job->commit = (struct store_commit){
        .nonce = arena_strdup(b->arena, e->nonce),
        .seq = ++e->seq,
        .id = job->id,
        .writes = b->writes,
        .count = b->count,
        .journal_before = b->has_journal ? arena_strdup(b->arena, b->journal_before) : NULL,
        .journal_after = b->has_journal ? arena_strdup(b->arena, e->journal_head) : NULL,
    };
    commits_send(e, job);
}

void batch_commit(struct batch *b)
{
    forget_mark(b);
    if (!batch_share(b))
        batch_send(b, b->input ? b->input->id : NULL, 1);
}

/* both_calls.c - one call of a script, of the valid ones and of every kind of invalid one, by dice.
 */
#include "tests/simulation/both.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- dice ---- */

int64_t both_draw(struct both *both, int64_t low, int64_t high)
{
    return dice_between(&both->dice, low, high);
}

bool both_rarely(struct both *both, int64_t per_cent)
{
    return both_draw(both, 0, 99) < per_cent;
}

static const char *pick(struct both *both, const char *const *list, size_t count)
{
    return list[both_draw(both, 0, (int64_t)count - 1)];
}

static const char *draw_text(struct both *both, size_t len)
{
    char *text = arena_alloc(both->arena, len + 1);

    for (size_t i = 0; i < len; i++)
        text[i] = (char)('a' + both_draw(both, 0, 25));
    return text;
}

static const char *draw_nonce(struct both *both)
{
    static const char *const nonces[] = { "00000000000000000000000000000001", "00000000000000000000000000000002",
                                          "0000000000000000000000000000000A" };
    const char *owner = twin_get(both->twin, STORE_META, "nonce");

    if (owner && *owner && both_rarely(both, 75))
        return arena_strdup(both->arena, owner);
    if (both_rarely(both, 10))
        return both_rarely(both, 50) ? "" : "0000000000000000000000000000000g";
    return pick(both, nonces, ARRAY_LEN(nonces));
}

static const char *draw_id(struct both *both, enum store_place place)
{
    static const char *const odd[] = { "",
                                       "5",
                                       "a-1",
                                       "1-b",
                                       "01-1",
                                       "1-01",
                                       "1-",
                                       "-1",
                                       "18446744073709551616-1",
                                       "18446744073709551615-18446744073709551615",
                                       "0-0",
                                       "1-1 " };
    const struct twin_stream *stream;
    struct twin_id id;

    if (both_rarely(both, 8))
        return pick(both, odd, ARRAY_LEN(odd) - (both_rarely(both, 90) ? 3 : 0));
    if (place < TWIN_HASHES || place >= STORE_PLACES)
        return "1-1";
    stream = twin_stream(both->twin, place);
    if (stream->count == stream->first)
        return "0-1";
    id = stream->entries[both_draw(both, (int64_t)stream->first, (int64_t)stream->count - 1)].id;
    id.n += both_rarely(both, 10) ? 1 : 0;
    return twin_id_text(id, both->arena);
}

/* ---- accept ---- */

void both_call_accept(struct both *both)
{
    struct arguments rest = { .count = 0 };
    struct store_item items[4];
    enum accept_result results[ARRAY_LEN(items)];
    size_t count = (size_t)both_draw(both, 1, (int64_t)ARRAY_LEN(items)), keys_count = 0;
    const struct twin_limits *limits = &both->twin->limits;
    static const char *const memories[] = { "0", "1", "100000000000" };
    size_t memory = both_rarely(both, 20) ? (size_t)both_draw(both, 1, 2) : 0;
    const char *reason = NULL;
    redisReply *reply;
    bool is_good;

    arguments_add(&rest, "inbox");
    arguments_add(&rest, "inbox:safe");
    arguments_add(&rest, "meta");
    both_say(both, "accept, memory %s:", memories[memory]);
    for (size_t i = 0; i < count; i++) {
        size_t keys = both_rarely(both, 4) ? (size_t)both_draw(both, 0, 1) * 4 : (size_t)both_draw(both, 1, 3);
        const char **list = arena_alloc(both->arena, keys * sizeof(*list));

        for (size_t k = 0; k < keys; k++) {
            list[k] = arena_printf(both->arena, "key:%" PRId64, both_draw(both, 0, DEDUPE_KEYS - 1));
            arguments_add(&rest, list[k]);
        }
        items[i] = (struct store_item){ .keys = list, .key_count = keys, .is_safe = both_rarely(both, 40) };
        items[i].bytes =
            str_of(draw_text(both, both_rarely(both, 4) ? limits->item_max_bytes + 1 : (size_t)both_draw(both, 0, 8)));
        keys_count += keys;
        both_say(both, " [%s, %zu keys from %s, %zu bytes]", items[i].is_safe ? "safe" : "inbox", keys,
                 keys ? list[0] : "-", items[i].bytes.len);
    }
    arguments_add_int(both, &rest, limits->high_water[0]);
    arguments_add_int(both, &rest, limits->high_water[1]);
    arguments_add_int(both, &rest, limits->memory_percent[0]);
    arguments_add_int(both, &rest, limits->memory_percent[1]);
    arguments_add_int(both, &rest, limits->dedupe_ms);
    arguments_add_int(both, &rest, (int64_t)limits->item_max_bytes);
    arguments_add_int(both, &rest, (int64_t)limits->item_keys_max);
    for (size_t i = 0; i < count; i++) {
        arguments_add(&rest, items[i].is_safe ? "inbox:safe" : "inbox");
        arguments_add_int(both, &rest, (int64_t)items[i].key_count);
        arguments_add_str(&rest, items[i].bytes);
    }
    if (memory > 0)
        both_run(both, "CONFIG SET maxmemory %s%s", memories[memory], "");
    reply = both_call(both, ACCEPT, 3 + (int)keys_count, &rest);
    if (memory > 0)
        both_run(both, "CONFIG SET maxmemory %s%s", "0", "");
    both_learn_clock(both);
    both->twin->max_bytes = memory == 1 ? 1 : memory == 2 ? INT64_C(100000000000) : 0;
    both->twin->used_bytes = 1000;
    is_good = twin_accept(both->twin, items, count, results, &reason);
    if (!is_good || reply->type == REDIS_REPLY_ERROR) {
        both_same(both, "the error", reply->type == REDIS_REPLY_ERROR ? reply->str : "none",
                  is_good ? "none" : arena_printf(both->arena, "ERR accept: %s", reason));
    } else {
        for (size_t i = 0; i < count; i++)
            both_same(both, arena_printf(both->arena, "result %zu", i), both_number(both, reply->element[i]->integer),
                      both_number(both, (int64_t)results[i]));
    }
    freeReplyObject(reply);
}

/* ---- commit and mark ---- */

static const char *draw_field(struct both *both, enum store_place place)
{
    static const char *const fields[] = { "a", "b", "c", "d" };
    static const char *const reserved[] = { STORE_META_RESERVED };

    if (place == STORE_META && both_rarely(both, 15))
        return pick(both, reserved, ARRAY_LEN(reserved));
    if (both_rarely(both, 3))
        return draw_text(both, both_rarely(both, 50) ? 0 : both->twin->limits.field_max_bytes + 1);
    return pick(both, fields, ARRAY_LEN(fields));
}

static struct store_write draw_write(struct both *both)
{
    static const enum store_place fit[][4] = {
        [STORE_APPEND] = { STORE_JOURNAL, STORE_DEAD, STORE_DEAD, STORE_DEAD },
        [STORE_CURSOR] = { STORE_INBOX, STORE_INBOX_SAFE, STORE_INBOX, STORE_INBOX_SAFE },
        [STORE_TRIM] = { STORE_INBOX, STORE_INBOX_SAFE, STORE_DEAD, STORE_JOURNAL },
    };
    static const char *const lengths[] = { "1", "2", "3", "999999999999999", "1000000000000000", "0", "01", "x" };
    struct store_write write = { .verb = (enum store_verb)both_draw(both, STORE_PUT, STORE_TRIM), .field = "" };

    if (write.verb <= STORE_DROP)
        write.place = (enum store_place)both_draw(both, 0, TWIN_HASHES - 1);
    else
        write.place = fit[write.verb][both_draw(both, 0, 3)];
    if (both_rarely(both, 5))
        write.place = both_rarely(both, 15)
                          ? STORE_PLACES
                          : (enum store_place)both_draw(both, 0, STORE_PLACES - 1); /* the last is none */
    if (both_rarely(both, 1))
        write.verb = (enum store_verb)(STORE_TRIM + 1);
    if (write.verb == STORE_DROP && both_rarely(both, 20))
        write.place = STORE_DEAD;
    if (write.verb == STORE_DROP && write.place == STORE_DEAD && !both_rarely(both, 10))
        write.field = draw_id(both, write.place);
    else if (write.verb == STORE_PUT || write.verb == STORE_DROP)
        write.field = draw_field(both, write.place);
    else if (write.verb == STORE_CURSOR || write.verb == STORE_TRIM)
        write.field = draw_id(both, write.place);
    else if (write.verb == STORE_APPEND && both_rarely(both, 20))
        write.field = pick(both, lengths, ARRAY_LEN(lengths));
    write.value = str_of(
        draw_text(both, both_rarely(both, 3) ? both->twin->limits.value_max_bytes + 1 : (size_t)both_draw(both, 0, 9)));
    return write;
}

static const char *draw_commit_id(struct both *both)
{
    char *id;

    if (both->last_commit[0] && both_rarely(both, 10))
        return both->last_commit;
    if (both_rarely(both, 3))
        return both_rarely(both, 50) ? "abc" : "0000000000000000000000000000000x";
    id = arena_alloc(both->arena, 33);
    for (size_t i = 0; i < 32; i++)
        id[i] = "0123456789abcdef"[both_draw(both, 0, 15)];
    return id;
}

/* "write 1: the journal has another head": the number says nothing then. */
static const char *without_number(const char *reason)
{
    const char *colon = strncmp(reason, "write ", 6) == 0 ? strstr(reason, ": ") : NULL;

    return colon ? colon + 2 : reason;
}

static void same_status(struct both *both, const redisReply *reply, enum store_status status, const char *reason)
{
    static const char *const words[] = { [STORE_OK] = "ok",
                                         [STORE_STALE_NONCE] = "stale nonce",
                                         [STORE_STALE_SEQ] = "stale seq",
                                         [STORE_INVALID] = "invalid" };
    const char *script = reply->type == REDIS_REPLY_ERROR ? reply->str : reply->element[0]->str;

    both_same(both, "the answer", script, words[status]);
    if (status != STORE_INVALID)
        return;
    script = reply->element[1]->str;
    if (strncmp(reason, "write ", 6) == 0)
        both_same(both, "the reason", script, reason);
    else
        both_same(both, "the reason", without_number(script), without_number(reason));
}

static void add_places(struct arguments *rest)
{
    for (size_t i = 0; i < STORE_PLACES; i++)
        arguments_add(rest, store_place_names[i]);
}

static void add_commit(struct both *both, struct arguments *rest, const struct store_commit *commit)
{
    static const char *const names[] = { "put", "drop", "append", "cursor", "trim", "burn" };
    const struct twin_limits *limits = &both->twin->limits;

    add_places(rest);
    arguments_add(rest, "commit");
    arguments_add(rest, commit->nonce);
    arguments_add_int(both, rest, commit->seq - 1);
    arguments_add_int(both, rest, commit->seq);
    arguments_add(rest, commit->id);
    arguments_add(rest, commit->journal_after ? "1" : "0");
    arguments_add(rest, commit->journal_before);
    arguments_add(rest, commit->journal_after);
    arguments_add_int(both, rest, (int64_t)limits->writes_max);
    arguments_add_int(both, rest, (int64_t)limits->value_max_bytes);
    arguments_add_int(both, rest, (int64_t)limits->field_max_bytes);
    for (size_t i = 0; i < commit->count; i++) {
        arguments_add(rest, names[commit->writes[i].verb]);
        arguments_add(rest,
                      commit->writes[i].place < STORE_PLACES ? store_place_names[commit->writes[i].place] : "nowhere");
        arguments_add(rest, commit->writes[i].field);
        arguments_add_str(rest, commit->writes[i].value);
        both_say(both, " %s %s '%s' (%zu)", names[commit->writes[i].verb],
                 commit->writes[i].place < STORE_PLACES ? store_place_names[commit->writes[i].place] : "nowhere",
                 commit->writes[i].field, commit->writes[i].value.len);
    }
}

static void draw_heads(struct both *both, struct store_commit *commit)
{
    const char *head = twin_get(both->twin, STORE_META, "journal");

    if (both_rarely(both, 40))
        return;
    commit->journal_before = both_rarely(both, 7) ? "another" : arena_strdup(both->arena, head ? head : "");
    commit->journal_after = both_rarely(both, 5)
                                ? draw_text(both, both_rarely(both, 50) ? 0 : both->twin->limits.field_max_bytes + 1)
                                : draw_text(both, 8);
}

void both_call_commit(struct both *both)
{
    struct arguments rest = { .count = 0 };
    struct store_write writes[12];
    struct store_commit commit = { .writes = writes, .nonce = draw_nonce(both), .id = draw_commit_id(both) };
    enum store_status status;
    const char *reason;
    redisReply *reply;

    commit.seq = twin_seq(both->twin) + 1 + (both_rarely(both, 7) ? both_draw(both, -1, 1) : 0);
    commit.count =
        (size_t)(both_rarely(both, 5) ? both_draw(both, 9, 12) : both_draw(both, 0, 4)); /* at most 8 are allowed */
    draw_heads(both, &commit);
    both_say(both, "commit %s, seq %" PRId64 ", heads %s -> %s:", commit.id, commit.seq,
             commit.journal_before ? commit.journal_before : "-", commit.journal_after ? commit.journal_after : "-");
    for (size_t i = 0; i < commit.count; i++)
        writes[i] = draw_write(both);
    add_commit(both, &rest, &commit);
    reply = both_call(both, COMMIT, STORE_PLACES, &rest);
    both_learn_clock(both);
    status = twin_commit(both->twin, &commit, both->arena, &reason);
    same_status(both, reply, status, reason);
    if (status == STORE_OK)
        snprintf(both->last_commit, sizeof(both->last_commit), "%s", commit.id);
    freeReplyObject(reply);
}

void both_call_mark(struct both *both)
{
    struct arguments rest = { .count = 0 };
    const char *nonce = draw_nonce(both), *input = draw_field(both, STORE_TRYING), *reason;
    struct str value = str_of(draw_text(both, both_rarely(both, 6) ? both->twin->limits.value_max_bytes + 1 : 5));
    enum store_status status;
    redisReply *reply;

    both_say(both, "mark '%s' (%zu) by %s", input, value.len, nonce);
    add_places(&rest);
    arguments_add(&rest, "mark");
    arguments_add(&rest, nonce);
    arguments_add(&rest, input);
    arguments_add_str(&rest, value);
    arguments_add_int(both, &rest, (int64_t)both->twin->limits.value_max_bytes);
    arguments_add_int(both, &rest, (int64_t)both->twin->limits.field_max_bytes);
    reply = both_call(both, COMMIT, STORE_PLACES, &rest);
    status = twin_mark(both->twin, nonce, input, value, both->arena, &reason);
    same_status(both, reply, status, reason);
    freeReplyObject(reply);
}

/* ---- lease ---- */

static void same_answer(struct both *both, const redisReply *reply, const struct lease_answer *answer)
{
    static const char *const results[] = { "done", "held", "too new", "no birth" };
    const char *twin[] = { results[answer->result],
                           answer->birth,
                           answer->nonce,
                           answer->instance,
                           both_number(both, answer->counter),
                           both_number(both, answer->seq),
                           reply->element[6]->str, /* the clock is the server's own */
                           answer->was_clean ? "1" : "0",
                           both_number(both, answer->shift_ms) };

    for (size_t i = 0; i < ARRAY_LEN(twin); i++)
        both_same(both, arena_printf(both->arena, "part %zu of the answer", i + 1), reply->element[i]->str, twin[i]);
}

void both_call_lease(struct both *both)
{
    static const char *const actions[] = { "look", "take", "renew", "release" };
    static const char *const instances[] = { "north", "south" };
    struct arguments rest = { .count = 0 };
    struct error ignored;
    struct lease_call call = { .action = (enum lease_action)both_draw(both, LEASE_LOOK, LEASE_RELEASE),
                               .nonce = draw_nonce(both),
                               .instance = pick(both, instances, ARRAY_LEN(instances)),
                               .schema = both_rarely(both, 5) ? both_draw(both, 0, 2) : 1 };
    struct lease_answer answer;
    const char *reason = "", *counter = twin_get(both->twin, STORE_META, "counter");
    redisReply *reply;
    bool is_good;

    if (call.action == LEASE_RELEASE && both_rarely(both, 60))
        call.action = LEASE_TAKE; /* commits need an owner */
    if (!parse_int(str_of(counter ? counter : "0"), 0, INT64_MAX, &call.counter, &ignored))
        call.counter = 0;
    call.counter += both_rarely(both, 40) ? 1 : 0;
    both_say(both, "lease %s by %s of %s, counter %" PRId64 ", schema %" PRId64, actions[call.action], call.nonce,
             call.instance, call.counter, call.schema);
    arguments_add(&rest, "meta");
    arguments_add(&rest, actions[call.action]);
    arguments_add(&rest, call.nonce);
    arguments_add(&rest, call.instance);
    arguments_add_int(both, &rest, call.schema);
    arguments_add_int(both, &rest, call.counter);
    reply = both_call(both, LEASE, 1, &rest);
    is_good = twin_lease(both->twin, &call, &answer, &reason);
    if (!is_good || reply->type == REDIS_REPLY_ERROR)
        both_same(both, "the error", reply->type == REDIS_REPLY_ERROR ? reply->str : "none",
                  is_good ? "none" : arena_printf(both->arena, "ERR lease: %s", reason));
    else
        same_answer(both, reply, &answer);
    freeReplyObject(reply);
}

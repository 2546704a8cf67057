/* heard.c - what was told from outside and had an effect, so that it has none when it is told once more: another way,
 * by another hook, or again after the store has forgotten its delivery. The last of them are kept, for a time.
 */
#include "bot/engine/internal.h"

#define DROPS_MAX 8 /* in one commit: more than one comes in, so that it shrinks */

const struct heard *heard_find(const struct engine *e, const char *key)
{
    struct heard *heard = NULL;

    HASH_FIND_STR(e->heard, key, heard);
    return heard && engine_steady_now(e) - heard->at_ms < HEARD_MS ? heard : NULL;
}

static void drop(struct engine *e, struct heard *heard)
{
    HASH_DEL(e->heard, heard);
    free(heard->key);
    free(heard);
}

bool heard_put(struct engine *e, const char *key, const char *text, struct error *err)
{
    AUTO_JSON cJSON *json = NULL;
    struct heard *heard = NULL;

    if (!json_parse(str_of(text), &json, err))
        return false;
    HASH_FIND_STR(e->heard, key, heard);
    if (heard)
        drop(e, heard);
    heard = xcalloc(1, sizeof(*heard));
    heard->key = xstrdup(key);
    heard->at_ms = json_find_int(json, "at", 0);
    heard->n = json_find_int(json, "n", 0);
    HASH_ADD_KEYPTR(hh, e->heard, heard->key, strlen(heard->key), heard);
    return true;
}

static int by_number(const struct heard *a, const struct heard *b)
{
    return (a->n > b->n) - (a->n < b->n);
}

void heard_sort(struct engine *e)
{
    HASH_SORT(e->heard, by_number);
}

static void let_go(struct batch *b)
{
    struct engine *e = b->engine;
    struct heard *oldest, *next;
    size_t dropped = 0;

    HASH_ITER(hh, e->heard, oldest, next) {
        bool is_old = engine_steady_now(e) - oldest->at_ms >= HEARD_MS;

        if ((HASH_COUNT(e->heard) <= HEARD_KEPT && !is_old) || dropped++ == DROPS_MAX)
            return;
        batch_drop(b, STORE_HEARD, oldest->key);
        drop(e, oldest);
    }
}

void heard_keep(struct batch *b, const char *key, int64_t n)
{
    cJSON *json = json_object();
    const char *text;
    struct error err;

    json_set_int(json, "at", engine_steady_now(b->engine));
    json_set_int(json, "n", n);
    text = json_print_in(b->arena, json);
    cJSON_Delete(json);
    batch_put(b, STORE_HEARD, key, text);
    engine_must(heard_put(b->engine, key, text, &err), b->engine, "heard", &err);
    let_go(b);
}

void heard_clear(struct engine *e)
{
    struct heard *heard, *next;

    HASH_ITER(hh, e->heard, heard, next)
        drop(e, heard);
}

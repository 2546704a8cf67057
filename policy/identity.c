#include "policy/identity.h"

#include "bot/base/digest.h"

#include <stdlib.h>
#include <string.h>

#define CONTENT_BYTES (1024 * 1024) /* more than a file has */

/* Each text with its length before it, so that no two rules are written alike. */
static void add_text(struct buf *content, const char *text)
{
    buf_addf(content, "%zu:%s ", text ? strlen(text) : 0, text ? text : "");
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_names(struct buf *content, const char *key, const char **names, size_t count, struct arena *arena)
{
    const char **sorted = arena_alloc(arena, (count + 1) * sizeof(*sorted));

    for (size_t i = 0; i < count; i++)
        sorted[i] = names[i];
    if (count > 0)
        qsort(sorted, count, sizeof(*sorted), compare_texts);
    buf_addf(content, "%s %zu ", key, count);
    for (size_t i = 0; i < count; i++)
        add_text(content, sorted[i]);
}

static void add_place(struct buf *content, const struct rule_place *on, struct arena *arena)
{
    const char **labels = arena_alloc(arena, (on->labels_count + 1) * sizeof(*labels));

    for (size_t i = 0; i < on->labels_count; i++)
        labels[i] = arena_printf(arena, "%zu:%s=%s", strlen(on->labels[i].key), on->labels[i].key, on->labels[i].value);
    add_names(content, "service", on->service, on->service_count, arena);
    add_names(content, "environment", on->environment, on->environment_count, arena);
    add_names(content, "database", on->database, on->database_count, arena);
    if (on->runbook_count > 0) /* else as it was before there were any: glasses that were broken stay so */
        add_names(content, "runbook", on->runbook, on->runbook_count, arena);
    add_names(content, "labels", labels, on->labels_count, arena);
}

static void add_when(struct buf *content, const struct rule_when *when, struct arena *arena)
{
    add_names(content, "source", when->source, when->source_count, arena);
    add_names(content, "during", when->during, when->during_count, arena);
    add_text(content, when->incident_at_least);
}

const char *deny_identity(const struct rule_settings *deny, struct arena *arena)
{
    static const struct rule_place everywhere;
    static const struct rule_when always;
    AUTO_BUF struct buf content = BUF(CONTENT_BYTES);

    add_names(&content, "deny", deny->deny, deny->deny_count, arena);
    add_names(&content, "to", deny->to, deny->to_count, arena);
    add_names(&content, "break_glass", deny->break_glass, deny->break_glass_count, arena);
    add_place(&content, deny->on ? deny->on : &everywhere, arena);
    add_when(&content, deny->when ? deny->when : &always, arena);
    add_text(&content, deny->reason);
    return arena_strdup(arena, digest_hex(digest_sha256(buf_str(&content))).text);
}

#include "prometheus/labels.h"

#include <string.h>

#define PRINT_MAX_BYTES 4096

const char *labels_get(struct labels labels, const char *name)
{
    for (size_t i = 0; i < labels.count; i++) {
        if (strcmp(labels.at[i].name, name) == 0)
            return labels.at[i].value;
    }
    return "";
}

int labels_compare(struct labels a, struct labels b)
{
    for (size_t i = 0; i < a.count && i < b.count; i++) {
        int order = strcmp(a.at[i].name, b.at[i].name);

        order = order ? order : strcmp(a.at[i].value, b.at[i].value);
        if (order)
            return order;
    }
    return (a.count > b.count) - (a.count < b.count);
}

bool labels_equal(struct labels a, struct labels b)
{
    return a.count == b.count && labels_compare(a, b) == 0;
}

struct labels labels_with(struct arena *arena, struct labels labels, const char *name, const char *value)
{
    struct label *at = arena_alloc(arena, (labels.count + 1) * sizeof *at);
    struct labels made = { .at = at };
    size_t i = 0;

    for (; i < labels.count && strcmp(labels.at[i].name, name) < 0; i++)
        at[made.count++] = labels.at[i];
    if (*value)
        at[made.count++] = (struct label){ arena_strdup(arena, name), arena_strdup(arena, value) };
    if (i < labels.count && strcmp(labels.at[i].name, name) == 0)
        i++;
    for (; i < labels.count; i++)
        at[made.count++] = labels.at[i];
    return made;
}

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

static struct labels filter(struct arena *arena, struct labels labels, const char *const *names, size_t count,
                            bool keep)
{
    struct label *at = arena_alloc(arena, (labels.count + 1) * sizeof *at);
    struct labels made = { .at = at };

    for (size_t i = 0; i < labels.count; i++) {
        if (is_among(labels.at[i].name, names, count) == keep)
            at[made.count++] = labels.at[i];
    }
    return made;
}

struct labels labels_only(struct arena *arena, struct labels labels, const char *const *names, size_t count)
{
    return filter(arena, labels, names, count, true);
}

struct labels labels_without(struct arena *arena, struct labels labels, const char *const *names, size_t count)
{
    return filter(arena, labels, names, count, false);
}

char *labels_print(struct arena *arena, struct labels labels)
{
    AUTO_BUF struct buf out = BUF(PRINT_MAX_BYTES);

    buf_putc(&out, '{');
    for (size_t i = 0; i < labels.count; i++)
        buf_addf(&out, "%s%s=\"%s\"", i > 0 ? ", " : "", labels.at[i].name, labels.at[i].value);
    buf_putc(&out, '}');
    return arena_copy(arena, buf_str(&out));
}

cJSON *labels_show(struct labels labels)
{
    cJSON *shown = json_object();

    for (size_t i = 0; i < labels.count; i++)
        json_set_string(shown, labels.at[i].name, labels.at[i].value);
    return shown;
}

#include "bot/model/verb.h"

#include <string.h>

#define VERBS_MAX 64

const struct verb *verb_find(const struct verb *const *verbs, const char *name)
{
    for (const struct verb *const *verb = verbs; *verb; verb++)
        if (strcmp((*verb)->name, name) == 0)
            return *verb;
    return NULL;
}

bool verb_goes_first(const struct verb *verb, const struct request *request)
{
    if (!verb || verb->is_safe_direction)
        return verb != NULL;
    return verb->safe_word && request->words_count > 0 && strcmp(request->words[0], verb->safe_word) == 0;
}

const struct verb *verb_nearest(const struct verb *const *verbs, const char *name)
{
    const char *names[VERBS_MAX], *nearest;
    size_t count = 0;

    for (const struct verb *const *verb = verbs; *verb; verb++)
        if ((*verb)->also_ruled_as && strcmp((*verb)->also_ruled_as, name) == 0)
            return *verb;
    for (const struct verb *const *verb = verbs; *verb && count < VERBS_MAX; verb++)
        if (!(*verb)->is_internal)
            names[count++] = (*verb)->name;
    nearest = str_nearest(str_of(name), names, count);
    return nearest ? verb_find(verbs, nearest) : NULL;
}

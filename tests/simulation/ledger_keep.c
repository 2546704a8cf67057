/* ledger_keep.c - an old revision stays in reach for its time: what its operation says of the tag in the end is true.
 */
#include "tests/simulation/ledger_internal.h"

#include <string.h>

struct kept {
    const char *place, *revision, *tag; /* place: as the world names it */
};

static const char *take(struct ledger *ledger, const cJSON *json, const char *path)
{
    const char *text = json_find_string(json, path);

    return arena_strdup(ledger->arena, text ? text : "");
}

void keeps_operation(struct ledger *ledger, struct known_operation *operation, const cJSON *json)
{
    struct kept *kept = operation->kept ? operation->kept : ARENA_NEW(ledger->arena, struct kept);
    const char *summary = json_find_string(json, "summary");

    if (summary && strstr(summary, "is out of reach now"))
        ledger_count(ledger, DEED_KEPT);
    kept->place = arena_printf(ledger->arena, "%s/%s", take(ledger, json, "body.place.region"),
                               take(ledger, json, "body.place.service"));
    kept->revision = take(ledger, json, "body.revision");
    kept->tag = take(ledger, json, "body.tag");
    operation->kept = kept;
}

static bool is_same_kept(const struct kept *a, const struct kept *b)
{
    return strcmp(a->place, b->place) == 0 && strcmp(a->revision, b->revision) == 0 && strcmp(a->tag, b->tag) == 0;
}

/* It served again, was left once more, and then that was kept. */
static bool is_kept_again(const struct ledger *ledger, const struct known_operation *operation)
{
    for (size_t i = 0; i < ledger->operations_count; i++) {
        const struct known_operation *other = ledger->operations[i];

        if (other != operation && other->kept && other->begun_ms > operation->begun_ms &&
            is_same_kept(other->kept, operation->kept))
            return true;
    }
    return false;
}

void ledger_check_tags(struct ledger *ledger, const struct world *world)
{
    for (size_t i = 0; i < ledger->operations_count && !ledger->is_store_lost; i++) {
        const struct known_operation *operation = ledger->operations[i];

        if (!operation->kept || !ledger_is_same(operation->result, "done") || !operation->summary ||
            strstr(operation->summary, "serves again") || is_kept_again(ledger, operation))
            continue;
        if (world_is_only_tagged(world, operation->kept->place, operation->kept->revision, operation->kept->tag))
            ledger_complain(ledger, "no tag of ours outlives its time", "%s says \"%s\", and %s stands there as %s",
                            operation->id, operation->summary, operation->kept->revision, operation->kept->tag);
    }
}

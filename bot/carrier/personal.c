/* personal.c - which entries of the journal are of a person: a page of it is read, and what stands beside. */
#include "bot/carrier/internal.h"

#include "bot/model/exchange.h"

#include <inttypes.h>
#include <string.h>

static void end(struct carrier_job *job, const cJSON *body)
{
    struct attempt_end end = { .result = body ? ATTEMPT_DONE : ATTEMPT_AGAIN,
                               .error = body ? NULL : "the store did not answer",
                               .body = body };

    carrier_job_end(job, &end);
}

/* Those with something beside them: their numbers, as the store's fields. */
static const char **fields_of(struct carrier_job *job, const cJSON ***ret_entries, size_t *ret_count)
{
    const char **fields = NULL;
    const cJSON **entries = NULL;
    size_t count = 0, entries_count = 0;
    struct error ignored;

    for (size_t i = 0; i < job->journal_count; i++) {
        const cJSON *entry = json_parse_in(job->arena, job->journal[i].value, &ignored);

        if (!json_find_string(entry, "personal"))
            continue;
        *ARENA_PUSH(job->arena, fields, count) =
            arena_printf(job->arena, "%" PRId64, json_find_int(entry, "core.n", 0));
        *ARENA_PUSH(job->arena, entries, entries_count) = entry;
    }
    *ret_entries = entries;
    *ret_count = count;
    return fields;
}

static void tell(struct carrier_job *job, struct personal_found *found)
{
    AUTO_JSON cJSON *body = NULL;

    if (job->journal_count == PERSONAL_PAGE)
        found->after = job->journal[job->journal_count - 1].id;
    found->held = job->personal.held;
    found->held_count = job->personal.held_count;
    body = shape_to_json(&personal_found_shape, found, SHAPE_WHOLE);
    end(job, body);
}

static struct personal_entry entry_of(struct carrier_job *job, const cJSON *entry, const cJSON *values)
{
    struct personal_entry found = { .n = json_find_int(entry, "core.n", 0),
                                    .at_ms = json_find_int(entry, "core.at", 0),
                                    .operation = json_find_string(entry, "core.operation") };

    for (size_t i = 0; i < job->personal.held_count; i++)
        if (personal_is_of(values, &job->personal.held[i], 1))
            *ARENA_PUSH(job->arena, found.about, found.about_count) = job->personal.held[i];
    return found;
}

static void on_beside(void *arg, enum store_status status, const struct store_entry *beside, size_t count)
{
    struct carrier_job *job = carrier_wait_end(arg);
    struct personal_found found = { .entries = NULL };
    const cJSON **entries;
    size_t wanted;

    if (!job)
        return;
    if (status != STORE_OK) {
        end(job, NULL);
        return;
    }
    fields_of(job, &entries, &wanted);
    for (size_t i = 0; i < count && i < wanted; i++) {
        struct error ignored;
        const cJSON *values =
            beside[i].value.len > 0 ? json_find(json_parse_in(job->arena, beside[i].value, &ignored), "values") : NULL;

        if (!personal_is_of(values, job->personal.persons, job->personal.persons_count))
            continue;
        *ARENA_PUSH(job->arena, found.entries, found.entries_count) = entry_of(job, entries[i], values);
    }
    tell(job, &found);
}

static void keep_page(struct carrier_job *job, const struct store_entry *entries, size_t count)
{
    struct store_entry *page = arena_alloc(job->arena, (count + 1) * sizeof(*page));

    for (size_t i = 0; i < count; i++)
        page[i] = (struct store_entry){ arena_strdup(job->arena, entries[i].id),
                                        { arena_copy(job->arena, entries[i].value), entries[i].value.len } };
    job->journal = page;
    job->journal_count = count;
}

static void on_journal(void *arg, enum store_status status, const struct store_entry *entries, size_t count)
{
    struct carrier_job *job = carrier_wait_end(arg);
    const char **fields;
    const cJSON **ignored;
    size_t wanted;

    if (!job)
        return;
    if (status != STORE_OK) {
        end(job, NULL);
        return;
    }
    keep_page(job, entries, count);
    fields = fields_of(job, &ignored, &wanted);
    if (wanted > 0)
        store_redis_fields(job->carrier->options.store, STORE_PERSONAL, fields, wanted, on_beside,
                           carrier_wait_begin(job));
    else
        tell(job, &(struct personal_found){ .entries = NULL });
}

static void on_begin(void *arg)
{
    struct carrier_job *job = arg;
    const char *after = job->personal.after;

    job->later = NULL;
    store_redis_page(job->carrier->options.store,
                     &(struct store_page){ .place = STORE_JOURNAL,
                                           .from = after ? arena_printf(job->arena, "(%s", after) : "-",
                                           .to = "+",
                                           .count = PERSONAL_PAGE },
                     on_journal, carrier_wait_begin(job));
}

bool carrier_personal_carries(const char *kind)
{
    return strcmp(kind, READING_PERSONAL) == 0;
}

bool carrier_personal_take(struct carrier_job *job, const char *kind, const cJSON *args)
{
    struct error err;

    if (!carrier_personal_carries(kind) ||
        !shape_from_json(&personal_query_shape, args, job->arena, &job->personal, &err))
        return false;
    job->kept.id = "journal"; /* it waits for the store */
    job->later = loop_timer_start(job->carrier->options.loop, 0, on_begin, job);
    return true;
}

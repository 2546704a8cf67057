#include "courier.h"

static void free_parcel(struct parcel *parcel)
{
    free(parcel->id);
    free(parcel->owner);
    free(parcel->line);
    free(parcel->url);
    free(parcel->body);
    free(parcel->about);
    free(parcel);
}

/* Unlinks and frees those that `is_gone` says. */
static void drop_if(struct courier *courier, bool (*is_gone)(const struct parcel *parcel, const char *name),
                    const char *name)
{
    for (struct parcel **at = &courier->parcels, *parcel = NULL; (parcel = *at) != NULL;) {
        if (is_gone(parcel, name)) {
            *at = parcel->next;
            free_parcel(parcel);
        } else {
            at = &parcel->next;
        }
    }
}

static bool is_any(const struct parcel *parcel, const char *name)
{
    (void)parcel;
    (void)name;
    return true;
}

static bool is_of_owner(const struct parcel *parcel, const char *name)
{
    return text_is(parcel->owner, name);
}

static bool is_of_id(const struct parcel *parcel, const char *name)
{
    return text_is(parcel->id, name);
}

void courier_clear(struct courier *courier)
{
    drop_if(courier, is_any, NULL);
    courier->generation++;
}

void courier_drop_owner(struct courier *courier, const char *owner)
{
    drop_if(courier, is_of_owner, owner);
}

void courier_drop(struct courier *courier, const char *id)
{
    drop_if(courier, is_of_id, id);
}

struct parcel *courier_add(struct courier *courier, const struct parcel *wanted)
{
    struct parcel **end = &courier->parcels, *parcel = xcalloc(1, sizeof *parcel);

    *parcel = *wanted;
    parcel->id = xstrdup(wanted->id);
    parcel->owner = xstrdup(wanted->owner);
    parcel->line = xstrdup(wanted->line);
    parcel->url = xstrdup(wanted->url);
    parcel->body = xstrdup(wanted->body);
    parcel->about = xstrdup(wanted->about);
    parcel->next = NULL;
    while (*end)
        end = &(*end)->next;
    *end = parcel;
    return parcel;
}

struct parcel *courier_find(struct courier *courier, const char *id)
{
    for (struct parcel *parcel = courier->parcels; parcel; parcel = parcel->next) {
        if (text_is(parcel->id, id))
            return parcel;
    }
    return NULL;
}

static bool is_first_of_line(const struct courier *courier, const struct parcel *parcel)
{
    for (const struct parcel *earlier = courier->parcels; earlier != parcel; earlier = earlier->next) {
        if (text_is(earlier->line, parcel->line))
            return false;
    }
    return true;
}

struct parcel *courier_next(struct courier *courier, int64_t now_ms)
{
    for (struct parcel *parcel = courier->parcels; parcel; parcel = parcel->next) {
        if (!parcel->is_out && parcel->due_at_ms <= now_ms && is_first_of_line(courier, parcel))
            return parcel;
    }
    return NULL;
}

int64_t courier_wakes_at(const struct courier *courier, int64_t otherwise_ms)
{
    int64_t at_ms = otherwise_ms;

    for (const struct parcel *parcel = courier->parcels; parcel; parcel = parcel->next) {
        if (!parcel->is_out && parcel->due_at_ms < at_ms && is_first_of_line(courier, parcel))
            at_ms = parcel->due_at_ms;
    }
    return at_ms;
}

cJSON *courier_state(const struct courier *courier, const char *sender)
{
    cJSON *list = json_array(), *shown = NULL;

    for (const struct parcel *parcel = courier->parcels; parcel; parcel = parcel->next) {
        if (!text_is(parcel->sender, sender))
            continue;
        shown = json_add(list, json_object());
        json_set_string(shown, "id", parcel->id);
        json_set_string(shown, "owner", parcel->owner);
        json_set_string(shown, "about", parcel->about);
        json_set_int(shown, "tries", parcel->tries);
    }
    return list;
}

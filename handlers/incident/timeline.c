/* timeline.c - what happened in an incident, in its order. */
#include "handlers/incident/internal.h"

#include "bot/model/plant.h"

#include <string.h>

/* Kept free for who moved it: cards and answers tell that by the last of them. */
#define FREE_FOR_MOVES 30
#define FREE_FOR_MOVES_BYTES (16 * 1024)

static bool is_move(const char *kind)
{
    static const char *const moves[] = { INCIDENT_ACKNOWLEDGED, INCIDENT_RESOLVED, INCIDENT_CLOSED, "reopened",
                                         "severity" };

    for (size_t i = 0; i < ARRAY_LEN(moves); i++)
        if (strcmp(moves[i], kind) == 0)
            return true;
    return false;
}

static size_t size_of(const struct incident_entry *entry)
{
    return strlen(entry->kind) + (entry->who ? strlen(entry->who) : 0) + (entry->text ? strlen(entry->text) : 0) +
           (entry->link ? strlen(entry->link) : 0) + (entry->change ? strlen(entry->change) : 0);
}

static bool has_room(const struct incident_body *body, const struct incident_entry *entry)
{
    size_t bytes = size_of(entry), count = body->timeline_count;

    if (!is_move(entry->kind)) {
        count += FREE_FOR_MOVES;
        bytes += FREE_FOR_MOVES_BYTES;
    }
    for (size_t i = 0; i < body->timeline_count; i++)
        bytes += size_of(&body->timeline[i]);
    return count < INCIDENT_TIMELINE_MAX && bytes <= INCIDENT_TIMELINE_MAX_BYTES;
}

void incident_record(struct deciding *d, const char *kind, const char *who, const char *text)
{
    incident_record_entry(d, (struct incident_entry){ .kind = kind, .who = who, .text = text });
}

void incident_record_link(struct deciding *d, const char *kind, const char *who, const char *text, const char *link)
{
    incident_record_entry(d, (struct incident_entry){ .kind = kind, .who = who, .text = text, .link = link });
}

void incident_record_entry(struct deciding *d, struct incident_entry entry)
{
    struct incident_body *body = d->body;
    cJSON *personal = json_object();

    entry.at_ms = view_unix_ms(d->view);
    if (PLANTED(TIMELINE_REWRITTEN) && body->timeline_count > 8)
        body->timeline[body->timeline_count - 1] = entry;
    else if (has_room(body, &entry))
        *ARENA_PUSH(d->view->arena, body->timeline, body->timeline_count) = entry;
    else
        body->cut++;
    json_set_string(personal, "who", entry.who);
    json_set_string(personal, "text", entry.text);
    json_set_string(personal, "link", entry.link);
    outcome_journal(d->out, arena_printf(d->view->arena, "incident.%s", entry.kind), NULL, personal);
}

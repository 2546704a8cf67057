#include "bot/dashboard/ticket.h"

#include <stdio.h>
#include <string.h>

struct session_id tickets_make(struct tickets *tickets, const struct clock *clock, const char *user, int64_t now_mono)
{
    struct session_id id = session_dice(clock);
    struct ticket *place = &tickets->kept[0];

    for (size_t i = 0; i < TICKETS_MAX && place->user[0]; i++)
        if (!tickets->kept[i].user[0] || tickets->kept[i].made_mono < place->made_mono)
            place = &tickets->kept[i];
    *place = (struct ticket){ .id = digest_sha256(str_of(id.text)), .made_mono = now_mono };
    (void)snprintf(place->user, sizeof(place->user), "%s", user);
    return id;
}

bool tickets_take(struct tickets *tickets, struct str ticket, int64_t now_mono, char ret_user[TICKET_USER_MAX])
{
    struct digest digest = digest_sha256(ticket);
    struct ticket *found = NULL;
    bool is_good;

    for (size_t i = 0; i < TICKETS_MAX; i++) /* all of them: how long it takes tells nothing */
        found = tickets->kept[i].user[0] && digest_equal(digest, tickets->kept[i].id) ? &tickets->kept[i] : found;
    if (!found)
        return false;
    is_good = now_mono - found->made_mono < TICKET_MS;
    memcpy(ret_user, found->user, sizeof(found->user));
    *found = (struct ticket){ .made_mono = 0 };
    return is_good;
}

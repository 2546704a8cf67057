#include "integrations/members_doctor.h"

#include "bot/model/membership.h"
#include "integrations/exchanges.h"

static struct finding judge(const struct exchange *exchange, const char *subject, size_t count)
{
    if (count == 0)
        return (struct finding){ FINDING_OPEN, subject, "it can be read, and nobody is in it",
                                 "is it the right one? Whoever is to have the role has to be in it, or on call" };
    return (struct finding){
        FINDING_GOOD, subject,
        arena_printf(exchange->arena, "it can be read: %zu %s", count, count == 1 ? "is in it" : "are in it"), NULL
    };
}

struct exchange_step members_doctor(const struct exchange *exchange)
{
    const char *source = json_find_string(exchange->args, "source"),
               *reading = source ? membership_reading(source) : NULL;
    const struct exchange_row *row = exchanges_find(reading);
    struct findings found = { 0 };
    struct membership_read members;
    struct exchange_step step;
    struct error err;

    if (!row)
        return exchange_never(exchange, "`%.100s` is no group, team or schedule", source ? source : "");
    step = row->step(exchange);
    if (step.next != NEXT_DONE)
        return step;
    if (!shape_from_json(&membership_read_shape, step.result, exchange->arena, &members, &err))
        return exchange_never(exchange, "%s: %s", source, err.message);
    findings_add(&found, exchange->arena,
                 judge(exchange, arena_printf(exchange->arena, "Members of %s", source), members.members_count));
    return findings_done(exchange, &found);
}

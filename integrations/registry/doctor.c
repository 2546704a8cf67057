#include "integrations/registry/doctor.h"

#include "integrations/registry/digest.h"

struct exchange_step registry_doctor(const struct exchange *exchange)
{
    struct exchange_step step = registry_digest_read(exchange);
    struct findings found = { 0 };
    struct registry_image image;
    struct error err;

    if (step.next != NEXT_DONE)
        return step;
    if (!registry_image_parse(str_of(json_find_string(exchange->args, "image")), &image, &err))
        return exchange_never(exchange, "registry: %s", err.message);
    findings_add(
        &found, exchange->arena,
        (struct finding){ FINDING_GOOD, arena_printf(exchange->arena, "Registry " STR_FMT, STR_ARG(image.path)),
                          arena_printf(exchange->arena, "it can be read on " STR_FMT, STR_ARG(image.host)), NULL });
    return findings_done(exchange, &found);
}

#include "integrations/oidc/doctor.h"

#include "integrations/oidc/sign_in.h"
#include "integrations/url.h"

struct exchange_step oidc_doctor(const struct exchange *exchange)
{
    struct exchange_step step = oidc_discover(exchange);
    struct findings found = { 0 };
    struct str host;

    if (step.next != NEXT_DONE)
        return step;
    host = url_host(json_find_string(step.result, "authorization_endpoint"));
    findings_add(&found, exchange->arena,
                 (struct finding){ FINDING_GOOD, "Sign-in",
                                   arena_printf(exchange->arena, "people sign in at " STR_FMT, STR_ARG(host)), NULL });
    return findings_done(exchange, &found);
}

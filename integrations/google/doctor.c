#include "integrations/google/doctor.h"

#include "bot/model/cloud_run.h"
#include "integrations/google/cloud_run.h"

#define SHOWN_BYTES 200

struct exchange_step google_doctor_credential(const struct exchange *exchange)
{
    struct exchange_step step = cloud_run_read(exchange);
    struct findings found = { 0 };

    if (step.next != NEXT_DONE &&
        !(step.next == NEXT_NEVER && step.refusal == REFUSAL_NONE && exchange->answer_count > 0))
        return step;
    findings_add(&found, exchange->arena,
                 (struct finding){ FINDING_GOOD, "Google Cloud", "it tells opsgate what it asks", NULL });
    return findings_done(exchange, &found);
}

struct exchange_step google_doctor_service(const struct exchange *exchange)
{
    struct exchange_step step = cloud_run_read(exchange);
    struct run_service service;
    struct findings found = { 0 };
    struct finding finding = { .mark = FINDING_GOOD };
    struct error err;

    if (step.next != NEXT_DONE)
        return step;
    if (!shape_from_json(&run_service_shape, step.result, exchange->arena, &service, &err))
        return exchange_never(exchange, "Cloud Run: %s", err.message);
    finding.subject = arena_printf(exchange->arena, "Cloud Run %.100s", json_find_string(exchange->args, "service"));
    finding.text = service.serving ? arena_printf(exchange->arena, "%s serves", service.serving) : "nothing serves yet";
    if (service.problem) {
        finding.mark = FINDING_BAD;
        finding.text = arena_printf(exchange->arena, "it is not ready: %.*s", SHOWN_BYTES, service.problem);
        finding.mend = "look at it in the console: opsgate deploys from the revision that serves";
    }
    findings_add(&found, exchange->arena, finding);
    return findings_done(exchange, &found);
}

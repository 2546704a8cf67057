/* Input: a letter that picks one of the doctor's exchanges, 'a' the first, then answers, each begun by a digit that
 * picks its status and ended by a NUL or by the end. Whatever comes, it ends with findings that say something, or with
 * a sentence. */
#include "tests/fuzz/fuzz_answers.h"

#include "bot/model/settings.h"
#include "integrations/github/doctor.h"
#include "integrations/google/database.h"
#include "integrations/google/doctor.h"
#include "integrations/google/monitoring.h"
#include "integrations/mail/send.h"
#include "integrations/pagerduty/doctor.h"
#include "integrations/prometheus/doctor.h"
#include "integrations/registry/doctor.h"
#include "integrations/slack/doctor.h"

static const int statuses[10] = { 200, 200, 200, 200, 401, 403, 404, 429, 503, 0 };

static const struct {
    exchange_fn step;
    const char *args;
} asked[] = {
    /* a new one at the end: the files of the corpus name theirs by its letter */
    { slack_doctor_token, "{}" },
    { slack_doctor_channels, "{\"channels\":[\"#deployments\",\"C0HERE\",\"alerts\"]}" },
    { slack_doctor_socket, "{\"app_token\":\"xapp-1\"}" },
    { github_doctor_repository, "{\"repository\":\"acme/platform\",\"is_app\":true,\"needs_actions\":true}" },
    { github_doctor_deliveries, "{\"repository\":\"acme/platform\"}" },
    { github_doctor_deliveries, "{\"repository\":\"acme/platform\",\"is_app\":true}" },
    { pagerduty_doctor, "{}" },
    { google_doctor_service, "{\"project\":\"acme\",\"region\":\"r\",\"service\":\"api\"}" },
    { registry_doctor, "{\"image\":\"r.example.com/a/b:latest\",\"tag\":\"\",\"may_be_missing\":true}" },
    { prometheus_doctor, "{}" },
    { mail_doctor, "{}" },
    { prometheus_doctor, "{\"target\":\"api/production\",\"names\":{\"requests\":\"r\",\"latency\":\"l\","
                         "\"revision_label\":\"v\",\"code_label\":\"c\"},\"block_ms\":15000}" },
    { monitoring_doctor, "{\"project\":\"acme\",\"region\":\"r\",\"service\":\"api\"}" },
    { pagerduty_doctor_from, "{}" },
    { database_doctor, "{\"project\":\"acme\",\"instance\":\"db\"}" },
};

static void check_findings(const cJSON *json, struct arena *arena)
{
    struct findings found;
    struct error err;

    MUST(shape_from_json(&findings_shape, json, arena, &found, &err));
    MUST(found.findings_count > 0);
    for (size_t i = 0; i < found.findings_count; i++) {
        MUST(found.findings[i].subject[0] && found.findings[i].text[0]);
        MUST(found.findings[i].mark == FINDING_GOOD || found.findings[i].mark == FINDING_OPEN ||
             found.findings[i].mend);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *secrets[] = { "s" };
    static const struct github_settings github = { .api_url = "https://api.github.com" };
    static const struct pagerduty_settings pagerduty = { .api_url = "https://api.pagerduty.com",
                                                         .from = "ops@example.com",
                                                         .webhook_secrets = secrets,
                                                         .webhook_secrets_count = 1 };
    static const struct smtp_settings smtp = { .url = "smtp://mail.example.com", .from = "a@b", .username = "u" };
    static const struct settings settings = {
        .slack = { .api_url = "https://slack.com/api" },
        .github = &github,
        .pagerduty = &pagerduty,
        .smtp = &smtp,
        .google = { .run_url = "https://run.googleapis.com", .monitoring_url = "https://monitoring.googleapis.com",
                    .sqladmin_url = "https://sqladmin.googleapis.com" },
        .metrics = { .prometheus = "http://prometheus:9090", .google_cloud_monitoring = true }
    };
    AUTO(arena) struct arena *arena = arena_create();
    struct str input = fuzz_input(data, size);
    size_t which = input.len > 0 ? (unsigned char)(input.at[0] - 'a') % ARRAY_LEN(asked) : 0;
    struct str rest = input.len > 0 ? (struct str){ input.at + 1, input.len - 1 } : input;
    struct http_answer answers[FUZZ_ANSWERS_MAX];
    size_t count = fuzz_answers(rest, statuses, arena, answers);
    struct exchange exchange = { .settings = &settings, .answers = answers, .unix_ms = 1, .arena = arena };
    struct error err;

    exchange.args = json_parse_in(arena, str_of(asked[which].args), &err);
    MUST(exchange.args);
    for (exchange.answer_count = 0; exchange.answer_count <= count; exchange.answer_count++) {
        struct exchange_step step = asked[which].step(&exchange);

        if (step.next == NEXT_DONE)
            check_findings(step.result, arena);
        else if (step.next != NEXT_CALL)
            MUST(step.error && step.error[0]);
        if (step.next != NEXT_CALL)
            break;
    }
    return 0;
}

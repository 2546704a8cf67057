/* doctor.c - `opsgate doctor`: what was found, a line each, and how to mend what is not good. */
#include "bot/doctor/doctor.h"
#include "bot/cli/cli.h"

#include <stdio.h>

#define SUBJECT_COLUMNS 26
#define OUTPUT_MAX_BYTES (1024 * 1024)

static const char *const signs[] = { "✓", "✗", "✗", "–" }; /* by enum finding_mark */

struct telling {
    const struct cli *cli;
    struct doctor doctor;
    int64_t counts[ARRAY_LEN(signs)];
};

static void print_finding(const struct finding *finding)
{
    printf("%s %-*s %s\n", signs[finding->mark], SUBJECT_COLUMNS, finding->subject, finding->text);
    if (finding->mend)
        printf("    mend: %s\n", finding->mend);
}

static void print_summary(const struct telling *telling)
{
    long long bad = (long long)(telling->counts[FINDING_BAD] + telling->counts[FINDING_AWAY]);
    long long good = (long long)telling->counts[FINDING_GOOD], open = (long long)telling->counts[FINDING_OPEN];

    printf("\n%lld good, %lld not good, %lld that asking does not tell\n", good, bad, open);
}

static void print_json(const struct telling *telling)
{
    AUTO_BUF struct buf out = BUF(OUTPUT_MAX_BYTES);
    AUTO_JSON cJSON *json = json_object();
    cJSON *list = json_array();

    for (size_t i = 0; i < telling->doctor.checks_count; i++)
        for (size_t k = 0; k < telling->doctor.checks[i].found.findings_count; k++)
            json_add(list, shape_to_json(&finding_shape, &telling->doctor.checks[i].found.findings[k], SHAPE_MASKED));
    json_set_bool(json, "good", telling->counts[FINDING_BAD] + telling->counts[FINDING_AWAY] == 0);
    json_set(json, "findings", list);
    json_print_to(&out, json);
    puts(buf_text(&out));
}

static void on_over(void *arg)
{
    struct telling *telling = arg;
    const struct doctor *doctor = &telling->doctor;

    for (size_t i = 0; i < doctor->checks_count; i++)
        for (size_t k = 0; k < doctor->checks[i].found.findings_count; k++) {
            telling->counts[doctor->checks[i].found.findings[k].mark]++;
            if (!telling->cli->is_json)
                print_finding(&doctor->checks[i].found.findings[k]);
        }
    if (telling->cli->is_json)
        print_json(telling);
    else
        print_summary(telling);
    fflush(stdout);
}

int cli_doctor(const struct cli *cli)
{
    AUTO(configuration) struct configuration *configuration = cli_configuration(cli);
    AUTO(arena) struct arena *arena = arena_create();
    struct telling telling = { .cli = cli, .doctor = { .configuration = configuration, .arena = arena } };
    struct error err;

    if (!configuration)
        return CLI_USAGE;
    doctor_plan(&telling.doctor);
    if (!doctor_ask(&telling.doctor, on_over, &telling, &err))
        return cli_fail(&err);
    if (telling.counts[FINDING_BAD] > 0)
        return CLI_NO;
    return telling.counts[FINDING_AWAY] > 0 ? CLI_UNREACHABLE : CLI_OK;
}

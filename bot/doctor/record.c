/* record.c - what the store's own record tells `opsgate doctor`: how far GitHub's logs are read, when the last
 * heartbeat was taken, and whether a person's adoption waits to be confirmed. */
#include "bot/doctor/doctor.h"

#include "bot/base/time.h"
#include "handlers/watch/github.h"
#include "handlers/watch/heartbeat.h"

#include <string.h>

#define OLD_MS DAY_MS /* GitHub keeps three days of it */
#define BEATS_MISSED 5

static void add(struct doctor *doctor, struct doctor_check *check, struct finding finding)
{
    findings_add(&check->found, doctor->arena, finding);
}

static void tell_log(struct doctor *doctor, struct doctor_check *check, const struct github_watched *log,
                     int64_t now_ms)
{
    const char *name = github_watch_name(&log->log, doctor->arena);
    int64_t read_ms = log->known.watermark_ms;
    const char *how_far =
        read_ms == 0 ? arena_printf(doctor->arena, "%s: not read yet", name)
                     : arena_printf(doctor->arena, "%s: read up to %s, %s ago", name, time_format(read_ms).text,
                                    duration_about(now_ms > read_ms ? now_ms - read_ms : 0).text);

    if (log->problem)
        add(doctor, check,
            (struct finding){ FINDING_BAD, "GitHub's log", arena_printf(doctor->arena, "%s: %s", how_far, log->problem),
                              "what GitHub could not deliver stays unknown until it can be read: the findings about "
                              "GitHub tell what its token lacks" });
    else if (read_ms && now_ms - read_ms > OLD_MS)
        add(doctor, check,
            (struct finding){ FINDING_BAD, "GitHub's log", how_far,
                              "GitHub keeps three days of it, and `opsgate serve` reads it: is that running?" });
    else
        add(doctor, check, (struct finding){ FINDING_GOOD, "GitHub's log", how_far, NULL });
}

static void tell_logs(struct doctor *doctor, struct doctor_check *check, const struct store_pair *pair, int64_t now_ms)
{
    const cJSON *record;
    struct github_watch body;
    struct error ignored;
    const char *kind;

    record = json_parse_in(doctor->arena, pair->value, &ignored);
    kind = json_find_string(record, "kind");
    if (!kind || strcmp(kind, machine_github_watch.kind) != 0 || json_find_int(record, "ended_at_ms", 0) != 0 ||
        !shape_from_json(&github_watch_shape, json_find(record, "body"), doctor->arena, &body, &ignored))
        return;
    for (size_t i = 0; i < body.logs_count; i++)
        tell_log(doctor, check, &body.logs[i], now_ms);
}

static void tell_beats(struct doctor *doctor, struct doctor_check *check, const struct heartbeat_watch *body,
                       int64_t now_ms)
{
    const struct heartbeat_settings *settings = doctor->configuration->settings.heartbeat;
    int64_t taken_ms = body->taken_at_ms, age_ms = now_ms > taken_ms ? now_ms - taken_ms : 0;
    struct finding finding = { FINDING_GOOD, "Heartbeat", NULL, NULL };

    finding.text = taken_ms ? arena_printf(doctor->arena, "the last one was taken %s ago", duration_about(age_ms).text)
                            : "none was taken yet";
    if (body->problem || !taken_ms || age_ms > BEATS_MISSED * settings->every_ms) {
        finding.mark = FINDING_BAD;
        finding.text =
            body->problem ? arena_printf(doctor->arena, "%s: %s", finding.text, body->problem) : finding.text;
        finding.mend =
            "heartbeat.url has to take a POST from this machine, and `opsgate serve` sends it: is that running?";
    }
    add(doctor, check, finding);
}

static void tell_heartbeat(struct doctor *doctor, struct doctor_check *check, const struct store_pair *pair,
                           int64_t now_ms)
{
    const cJSON *record;
    struct heartbeat_watch body;
    struct error ignored;
    const char *kind;

    record = json_parse_in(doctor->arena, pair->value, &ignored);
    kind = json_find_string(record, "kind");
    if (kind && strcmp(kind, machine_heartbeat_watch.kind) == 0 && json_find_int(record, "ended_at_ms", 0) == 0 &&
        doctor->configuration->settings.heartbeat &&
        shape_from_json(&heartbeat_watch_shape, json_find(record, "body"), doctor->arena, &body, &ignored))
        tell_beats(doctor, check, &body, now_ms);
}

static const cJSON *find_mark(struct doctor *doctor, const struct store_snapshot *snapshot, const char *field)
{
    struct error ignored;

    for (size_t i = 0; i < snapshot->places[STORE_META].count; i++)
        if (strcmp(snapshot->places[STORE_META].pairs[i].field, field) == 0)
            return json_parse_in(doctor->arena, snapshot->places[STORE_META].pairs[i].value, &ignored);
    return NULL;
}

static void tell_adoption(struct doctor *doctor, struct doctor_check *check, const struct store_snapshot *snapshot)
{
    const cJSON *adopted = find_mark(doctor, snapshot, "adopted");
    const char *by = json_find_string(adopted, "by");

    if (json_find_int(adopted, "n", 0) > json_find_int(find_mark(doctor, snapshot, "confirmed"), "n", 0))
        add(doctor, check,
            (struct finding){ FINDING_OPEN, "Store",
                              arena_printf(doctor->arena,
                                           "%s adopted it at %s: until it is confirmed opsgate only observes",
                                           by ? by : "somebody", time_format(json_find_int(adopted, "at", 0)).text),
                              "look at what serves (`opsgate run status`), then `opsgate store confirm`" });
}

void doctor_record_tell(struct doctor *doctor, struct doctor_check *check, const struct store_snapshot *snapshot,
                        int64_t now_ms)
{
    tell_adoption(doctor, check, snapshot);
    for (size_t i = 0; i < snapshot->places[STORE_OPERATIONS].count; i++) {
        tell_logs(doctor, check, &snapshot->places[STORE_OPERATIONS].pairs[i], now_ms);
        tell_heartbeat(doctor, check, &snapshot->places[STORE_OPERATIONS].pairs[i], now_ms);
    }
}

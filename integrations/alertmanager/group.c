#include "integrations/alertmanager/group.h"

#include "bot/base/digest.h"
#include "bot/model/alert.h"
#include "bot/model/card.h"
#include "integrations/bounds.h"

#include <string.h>

#define SHOWN_BYTES 120
#define SUBJECT_MAX_BYTES 300
#define RUN_BOOK "is `payload` set in the receiver's webhook_config? opsgate reads version 4 alone: remove it"
#define ENTRIES_MAX_BYTES (8 * 1024 * 1024)
#define MISSING_MAX INT64_C(1000000000)

struct told { /* what an item of the typed kind holds: a promise to every later version */
    const char *digest;
    struct alert_group group;
};

static const struct shape_field told_rows[] = {
    ROW_STRING(told, digest, .flags = SHAPE_REQUIRED),
    ROW_OBJECT(told, group, &alert_group_shape, .flags = SHAPE_REQUIRED),
};
static const struct shape told_shape = SHAPE("what Alertmanager told", told, told_rows);

/* ---- is it a group of version 4? ---- */

static bool is_not_a_group(const char *what, struct error *err)
{
    return error_set(err, ERR_INVALID, "Alertmanager's webhook: %s; " RUN_BOOK, what);
}

static bool read_firing(const cJSON *json, bool *ret_is_firing)
{
    const char *status = json_find_string(json, "status");

    *ret_is_firing = str_is(str_of(status), "firing");
    return *ret_is_firing || str_is(str_of(status), "resolved");
}

static bool check_group(const cJSON *json, struct error *err)
{
    const char *version = json_find_string(json, "version"), *key = json_find_string(json, "groupKey");
    bool ignored;

    if (!version || strcmp(version, "4") != 0)
        return is_not_a_group(version ? "another version than 4" : "no `version`", err);
    if (!key || !key[0])
        return is_not_a_group("no `groupKey`", err);
    if (!read_firing(json, &ignored))
        return is_not_a_group("`status` is neither firing nor resolved", err);
    if (!cJSON_IsArray(json_find(json, "alerts")))
        return is_not_a_group("no list of `alerts`", err);
    JSON_EACH(alert, json_find(json, "alerts"))
        if (!read_firing(alert, &ignored) || !cJSON_IsObject(json_find(alert, "labels")))
            return is_not_a_group("an alert without `labels`, or neither firing nor resolved", err);
    return true;
}

static const cJSON *read_group(struct str body, struct arena *arena, struct error *err)
{
    const cJSON *json;

    if (body.len > ALERTMANAGER_BODY_MAX_BYTES) {
        error_set(err, ERR_TOO_LARGE,
                  "Alertmanager's webhook: larger than %d MiB; set `max_alerts` in the receiver's webhook_config",
                  ALERTMANAGER_BODY_MAX_BYTES >> 20);
        return NULL;
    }
    json = json_parse_in(arena, body, err);
    if (!json) {
        error_wrap(err, "Alertmanager's webhook");
        return NULL;
    }
    return check_group(json, err) ? json : NULL;
}

/* ---- what it says, in one digest ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* As old ones sent none: the labels, in an order of their own, are the alert's identity. */
static const char *fingerprint_of(const cJSON *alert, struct arena *arena)
{
    const char *given = json_find_string(alert, "fingerprint");
    const char **labels = NULL;
    AUTO_BUF struct buf text = BUF(ALERTMANAGER_BODY_MAX_BYTES);
    struct digest_hex hex;
    size_t count = 0;

    if (given && strlen(given) == 16 && strspn(given, "0123456789abcdef") == 16)
        return given;
    JSON_EACH(label, json_find(alert, "labels"))
        *ARENA_PUSH(arena, labels, count) =
            arena_printf(arena, "%s=%s\n", label->string, cJSON_IsString(label) ? label->valuestring : "");
    if (count > 0)
        qsort(labels, count, sizeof(*labels), compare_texts);
    for (size_t i = 0; i < count; i++)
        buf_puts(&text, labels[i]);
    hex = digest_hex(digest_sha256(buf_str(&text)));
    return arena_copy(arena, (struct str){ hex.text, 16 });
}

/* Twins may list them in another order. */
static const char *digest_of(const cJSON *json, struct arena *arena)
{
    AUTO_BUF struct buf text = BUF(ENTRIES_MAX_BYTES);
    const char **entries = NULL;
    size_t count = 0;

    JSON_EACH(alert, json_find(json, "alerts")) {
        const char *starts = json_find_string(alert, "startsAt");

        *ARENA_PUSH(arena, entries, count) = arena_printf(arena, "%s,%s,%s\n", fingerprint_of(alert, arena),
                                                          starts ? starts : "", json_find_string(alert, "status"));
    }
    if (count > 0)
        qsort(entries, count, sizeof(*entries), compare_texts);
    buf_addf(&text, "%s\n", json_find_string(json, "groupKey"));
    for (size_t i = 0; i < count; i++)
        buf_puts(&text, entries[i]);
    return arena_strdup(arena, digest_hex(digest_sha256(buf_str(&text))).text);
}

/* ---- the group, read within bounds ---- */

static struct alert read_alert(struct bounds *bounds, const cJSON *json)
{
    struct alert alert = {
        .fingerprint = fingerprint_of(json, bounds->arena),
        .starts_at_ms = bounds_time(json, "startsAt"),
        .url = bounds_page(bounds, json, "generatorURL"),
    };

    (void)read_firing(json, &alert.is_firing); /* checked before */
    if (!alert.is_firing) /* one that fires says 0001-01-01, or when it would end if nothing more were heard of it */
        alert.ends_at_ms = bounds_time(json, "endsAt");
    alert.labels = bounds_pairs(bounds, json, "labels", &alert.labels_count);
    alert.annotations = bounds_pairs(bounds, json, "annotations", &alert.annotations_count);
    return alert;
}

/* Those that fire first: if there is no room for all, they are the ones to know of. */
static void read_alerts(struct bounds *bounds, const cJSON *json, bool is_firing, struct alert_group *group)
{
    bool is_this_firing;

    JSON_EACH(item, json_find(json, "alerts")) {
        if (!read_firing(item, &is_this_firing) || is_this_firing != is_firing)
            continue;
        if (bounds_has_room(bounds, group->alerts_count))
            *ARENA_PUSH(bounds->arena, group->alerts, group->alerts_count) = read_alert(bounds, item);
        else
            group->alerts_missing++;
    }
}

static void read_within(struct bounds *bounds, const cJSON *json, struct alert_group *group)
{
    int64_t missing = json_find_int(json, "truncatedAlerts", 0);

    *group = (struct alert_group){
        .key = json_find_string(json, "groupKey"),
        .receiver = bounds_text(bounds, json, "receiver"),
        .reason = bounds_text(bounds, json, "notification_reason"),
        .url = bounds_page(bounds, json, "externalURL"),
        .alerts_missing = missing < 0             ? 0
                          : missing < MISSING_MAX ? missing
                                                  : MISSING_MAX,
    };
    if (strlen(group->key) > SUBJECT_MAX_BYTES) { /* cut, two groups might be one */
        group->key = arena_strdup(bounds->arena, digest_hex(digest_sha256(str_of(group->key))).text);
        bounds->is_cut = true;
    }
    (void)read_firing(json, &group->is_firing);
    group->labels = bounds_pairs(bounds, json, "groupLabels", &group->labels_count);
    group->common_labels = bounds_pairs(bounds, json, "commonLabels", &group->common_labels_count);
    group->common_annotations = bounds_pairs(bounds, json, "commonAnnotations", &group->common_annotations_count);
    read_alerts(bounds, json, true, group);
    read_alerts(bounds, json, false, group);
    group->is_cut = bounds->is_cut;
}

/* Within the widest bounds in which it fits into an item: so both ways to store it give the same event. */
static void fit(const cJSON *json, struct arena *arena, struct told *told, const char **ret_text)
{
    struct bounds bounds = BOUNDS(arena);

    told->digest = digest_of(json, arena);
    do {
        AUTO_JSON cJSON *typed = NULL;

        read_within(&bounds, json, &told->group);
        typed = shape_to_json(&told_shape, told, SHAPE_WHOLE);
        *ret_text = json_print_in(arena, typed);
    } while (strlen(*ret_text) > INBOX_BODY_MAX_BYTES && bounds_narrow(&bounds));
}

bool alertmanager_group_type(struct str body, struct arena *arena, const char **ret_text, struct error *err)
{
    const cJSON *json = read_group(body, arena, err);
    struct told told;

    if (!json)
        return false;
    fit(json, arena, &told, ret_text);
    return true;
}

/* ---- at the door ---- */

const char *alertmanager_group_key(struct str body, struct arena *arena)
{
    return arena_printf(arena, "alertmanager-body:%s", digest_hex(digest_sha256(body)).text);
}

bool alertmanager_group_accept(struct str body, struct arena *arena, struct alertmanager_door *ret_door,
                               struct error *err)
{
    const cJSON *json = read_group(body, arena, err);
    struct alertmanager_door door = { .keys_count = 1, .kind = ALERTMANAGER_GROUP_KIND };
    struct told told;

    if (!json)
        return false;
    door.keys[0] = arena_printf(arena, "alertmanager:%s", digest_of(json, arena));
    door.group = card_quote(str_of(json_find_string(json, "groupKey")), SHOWN_BYTES, arena);
    door.alerts_count = (size_t)cJSON_GetArraySize(json_find(json, "alerts"));
    if (body.len > INBOX_BODY_MAX_BYTES) {
        door.kind = ALERTMANAGER_TYPED_KIND;
        fit(json, arena, &told, &door.body);
    } else {
        door.body = arena_copy(arena, body);
    }
    *ret_door = door;
    return true;
}

/* ---- for the owner ---- */

static int64_t last_change_ms(const struct alert_group *group)
{
    int64_t last_ms = 0;

    for (size_t i = 0; i < group->alerts_count; i++) {
        const struct alert *alert = &group->alerts[i];
        int64_t at_ms = alert->ends_at_ms > alert->starts_at_ms ? alert->ends_at_ms : alert->starts_at_ms;

        last_ms = at_ms > last_ms ? at_ms : last_ms;
    }
    return last_ms;
}

static bool read_item(const struct inbox_item *item, struct arena *arena, struct told *told, struct error *err)
{
    bool is_typed = str_is(str_of(item->kind), ALERTMANAGER_TYPED_KIND);
    const cJSON *json =
        is_typed ? json_parse_in(arena, str_of(item->body), err) : read_group(str_of(item->body), arena, err);
    const char *ignored;

    if (!json)
        return false;
    if (is_typed)
        return shape_from_json(&told_shape, json, arena, told, err) || error_wrap(err, "Alertmanager's webhook");
    fit(json, arena, told, &ignored);
    return true;
}

static void release_json(void *json)
{
    cJSON_Delete(json);
}

bool alertmanager_group_decode(const struct inbox_item *item, struct arena *arena, struct outside_event *ret_event,
                               struct error *err)
{
    struct told told;
    cJSON *body;

    if (!read_item(item, arena, &told, err))
        return false;
    body = shape_to_json(&alert_group_shape, &told.group, SHAPE_WHOLE);
    arena_defer(arena, release_json, body);
    *ret_event = (struct outside_event){
        .id = told.digest,
        .source = ALERTMANAGER_SOURCE,
        .name = told.group.is_firing ? ALERTMANAGER_FIRING : ALERTMANAGER_RESOLVED,
        .subject = told.group.key,
        .meaning = told.digest,
        .principal = { .system = ALERTMANAGER_SOURCE, .id = "" },
        .occurred_at_ms = last_change_ms(&told.group),
        .received_at_ms = item->received_at,
        .body = body,
    };
    return true;
}

/* ledger_clicks.c - what people press and type: a click counts once, and only on a card that is still true; but to stop
 * something, any card will do. */
#include "tests/simulation/ledger_internal.h"

#include "integrations/slack/interaction.h"
#include "tests/simulation/world_internal.h"

#include <inttypes.h>
#include <string.h>

static const char *pressed_line(struct ledger *ledger, const char *body)
{
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;

    ledger_count(ledger, DEED_PRESSED);
    if (!json_parse(str_of(body), &json, &ignored))
        return NULL;
    return arena_printf(ledger->arena, "%s %s", json_find_string(json, "user"), json_find_string(json, "command"));
}

const char *clicks_line(struct ledger *ledger, const char *kind, const char *form)
{
    AUTO(arena) struct arena *arena = arena_create();
    const char *command = world_form_value(str_of(form), "command", arena);
    const char *text = world_form_value(str_of(form), "text", arena);
    const char *user = world_form_value(str_of(form), "user_id", arena);

    if (ledger_is_same(kind, SLACK_ACTION_KIND))
        return pressed_line(ledger, form);
    if (!command || !text || !user)
        return NULL;
    return arena_printf(ledger->arena, "%s %s%s%s", user, strcmp(command, "/ops") == 0 ? "" : command + 1,
                        strcmp(command, "/ops") == 0 ? "" : " ", text);
}

static bool read_look(const char *line, int64_t *ret_look)
{
    const char *at = line ? strstr(line, "--look ") : NULL;
    struct str rest = str_of(at ? at + strlen("--look ") : "");
    struct error ignored;

    return parse_int(str_take_word(&rest), 0, INT64_MAX, ret_look, &ignored);
}

static bool has_acted(const struct ledger *ledger, const char *line)
{
    for (size_t i = 0; i < ledger->acted_count; i++)
        if (strcmp(ledger->acted[i], line) == 0)
            return true;
    return false;
}

static char *print_body(const char *record)
{
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;

    return record && json_parse(str_of(record), &json, &ignored) ? json_print(json_find(json, "body")) : NULL;
}

static int64_t looks_of(const char *record)
{
    AUTO_JSON cJSON *json = NULL;
    struct error ignored;

    return json_parse(str_of(record), &json, &ignored) ? json_find_int(json, "body.looks", -1) : -1;
}

static bool is_shown_only(const struct known_effect *effect)
{
    return !effect->row || !effect->row->is_essential;
}

/* By this commit alone; the operation is in it. */
static bool has_changed(const struct ledger *ledger, const struct known_operation *operation)
{
    AUTO_FREE char *before = print_body(operation->record_before);
    AUTO_FREE char *after = print_body(operation->record);

    for (size_t i = 0; i < ledger->recorded_count; i++)
        if (ledger_is_same(ledger->recorded[i]->operation, operation->id) && !is_shown_only(ledger->recorded[i]))
            return true;
    return operation->result || !ledger_is_same(before, after);
}

static bool is_safe(const struct accepted *accepted)
{
    return ledger_is_same(accepted->verb, "pause") || ledger_is_same(accepted->verb, "abort");
}

static void check_click(struct ledger *ledger, const struct accepted *accepted, int64_t look)
{
    const struct known_operation *operation = accepted->operation;
    int64_t before = looks_of(operation->record_before);
    bool changed = has_changed(ledger, operation);

    if (before < 0)
        return; /* it carries no looks */
    if (look != before) {
        ledger_count(ledger, has_acted(ledger, accepted->input->line) ? DEED_CLICK_DOUBLE : DEED_CLICK_STALE);
        if (changed && !is_safe(accepted))
            ledger_complain(ledger, "a click on a card that has changed changes nothing",
                            "\"%s\" changed %s, which was at look %" PRId64, accepted->input->line, operation->id,
                            before);
        return;
    }
    if (!changed)
        return; /* it was refused */
    ledger_count(ledger, DEED_CLICK);
    *ARENA_PUSH(ledger->arena, ledger->acted, ledger->acted_count) = accepted->input->line;
    if (!operation->result && looks_of(operation->record) <= before)
        ledger_complain(ledger, "a click counts once",
                        "\"%s\" changed %s, and would again: its look is %" PRId64 " still", accepted->input->line,
                        operation->id, before);
}

void clicks_commit(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->accepted_count; i++) {
        const struct accepted *accepted = &ledger->accepted[i];
        int64_t look;

        if (accepted->operation && accepted->operation->record_before && accepted->input &&
            read_look(accepted->input->line, &look))
            check_click(ledger, accepted, look);
    }
}

void ledger_saw_delivery(struct ledger *ledger, bool is_request, bool was_taken, const char *body)
{
    if (is_request && !was_taken)
        ledger_complain(ledger, "what Slack sends is understood", "%.200s", body);
    if (!is_request && was_taken)
        ledger_complain(ledger, "what is no click of ours is no request", "%.200s", body);
}

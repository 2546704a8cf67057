/* operation_json.c - an operation as people see it: its card, in plain words, and what its record says besides. */
#include "bot/api/internal.h"

#include "bot/api/rollout.h"
#include "bot/cli/text.h"
#include "handlers/explain.h"
#include "handlers/image.h"
#include "handlers/operation_words.h"
#include "handlers/registry.h"
#include "policy/decide.h"

#include <string.h>

static const char *const tone_names[] = { [CARD_RUNNING] = "running",
                                          [CARD_WAITING] = "waiting",
                                          [CARD_GOOD] = "good",
                                          [CARD_BAD] = "bad",
                                          [CARD_WITHOUT_EFFECT] = "without-effect" };
static const char *const mark_names[] = {
    [STEP_NEXT] = "next", [STEP_NOW] = "now", [STEP_OK] = "done", [STEP_BAD] = "failed"
};
static const char *const style_names[] = {
    [ACTION_PLAIN] = "plain", [ACTION_PRIMARY] = "primary", [ACTION_DANGER] = "danger"
};

static const char *outcome_of(const struct operation *operation)
{
    return operation->is_stuck && !operation->result ? "stuck" : operation->result;
}

static void add_times(const struct api_call *call, const struct operation *operation, cJSON *json)
{
    bool is_over = operation_has_ended(operation);
    int64_t until_ms = is_over ? operation->ended_at_ms : call->view.now_ms;

    api_set_unix(json, "created_at", operation->created_at_ms + operation->shift_ms);
    api_set_time(call, json, "changed_at", operation->changed_at_ms);
    api_set_time(call, json, "ended_at", operation->ended_at_ms);
    json_set_int(json, "duration_ms", until_ms > operation->created_at_ms ? until_ms - operation->created_at_ms : 0);
}

/* The place alone is a member each; the version short, as people call it. */
static void add_what(const struct api_call *call, const struct operation *operation, const struct card *card,
                     cJSON *json)
{
    const char *version = json_find_string(operation->body, "version"),
               *title = json_find_string(operation->body, "title");

    json_set_string(json, "id", operation->id);
    json_set_string(json, "kind", operation->kind);
    api_set_plain(call, json, "title", card->title ? card->title : title);
    api_set_text(json, "place", operation_place(operation, call->arena));
    api_set_text(json, "target", operation->target);
    api_set_plain(call, json, "version", version && *version ? version_short(version, call->arena) : NULL);
    api_set_text(json, "parent", operation->parent);
    api_set_text(json, "request", operation->request_id);
    api_set_person(call, json, "requester", &operation->requester);
    api_set_plain(call, json, "asked_by", operation_asked_by(operation, call->arena));
}

static void add_standing(const struct api_call *call, const struct operation *operation, const struct card *card,
                         cJSON *json)
{
    json_set_string(json, "state", operation->state);
    api_set_plain(call, json, "standing", operation_standing(operation, call->arena));
    json_set_bool(json, "ended", operation_has_ended(operation));
    api_set_text(json, "outcome", outcome_of(operation));
    json_set_bool(json, "succeeded", operation->result && strcmp(operation->result, "done") == 0);
    api_set_plain(call, json, "summary", operation->summary);
    api_set_text(json, "tone", card->title ? tone_names[card->tone] : NULL);
    api_set_plain(call, json, "status", card->status);
}

static cJSON *brief(const struct api_call *call, const struct operation *operation, const struct card *card)
{
    cJSON *json = json_object();

    add_what(call, operation, card, json);
    add_standing(call, operation, card, json);
    add_times(call, operation, json);
    return json;
}

cJSON *api_operation_brief(const struct api_call *call, const struct operation *operation)
{
    struct card card = { 0 };

    machine_card(&call->view, operation, &card);
    return brief(call, operation, &card);
}

/* ---- what may be asked of it now ---- */

/* Would policy let whoever looks press it? Its own doubts come with the answer. */
static bool may_ask(const struct api_call *call, const char *line)
{
    struct request request = api_request(call);
    struct str rest = str_of(line);
    struct question question;
    const struct verb *verb;
    const void *arguments;
    struct error ignored;
    struct facts facts = call->facts;

    request.text = line;
    request.verb = arena_copy(call->arena, str_take_word(&rest));
    verb = verb_find(call->view.verbs, request.verb);
    if (!verb || !request_split(rest, call->arena, &request, &ignored) ||
        !explain_ask(&call->view, verb, &request, &question, &arguments, &ignored))
        return false;
    facts.reason = question.reason;
    facts.break_glass = question.break_glass;
    return policy_decide(call->view.policy, &question, &facts, POLICY_STATIC).verdict != VERDICT_DENY;
}

static cJSON *actions(const struct api_call *call, const struct card *card)
{
    cJSON *list = json_array();

    for (size_t i = 0; i < card->actions_count; i++) {
        const struct card_action *action = &card->actions[i];
        cJSON *one = json_add(list, json_object());

        api_set_plain(call, one, "label", action->label);
        json_set_string(one, "text", action->command);
        json_set_string(one, "style", style_names[action->style]);
        api_set_plain(call, one, "confirm", action->confirm);
        json_set_bool(one, "allowed", may_ask(call, action->command));
    }
    return list;
}

cJSON *api_operation_actions(const struct api_call *call, const struct operation *operation)
{
    struct card card = { 0 };

    machine_card(&call->view, operation, &card);
    return actions(call, &card);
}

/* ---- the card ---- */

static cJSON *fields(const struct api_call *call, const struct card *card)
{
    cJSON *list = json_array();

    for (size_t i = 0; i < card->fields_count; i++) {
        cJSON *one = json_add(list, json_object());

        json_set_string(one, "name", card->fields[i].name);
        api_set_plain(call, one, "value", card->fields[i].value);
    }
    return list;
}

static cJSON *steps(const struct api_call *call, const struct card *card)
{
    cJSON *list = json_array();

    for (size_t i = 0; i < card->steps_count; i++) {
        cJSON *one = json_add(list, json_object());

        json_set_string(one, "mark", mark_names[card->steps[i].mark]);
        api_set_plain(call, one, "text", card->steps[i].text);
    }
    return list;
}

static cJSON *table(const struct card *card)
{
    cJSON *list = json_array();

    for (size_t i = 0; i < card->table_count; i++)
        json_add_string(list, card->table[i]);
    return list;
}

/* ---- what its record says besides ---- */

/* {waiting, lacking, until, given: [{by, at}], asked: [...]}; null: nobody was ever asked. */
static cJSON *approvals(const struct api_call *call, const struct operation *operation)
{
    const cJSON *record = json_find(operation->body, "approvals");
    bool is_waiting = strcmp(operation->state, "awaiting-approval") == 0;
    cJSON *json, *list;

    if (!record || (!is_waiting && json_find_int(record, "since_ms", 0) == 0))
        return cJSON_CreateNull();
    json = json_object();
    json_set_bool(json, "waiting", is_waiting);
    api_set_plain(call, json, "lacking", is_waiting ? json_find_string(operation->body, "lacking") : NULL);
    api_set_time(call, json, "until", is_waiting ? json_find_int(record, "until_ms", 0) : 0);
    list = json_set(json, "given", json_array());
    JSON_EACH(one, json_find(record, "given")) {
        const struct principal by = { .system = json_find_string(one, "by.system"),
                                      .id = json_find_string(one, "by.id"),
                                      .team = json_find_string(one, "by.team"),
                                      .name = json_find_string(one, "by.name") };
        cJSON *given = json_add(list, json_object());

        api_set_person(call, given, "by", &by);
        api_set_time(call, given, "at", json_find_int(one, "at_ms", 0));
    }
    list = json_set(json, "asked", json_array());
    JSON_EACH(one, json_find(record, "asked"))
        if (json_find_string(one, "who"))
            json_add_string(list, json_find_string(one, "who"));
    return json;
}

/* Those that a group, or a runbook, asked for. */
static cJSON *children(const struct api_call *call, const struct operation *operation)
{
    cJSON *list = json_array();
    size_t count;
    const struct operation **all = api_all_operations(call, &count);

    for (size_t i = count; i-- > 0;)
        if (all[i]->parent && strcmp(all[i]->parent, operation->id) == 0 && api_may_see(call, all[i]))
            json_add(list, api_operation_brief(call, all[i]));
    return list;
}

static void add_link(cJSON *links, const char *label, const char *url)
{
    cJSON *link;

    if (!url || !str_starts_with(str_of(url), "https://"))
        return;
    link = json_add(links, json_object());
    json_set_string(link, "label", label);
    json_set_string(link, "url", url);
}

static cJSON *links(const struct api_call *call, const struct operation *operation)
{
    const char *channel = operation->card_channel, *team = call->view.settings->slack.team;
    cJSON *list = json_array();

    if (channel && team)
        add_link(list, "Slack",
                 arena_printf(call->arena, "https://slack.com/app_redirect?team=%s&channel=%s", team, channel));
    add_link(list, "GitHub", json_find_string(operation->body, "workflow.url"));
    add_link(list, "GitHub", json_find_string(operation->body, "trigger.url"));
    return list;
}

cJSON *api_operation_whole(const struct api_call *call, const struct operation *operation)
{
    struct card card = { 0 };
    cJSON *json;

    machine_card(&call->view, operation, &card);
    json = brief(call, operation, &card);
    api_set_plain(call, json, "reason", json_find_string(operation->body, "reason"));
    api_set_plain(call, json, "footer", card.footer);
    json_set(json, "fields", fields(call, &card));
    json_set(json, "steps", steps(call, &card));
    json_set(json, "table", table(&card));
    json_set(json, "actions", actions(call, &card));
    json_set(json, "approvals", approvals(call, operation));
    json_set(json, "operations", children(call, operation));
    json_set(json, "links", links(call, operation));
    json_set(json, "rollout", api_rollout(call, operation));
    return json;
}

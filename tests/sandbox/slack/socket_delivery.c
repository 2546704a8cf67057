#include "slack/socket_delivery.h"

#include "form.h"

#include <stdio.h>
#include <time.h>

static int64_t mono_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static cJSON *parse(const char *text)
{
    cJSON *json = NULL;
    struct error err;

    if (!text || !json_parse(str_of(text), &json, &err))
        abort(); /* what was prepared here is always good */
    return json;
}

/* A command is an object of the form's fields, an interaction the object that the form holds as text. */
static cJSON *envelope_of(const struct slack_delivery *delivery, struct slack_socket_envelope *envelope)
{
    cJSON *form = NULL, *payload = NULL;

    if (text_is(delivery->path, "/slack/events")) {
        envelope->type = "events_api";
        return parse(delivery->form);
    }
    form = form_decode(str_of(delivery->form));
    if (text_is(delivery->path, "/slack/commands")) {
        envelope->type = "slash_commands";
        envelope->accepts_payload = true;
        return form;
    }
    payload = parse(tree_text(form, "payload"));
    cJSON_Delete(form);
    envelope->type = "interactive";
    envelope->accepts_payload = tree_has_text(payload, "type", "view_submission");
    return payload;
}

void slack_socket_deliver(struct slack_socket *home, const struct slack_delivery *delivery, int64_t retry_num,
                          const char *retry_reason, int64_t patience_ms, struct deliver_answer *answer)
{
    struct slack_socket_envelope envelope = { .retry_attempt = retry_num,
                                              .retry_reason = retry_num > 0 ? retry_reason : NULL };
    AUTO_JSON cJSON *payload = envelope_of(delivery, &envelope);
    AUTO_JSON cJSON *answered = NULL;
    int64_t began_ms = mono_ms();
    enum slack_socket_fate fate;

    envelope.payload = payload;
    fate = slack_socket_send(home, &envelope, patience_ms > 0 ? patience_ms : DELIVER_TIMEOUT_MS, &answered);
    *answer = (struct deliver_answer){ .took_ms = mono_ms() - began_ms, .timed_out = fate == SLACK_SOCKET_UNANSWERED };
    if (fate == SLACK_SOCKET_NOBODY)
        (void)snprintf(answer->error, sizeof answer->error, "no connection of Socket Mode is open");
    if (fate != SLACK_SOCKET_ACKNOWLEDGED)
        return;
    answer->status = 200;
    answer->is_json = answered != NULL;
    answer->body = answered ? json_print(answered) : xstrdup("");
}

bool slack_socket_change(struct slack_socket *home, const cJSON *wanted, struct error *err)
{
    const cJSON *conduct = tree_get(wanted, "conduct");
    const char *reason = tree_text(wanted, "disconnect");

    if (!cJSON_IsObject(wanted))
        return error_set(err, ERR_INVALID, "expected an object");
    if (conduct)
        slack_socket_conduct(home, &(struct slack_socket_conduct){
                                       .is_disabled = tree_true(conduct, "disabled"),
                                       .is_silent = tree_true(conduct, "silent"),
                                       .has_no_hello = tree_true(conduct, "no_hello"),
                                       .loses_answers = tree_true(conduct, "loses_answers"),
                                       .fragment_bytes = (size_t)tree_int(conduct, "fragment_bytes", 0),
                                   });
    if (reason && slack_socket_disconnect(home, reason, tree_true(wanted, "all"), tree_true(wanted, "close")) == 0)
        return error_set(err, ERR_NOT_FOUND, "no connection of Socket Mode is open");
    if (tree_true(wanted, "cut"))
        slack_socket_cut(home);
    if (tree_true(wanted, "off"))
        slack_socket_switch_off(home);
    return true;
}

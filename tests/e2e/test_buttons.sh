#!/bin/sh
# Buttons: what is pressed is a request of whoever pressed it, answered by its response_url and to them alone.
# shellcheck disable=SC2016,SC2119,SC2317 # backticks are Slack's, and functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner
url=http://$OPSGATE_LISTEN

# show VALUE [ACTION-ID]: a message in #general with one button; sets BUTTON to {channel, ts, action_id}
show() {
    show_value=$1 show_id=${2:-opsgate.1.x}
    wait_until 10 is_shown
    BUTTON=$(jq -cn --arg ts "$ts" --arg action_id "$show_id" '{ channel: "C0GENERAL", $ts, $action_id }')
}

is_shown() { # Slack takes about one message a second and channel
    ts=$(curl -s --noproxy '*' -H "Authorization: Bearer $SLACK_BOT_TOKEN" -H 'Content-Type: application/json; charset=utf-8' \
        -d "$(jq -cn --arg value "$show_value" --arg action_id "$show_id" '{ channel: "C0GENERAL", text: "press", blocks: [
            { type: "actions", elements: [
                { type: "button", $action_id, $value, text: { type: "plain_text", text: "Press" } } ] } ] }')" \
        "$SANDBOX_URL/slack/api/chat.postMessage" | jq -r '.ts // ""')
    [ -n "$ts" ]
}

tap() { # tap USER [MORE-JSON]: sets ANSWER, STATUS and BODY of opsgate's answer
    whispers_before=$(count_whispers)
    ANSWER=$(press_button "$1" "$BUTTON" "${2:-}")
    STATUS=$(answer .status)
    BODY=$(answer .body)
}

count_whispers() {
    whispers_of | jq length
}

whispers_of() { # what opsgate said to one person by a response_url, oldest first
    world '[.slack.ephemerals[] | select(.source == "response_url")]'
}

has_whispered() { # since the tap
    [ "$(count_whispers)" -gt "$whispers_before" ]
}

whisper() { # whisper FIELD: of the last one
    whispers_of | jq -r --arg field "$1" 'last[$field]'
}

decided() { # how many requests the journal holds
    journal | jq -s '[.[] | select(.core.kind | startswith("request."))] | length'
}

decided_more_than() {
    [ "$(decided)" -gt "$1" ]
}

# payload USER VALUE: an encoded body, for what Slack itself would never send
payload() {
    printf 'payload='
    jq -cn --arg user "$1" --arg value "$2" --arg trigger "$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')" '
        { type: "block_actions", team: { id: "T0SANDBOX" }, user: { id: $user, team_id: "T0SANDBOX" },
          channel: { id: "C0GENERAL" }, trigger_id: $trigger,
          actions: [ { type: "button", action_id: "opsgate.1.x", $value } ] }' | jq -Rr @uri | tr -d '\n'
}

# send_interaction FILE: a body, signed well; prints the status, $RUN/answer has the body
send_interaction() {
    "$BUILD/opsgate" -c "$CONFIG" sign slack <"$1" >"$RUN/headers"
    curl -s --noproxy '*' --max-time 60 -o "$RUN/answer" -w '%{http_code}' -H @"$RUN/headers" \
        -H 'Content-Type: application/x-www-form-urlencoded' --data-binary @"$1" "$url/slack/interactions"
}

# ---- a button types its command ----

show help
tap "$BOB"
check "a pressed button is answered at once with 200" same 200 "$STATUS"
check "and with nothing" same "" "$BODY"
check "within Slack's three seconds" in_time "$(answer .took_ms)" 3000
check "the answer comes by response_url" wait_until 10 has_whispered
check "to the one who pressed" same "$BOB" "$(whisper for)"
check "and it is the command's" has "$(whisper text)" deploy
check "the message with the button stays as it is" same press \
    "$(world '.slack.channels[] | select(.id == "C0GENERAL") | .messages[-1].text')"
check "the journal knows who asked, and what" same "slack $BOB help" \
    "$(redis --raw hvals "$(key personal)" | jq -r '.values // empty | select(.text) | "\(.system) \(.principal) \(.text)"')"

# ---- who presses is who asks ----

show "deploy api production v1.4.2"
tap "$EVE"
wait_until 10 has_whispered
check "a guest who presses is refused" has "$(whisper text)" enied
tap "$BOB"
wait_until 10 has_whispered
check "so is a developer, by the rule for production" has "$(whisper text)" enied
show help
tap "$BOB" '{"value":"deploy api production v1.4.2"}'
check "a forged value is taken as what it is: somebody's wish" same 200 "$STATUS"
wait_until 10 has_whispered
check "and judged by policy as the one who pressed" has "$(whisper text)" enied
check "nothing of all this began an operation" same "" "$(journal | jq -r 'select(.core.kind == "operation.begun") | .core.operation' | grep -v '^L')" # what always stands

# ---- signatures ----

before=$(decided)
tap "$ANN" '{"no_signature":true}'
check "unsigned: 401" same 401 "$STATUS"
tap "$ANN" '{"bad_signature":true}'
check "forged: 401" same 401 "$STATUS"
tap "$ANN" '{"skew_s":-310}'
check "five minutes old: 401" same 401 "$STATUS"
tap "$ANN" '{"skew_s":310}'
check "five minutes ahead: 401" same 401 "$STATUS"
check "and nobody was asked anything" same "$before" "$(decided)"

# ---- twice ----

show "deploy staging"
before=$(decided)
tap "$ANN" '{"repeat":3}'
check "a delivery that comes three times is answered three times with 200" same "200 200 200" \
    "$(answer '[.answers[].status] | join(" ")')"
check "it is decided" wait_until 10 decided_more_than "$before"
check "it ends" wait_until 30 has_ended D1
check "well" same "done" "$(operation D1 .result)"
wait_until 20 has_whispered
check "and was one request" same $((before + 1)) "$(decided)"
check "answered once" same $((whispers_before + 1)) "$(count_whispers)"

# ---- what cannot be read ----

show 'deploy "staging'
tap "$ANN"
check "a command that cannot be read: 200" same 200 "$STATUS"
check "and words" wait_until 10 has_whispered
check "that say what is wrong" has "$(whisper text)" "quote does not end"
tap "$ANN" '{"value":"deploy staging\nabort D1"}'
check "a value with a line break: words too" wait_until 10 has_whispered
check "that say so" has "$(whisper text)" "control characters"
tap "$ANN" '{"value":"frobnicate D1"}'
wait_until 10 has_whispered
check "a verb that nobody knows is named" has "$(whisper text)" frobnicate

before=$(decided)
show help approve
tap "$ANN"
check "a button that is not ours: 200" same 200 "$STATUS"
printf 'payload=%s' '%7B%22type%22%3A%22block_suggestion%22%7D' >"$RUN/body"
check "what is not built: 200" same 200 "$(send_interaction "$RUN/body")"
check "and nothing more" same 0 "$(wc -c <"$RUN/answer")"
check "and logged" wait_until 10 log_has slack.not_built
printf 'payload=%%7B' >"$RUN/body"
check "not JSON: 400" same 400 "$(send_interaction "$RUN/body")"
printf 'nothing=here' >"$RUN/body"
check "no payload: 400" same 400 "$(send_interaction "$RUN/body")"
{ printf 'payload='; head -c 60000 /dev/zero | tr '\0' '['; } >"$RUN/body"
check "deep nesting: 400" same 400 "$(send_interaction "$RUN/body")"
head -c 900000 /dev/zero | tr '\0' a >"$RUN/body"
check "huge: 413" same 413 "$(send_interaction "$RUN/body")"
check "huge, from nobody: 401" same 401 "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' \
    -H 'Content-Type: application/x-www-form-urlencoded' --data-binary @"$RUN/body" "$url/slack/interactions")"
payload 'U0:x' help >"$RUN/body"
check "a user that is no id: 400" same 400 "$(send_interaction "$RUN/body")"
check "and nobody was asked anything" same "$before" "$(decided)"
payload "$ANN" help >"$RUN/body"
check "without a response_url it is taken nevertheless" same 200 "$(send_interaction "$RUN/body")"
check "and decided" wait_until 10 decided_more_than "$before"

# ---- no store ----

show help
wait_until 20 is_idle
store_pid=$(redis_pid)
break_store
tap "$ANN"
check "a store that is gone: 200" same 200 "$STATUS"
check "with nothing" same "" "$BODY"
check "and words by response_url" wait_until 10 has_whispered
check "that it is NOT accepted" has "$(whisper text)" "NOT accepted"
check "to the one who pressed" same "$ANN" "$(whisper for)"
mend_store
store_is_new() {
    new_pid=$(redis_pid) && [ -n "$new_pid" ] && [ "$new_pid" != "$store_pid" ]
}
check "a new redis-server comes by itself" wait_until 20 store_is_new
helped() {
    tap "$ANN"
    wait_until 2 has_whispered && has "$(whisper text)" deploy >/dev/null
}
check "and buttons work again" wait_until 10 helped
check "no address was logged" has_not "$(cat "$RUN/$INSTANCE/log")" "/slack/response/"

opsgate_stop
check "opsgate ends with 0" same 0 "$STATUS"
finish

#!/bin/sh
# Mentions and direct messages are requests: once, by whoever wrote them, answered where they wrote. And modals, shortcuts,
# and all that is said without asking for anything.
# shellcheck disable=SC2016,SC2119,SC2317 # $user and backticks are jq's and Slack's, and functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner
url=http://$OPSGATE_LISTEN

# wrote USER TEXT [MORE-JSON]: in #general, and the app is told; sets ANSWER, and TS of what was written.
wrote() {
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/say" \
        "$(jq -cn --arg user "$1" --arg text "$2" --argjson more "${3:-{\}}" '{ $user, $text, channel: "C0GENERAL" } + $more')")
    TS=$(answer .ts)
}

statuses() { # opsgate's, to the events of what was written last
    answer '[.answers[].status] | join(" ")'
}

is_answered() { # is_answered TEXT: in the thread below it
    world_says 'any(.slack.channels[].messages[]; .thread_ts == $ts and .ts != $ts and .user == "U0OPSGATE" and (.text | contains($text)))' \
        --arg ts "$TS" --arg text "$1"
}

posts() { # all that opsgate wrote for everybody to read
    world '[.slack.channels[].messages[] | select(.user == "U0OPSGATE")] | length'
}

decided() { # how many requests the journal holds
    journal | jq -s '[.[] | select(.core.kind | startswith("request."))] | length'
}

has_decided() {
    [ "$(decided)" = "$1" ]
}

passed_over() {
    get "$url/metrics" | sed -n 's/^opsgate_passed_over_total //p'
}

# ---- a mention ----

wrote "$ANN" '@opsgate status api staging'
check "a mention is taken, with both of its events" same "200 200" "$(statuses)"
check "it is answered in a thread under it" wait_until 20 is_answered staging
check "what came as app_mention and as message is one request" same 1 "$(decided)"
check "answered once" same 1 "$(posts)"
check "the journal knows who asked, and what" same "slack $ANN status api staging" \
    "$(redis --raw hvals "$(key personal)" | jq -r '.values // empty | select(.text) | "\(.system) \(.principal) \(.text)"')"

wrote "$BOB" '@opsgate: help' '{"first":"message"}'
check "whichever of the two comes first, it is taken" same "200 200" "$(statuses)"
check "and answered" wait_until 20 is_answered rollback
check "once" same "2 2" "$(decided) $(posts)"

wrote "$ANN" '@opsgate help' '{"repeat":3,"only":"app_mention"}'
check "an event that comes again is answered with 200" same "200 200 200" "$(answer '[.answers[0].answers[].status] | join(" ")')"
wait_until 20 is_answered rollback
check "and is one request" same 3 "$(decided)"

wrote "$EVE" '@opsgate deploy api production v1.4.2'
check "a guest's mention is taken" same "200 200" "$(statuses)"
check "and refused, to that person alone" wait_until 20 was_told "$EVE" enied
check "nobody else reads it" same 3 "$(posts)"
check "nothing began" same "" "$(journal | jq -r 'select(.core.kind == "operation.begun") | .core.operation' | grep -v '^L')" # looks

wrote "$ANN" '@opsgate deploy staging'
check "a deploy that was asked by a mention is one" wait_until 60 has_ended D1
check "and ends well" same "done" "$(operation D1 .result)"
check "its answer stands under the mention" wait_until 20 is_answered D1
before=$(decided)
wrote "$ANN" 'somebody said: @opsgate help'
check "a mention in the middle of a sentence is no command" wait_until 20 was_told "$ANN" "begins with the mention"
wrote "$ANN" '@opsgate dpeloy staging'
check "a typo is told what it might have been" wait_until 20 was_told "$ANN" 'Did you mean `deploy`'
check "both were decided" same $((before + 2)) "$(decided)"

# ---- a direct message ----

is_told_directly() { # is_told_directly TEXT
    world_says 'any(.slack.channels[] | select(.is_im) | .messages[]; .user == "U0OPSGATE" and (.text | contains($text)))' --arg text "$1"
}
wrote "$ANN" 'status api staging' '{"direct":true}'
check "a direct message asks without a mention" same 200 "$(statuses)"
check "and is answered there" wait_until 20 is_told_directly staging
before=$(decided)

# ---- what asks for nothing ----

ignored_before=$(passed_over)
wrote "$ANN" 'good morning'
check "what is said to others is answered with 200" same 200 "$(statuses)"
wrote "$ANN" '@opsgate deploy staging' '{"bot":true}'
check "a bot's mention, too" same "200 200" "$(statuses)"
wrote U0OPSGATE '@opsgate deploy staging' '{"fields":{"bot_id":"B0OPSGATE"}}'
check "our own" same "200 200" "$(statuses)"
wrote "$ANN" '@opsgate deploy staging' '{"edited":true}'
check "an edit" same "200 200" "$(statuses)"
check "all of them are counted" same $((ignored_before + 7)) "$(passed_over)"
wrote "$ANN" '@opsgate help' '{"no_signature":true}'
check "unsigned: 401" same "401 401" "$(statuses)"
wrote "$ANN" '@opsgate help' '{"bad_signature":true}'
check "forged: 401" same "401 401" "$(statuses)"
wrote "$ANN" '@opsgate help' '{"skew_s":-310}'
check "five minutes old: 401" same "401 401" "$(statuses)"
check "none of this was decided" same "$before" "$(decided)"

event() { # event JSON: sets ANSWER, STATUS and BODY
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/event" "$1")
    STATUS=$(answer .status)
    BODY=$(answer .body)
}
event '{"type":"url_verification"}'
check "Slack's test of the address gets its challenge" same "200 $(answer .challenge)" "$STATUS $BODY"
event '{"type":"app_rate_limited"}'
check "that Slack holds events back is taken" same 200 "$STATUS"
check "and said" log_has slack.events_limited
event '{"type":"channel_archive","user":"U012AB3CD","channel":"C0ALERTS"}'
check "a fact is taken" same 200 "$STATUS"
event '{"type":"emoji_changed"}'
check "what nobody wants is, too" same 200 "$STATUS"

send_event() { # send_event TEXT: a body, signed well; prints the status, $RUN/headers_back has the answer's headers
    printf '%s' "$1" >"$RUN/body"
    "$BUILD/opsgate" -c "$CONFIG" sign slack <"$RUN/body" >"$RUN/headers"
    curl -s --noproxy '*' --max-time 60 -o /dev/null -D "$RUN/headers_back" -w '%{http_code}' -H @"$RUN/headers" \
        -H 'Content-Type: application/json' --data-binary @"$RUN/body" "$url/slack/events"
}
check "what makes no sense: 400" same 400 "$(send_event '{"type":"event_callback"')"
check "and never again" grep -qi '^X-Slack-No-Retry: 1' "$RUN/headers_back"
check "no form is an event" same 415 "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -d a=b "$url/slack/events")"

# ---- modals and shortcuts ----

shortcut() { # shortcut USER CALLBACK [MORE-JSON]
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/shortcut" \
        "$(jq -cn --arg user "$1" --arg callback_id "$2" --argjson more "${3:-{\}}" '{ $user, $callback_id } + $more')")
    STATUS=$(answer .status)
}
shortcut "$BOB" opsgate.help
check "a shortcut is taken" same 200 "$STATUS"
is_told_directly_of() {
    world_says 'any(.slack.channels[] | select(.is_im and .user == $user) | .messages[]; .user == "U0OPSGATE" and (.text | contains($text)))' \
        --arg user "$1" --arg text "$2"
}
check "and answered by a direct message, for it was used nowhere" wait_until 20 is_told_directly_of "$BOB" rollback
shortcut "$BOB" somebody.elses
check "one that is none of ours is passed over" same 200 "$STATUS"

payload() { # payload CALLBACK: of a modal that was sent, as a body
    printf 'payload='
    jq -cn --arg callback_id "$1" --arg user "$ANN" --arg trigger "$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')" '
        { type: "view_submission", team: { id: "T0SANDBOX" }, user: { id: $user, team_id: "T0SANDBOX" }, trigger_id: $trigger,
          view: { id: "V1", $callback_id, private_metadata: "{\"command\":\"help\",\"channel\":\"C0GENERAL\"}",
                  blocks: [ { type: "input", block_id: "1" } ],
                  state: { values: { "1": { "word.verb": { type: "plain_text_input", value: "deploy" } } } } } }' | jq -Rr @uri | tr -d '\n'
}
send_interaction() { # send_interaction TEXT: signed well; prints the status, $RUN/answer has the body
    printf '%s' "$1" >"$RUN/body"
    "$BUILD/opsgate" -c "$CONFIG" sign slack <"$RUN/body" >"$RUN/headers"
    curl -s --noproxy '*' --max-time 60 -o "$RUN/answer" -w '%{http_code}' -H @"$RUN/headers" \
        -H 'Content-Type: application/x-www-form-urlencoded' --data-binary @"$RUN/body" "$url/slack/interactions"
}
takes_its_place() { # what a modal is answered with; where opsgate is slow just now the answer comes by a message, and the next one is asked
    taken=$(send_interaction "$(payload opsgate.modal)")
    saw="$taken $(cat "$RUN/answer")"
    [ "$(jq -r '.response_action // empty' "$RUN/answer")" = update ]
}
check "the answer of a modal that was sent takes its place" wait_until 20 takes_its_place
check "it is taken with 200" same 200 "$taken"
check "which is the command's" has "$(jq -r '.view.blocks[].text.text' "$RUN/answer")" "deploy"
check "a form that is none of ours is taken" same 200 "$(send_interaction "$(payload somebody.elses)")"
check "and refused in words, at its field" has "$(jq -r '.errors["1"]' "$RUN/answer")" "does not know this form"

# ---- no store ----

store=$(redis_pid)
before=$(decided)
kill -STOP "$store"
post "$SANDBOX_URL/_sandbox/slack/say" "$(jq -cn --arg user "$ANN" \
    '{ $user, text: "@opsgate help", channel: "C0GENERAL", only: "app_mention", retries: 1000, retry_ms: 100 }')" >"$RUN/retried" &
asker=$!
remember_other $asker
check "a mention that the store does not take is refused by a status" wait_until 20 log_has slack.event_refused
kill -CONT "$store"
wait $asker
check "so that Slack sends it again, until it is taken" same 200 "$(jq -r '.answers[-1].status' "$RUN/retried")"
check "and it is decided once" wait_until 20 has_decided $((before + 1))

check "no request was a dead letter" same 0 "$(redis xlen "$(key dead)")"
check "the journal is a chain" journal_is_a_chain
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish

#!/bin/sh
# An incident that is declared by a form: from a command that lacks words, from a message; what is wrong is said in it, and
# where it cannot be opened, in words. And messages that are marked in its channel: in its timeline, once.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s/local:root/local:$(id -un)/
s/^  open_on:/  types:\n    - { name: data-breach, about: data left us, severity: P1, private: true }\n&/" \
    "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner

submit() { # submit USER VALUES-JSON: what they have open; sets STATUS and BODY of opsgate's answer
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/submit" "$(jq -cn --arg user "$1" --argjson values "$2" \
        --arg view "$(world 'last(.slack.views[] | select(.is_open and .user == $user)) | .id' --arg user "$1")" '{ $user, $view, $values }')")
    STATUS=$(answer .status)
    BODY=$(answer .body)
}

forms_of() { # forms_of USER: how many were opened for them so far
    world '[.slack.views[] | select(.user == $user)] | length' --arg user "$1"
}

id_of() { # id_of NAME: of that channel
    world '.slack.channels[] | select(.name == $name) | .id' --arg name "$1"
}

has_channel() {
    [ -n "$(id_of "$1")" ]
}

write_in() { # write_in USER CHANNEL-ID TEXT [THREAD]: somebody writes there; prints its ts
    post "$SANDBOX_URL/_sandbox/slack/say" "$(jq -cn --arg user "$1" --arg channel "$2" --arg text "$3" --arg thread "${4:-}" \
        '{ $user, $channel, $text, only: "message" } + if $thread == "" then {} else { thread_ts: $thread } end')" | jq -r .ts
}

mark() { # mark USER CHANNEL-ID TS [REACTION]
    post "$SANDBOX_URL/_sandbox/slack/event" "$(jq -cn --arg user "$1" --arg channel "$2" --arg ts "$3" --arg reaction "${4:-pushpin}" \
        '{ type: "reaction_added", $user, fields: { $reaction, item_user: $user, item: { type: "message", $channel, $ts } } }')" >/dev/null
}

fails_with() { # fails_with CODE COMMAND...
    wanted_code=$1
    shift
    "$@" >"$RUN/answer" 2>&1
    same "$wanted_code" $?
}

has_marked() { # has_marked ID TEXT [COUNT]: so often it stands in the timeline
    is_so "$1" "[.body.timeline[] | select(.kind == \"marked\" and (.text | contains(\"$2\")))] | length == ${3:-1}"
}

# ---- a command that lacks words ----

type_in "$ANN" /incident "declare API down"
check "a command that lacks words is answered by nothing" same "200" "$STATUS$BODY"
check "but a form that opens, with what was typed in it" wait_until 10 has_form "$ANN" '"initial_value":"API down"'
check "and says what each severity means" has_form "$ANN" "P1: users cannot work"
check "and which types there are" has_form "$ANN" "data-breach: data left us"
check_not "nobody is asked in words as well" was_told "$ANN" "How bad is it?"
submit "$ANN" '{ "2": null, "3": "***" }'
check "what is wrong is said in it" has "$BODY" '"1":"Choose how bad it is'
submit "$ANN" '{ "1": "P2", "3": "***" }'
check "at its field" has "$BODY" '"3":"Say in a few words what it is'
check "and it stays open" has_form "$ANN" "Declare an incident"
check "nothing was opened by that" same 0 "$(redis --raw hvals "$(key operations)" | grep -c '"kind":"incident"')"
opsgate_kill
opsgate_up
wait_until 10 has_owner
submit "$ANN" '{ "1": "P2", "3": "API down" }'
check "it is a request like any other, and may be sent after a crash" wait_until 20 is_in_state D1 open
check "with all that it says" is_so D1 '.body.severity == "P2" and .body.title == "API down"'
API=$(own_channel D1 api-down)
check "with a channel of its own" wait_until 20 has_channel "$API"

type_in "$ANN" /incident "declare --private"
check "what was typed as an option is checked" wait_until 10 has_form "$ANN" '"initial_options"'
submit "$ANN" '{ "2": "data-breach", "3": "a list of zebras leaked" }'
check "a type brings its severity" has "$BODY" "*D2* is open, P1, and private"
check "the answer takes the form's place" has "$BODY" '"response_action":"update"'
check "with its own channel" wait_until 20 has_channel inc-d2

# ---- policy, and where no form opens ----

before=$(forms_of "$EVE")
say "$EVE" /incident "declare something"
check "who may not ask is told so, and gets no form" has "$BODY" "Denied"
check "at all" same "$before" "$(forms_of "$EVE")"
arm slack views.open ok_false '"expired_trigger_id"'
say "$BOB" /incident "declare the web is slow"
check "a form that Slack does not open is asked in words" has "$BODY" "How bad is it?"
arm slack views.open drop_after 0
say "$BOB" /incident "declare the web is slow"
check "so it is where nobody knows whether it did" has "$BODY" "How bad is it?"
disarm
post "$SANDBOX_URL/_sandbox/slack/say" "$(jq -cn --arg user "$BOB" '{ $user, text: "@opsgate incident declare", channel: "C0GENERAL" }')" >/dev/null
check "a mention brings no trigger: it is asked in words" wait_until 20 was_told "$BOB" "How bad is it?"
check "on the host, too" fails_with 2 "$BUILD/opsgate" -c "$CONFIG" run incident declare

# ---- from a message ----

said=$(write_in "$BOB" C0GENERAL "Checkout answers *500*
since 14:02")
post "$SANDBOX_URL/_sandbox/slack/shortcut" "$(jq -cn --arg user "$BOB" --arg ts "$said" \
    '{ $user, callback_id: "opsgate.incident.declare", channel: "C0GENERAL", $ts }')" >/dev/null
check "a message opens the form with its first line" wait_until 10 has_form "$BOB" '"initial_value":"Checkout answers 500"'
submit "$BOB" '{ "1": "P3" }'
check "which declares it" has "$BODY" "*D3* is open, P3: Checkout answers 500."
link="https://acme.slack.com/archives/C0GENERAL/p$(printf '%s' "$said" | tr -d .)"
check "the message's link stands in the timeline" wait_until 10 is_so D3 "any(.body.timeline[]; .kind == \"message\" and .link == \"$link\")"

# ---- marked ----

api=$(id_of "$API")
one=$(write_in "$BOB" "$api" "restarted db-1 & all is well")
two=$(write_in "$BOB" "$api" "half of it is back" "$one")
mark "$ANN" "$api" "$one"
check "a message that is marked stands in the timeline" wait_until 10 has_marked D1 "restarted db-1 & all is well"
check "with who wrote it, who marked it, and the link" is_so D1 \
    "any(.body.timeline[]; .who == \"@{slack:$BOB}\" and (.text | contains(\"marked by @{slack:$ANN}\")) and .link == \"https://acme.slack.com/archives/$api/p$(printf '%s' "$one" | tr -d .)\")"
mark "$BOB" "$api" "$one"
mark "$ANN" "$api" "$one"
mark "$ANN" "$api" "$two" thumbsup
mark "$ANN" "$api" "$two"
check "one in a thread, too" wait_until 10 has_marked D1 "half of it is back"
check "once, whoever marks it besides" has_marked D1 "restarted db-1"
check "and only by the mark" has_marked D1 "half of it is back"
mark "$ANN" C0GENERAL "$said"
secret=$(write_in "$ANN" "$(id_of inc-d2)" "the zebra list is on a public bucket")
arm slack conversations.history drop_after 0
mark "$ANN" "$(id_of inc-d2)" "$secret"
opsgate_kill
opsgate_up
check "what is marked while all crashes is read all the same" wait_until 30 has_marked D2 "the zebra list"
disarm
check "a private one's stands in its own timeline alone" same 1 "$(redis --raw hvals "$(key operations)" | grep -c 'the zebra list')"
check "a mark elsewhere is nobody's" is_so D3 '[.body.timeline[] | select(.kind == "marked")] | length == 0'
say "$ANN" /incident "resolve D1"
say "$ANN" /incident "postmortem D1"
check "the post-mortem has the message and its link" wait_until 20 world_says \
    'any(.slack.channels[].messages[].files[]?; .preview | contains("[message](https://acme.slack.com/archives/"))'

check "no request was a dead letter" same 0 "$(redis xlen "$(key dead)")"
check "the journal is a chain" journal_is_a_chain
finish

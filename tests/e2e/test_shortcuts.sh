#!/bin/sh
# Shortcuts: of a message, into an incident's timeline or a new incident, with its words and its link; of the menu. Whatever the
# message is: long, a program's, gone meanwhile. Each only opens a form; what it types is asked of policy like any other line.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner
DAY=$(date -u +%Y%m%d)

# shortcut CALLBACK USER [CHANNEL-ID TS]: sets ANSWER and STATUS
shortcut() {
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/shortcut" "$(jq -cn --arg callback_id "opsgate.$1" --arg user "$2" --arg channel "${3:-}" --arg ts "${4:-}" \
        '{ $callback_id, $user } + if $ts == "" then {} else { $channel, $ts } end')")
    STATUS=$(answer .status)
}

write_in() { # write_in USER CHANNEL-ID TEXT [MORE-JSON]: prints its ts 
    post "$SANDBOX_URL/_sandbox/slack/say" "$(jq -cn --arg user "$1" --arg channel "$2" --arg text "$3" --argjson more "${4:-{\}}" \
        '{ $user, $channel, $text, only: "message" } + $more')" | jq -r .ts
}

# answers_form USER VALUES-JSON: what they have open; sets ANSWER, STATUS and BODY
answers_form() {
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/submit" "$(jq -cn --arg user "$1" --argjson values "$2" \
        --arg view "$(world 'last(.slack.views[] | select(.is_open and .user == $user)) | .id' --arg user "$1")" '{ $user, $view, $values }')")
    STATUS=$(answer .status)
    BODY=$(answer .body)
}

forms_of() {
    world '[.slack.views[] | select(.user == $user)] | length' --arg user "$1"
}

has_channel() {
    [ -n "$(world '.slack.channels[] | select(.name == $name) | .id' --arg name "$1")" ]
}

noted() { # noted ID KIND TEXT: stands in its timeline
    is_so "$1" "any(.body.timeline[]; .kind == \"$2\" and (.text | contains(\"$3\")))"
}

link_of() { # link_of CHANNEL-ID TS
    echo "https://acme.slack.com/archives/$1/p$(printf '%s' "$2" | tr -d .)"
}

# ---- nothing is open ----

said=$(write_in "$BOB" C0GENERAL "db-1 is full
of dead rows, and grows")
shortcut incident.note "$BOB" C0GENERAL "$said"
check "where none is open it is said" wait_until 20 was_told "$BOB" "No incident is open"
check "and no form opens" same 0 "$(forms_of "$BOB")"

# ---- declared ----

shortcut incident.declare "$BOB" C0GENERAL "$said"
check "a message opens the form" wait_until 20 has_form "$BOB" "Declare an incident"
check "with its first line as the title" has_form "$BOB" '"initial_value":"db-1 is full"'
check "and all of it as what is known" has_form "$BOB" "grows"
answers_form "$BOB" '{ "1": "P2" }'
check "which declares it" has "$BODY" "*D1* is open, P2: db-1 is full"
check "what is known stands in the timeline" wait_until 20 noted D1 note "of dead rows"
check "with the message's link" wait_until 20 is_so D1 "any(.body.timeline[]; .link == \"$(link_of C0GENERAL "$said")\")"
shortcut incident.declare. "$ANN"
check "the menu opens the empty form" wait_until 20 has_form "$ANN" "How bad is it?"
answers_form "$ANN" '{ "1": "P3", "2": "the web is slow" }'
check "which declares another one" has "$BODY" "*D2* is open, P3"
wait_until 20 has_channel "inc-$DAY-db-1-is-full" || exit 1
wait_until 20 has_channel "inc-$DAY-the-web-is-slow" || exit 1
OWN=$(world '.slack.channels[] | select(.name == $name) | .id' --arg name "inc-$DAY-db-1-is-full")

# ---- noted ----

here=$(write_in "$BOB" "$OWN" "restarted *db-1* & all is well")
shortcut incident.note "$BOB" "$OWN" "$here"
check "a message of its channel opens the form" wait_until 20 has_form "$BOB" "Add to a timeline"
check "with that incident chosen" world_says 'any(.slack.views[]; .is_open and .user == $user and any(.view.blocks[]; .element.initial_option.value? == "D1"))' --arg user "$BOB"
check "and its words" has_form "$BOB" "restarted *db-1* & all is well"
answers_form "$BOB" '{ "2": "***" }'
check "what is wrong stands at its field" has "$BODY" '"2":"Say what is to stand'
check "nothing was noted by that" is_so D1 '[.body.timeline[] | select(.kind == "note")] | length == 1'
answers_form "$BOB" '{}'
check "sent, it is noted" has "$BODY" "Noted in the timeline of *D1*"
check "in the words of the message" noted D1 note "restarted db-1 & all is well"
check "with its link" wait_until 20 is_so D1 "any(.body.timeline[]; .kind == \"message\" and .link == \"$(link_of "$OWN" "$here")\")"
ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/submit" "$(jq -cn --arg user "$BOB" \
    --arg view "$(world 'last(.slack.views[] | select(.user == $user)) | .id' --arg user "$BOB")" '{ $user, $view, values: {} }')")
elsewhere=$(write_in "$ANN" C0GENERAL "customers call")
shortcut incident.note "$ANN" C0GENERAL "$elsewhere"
check "elsewhere one of several is chosen" wait_until 20 has_form "$ANN" "D2, P3: the web is slow"
opsgate_kill
opsgate_up
wait_until 10 has_owner
answers_form "$ANN" '{ "1": "D2" }'
check "also after a crash" wait_until 20 noted D2 note "customers call"
check_not "and only there" noted D1 note "customers call"

# ---- whatever the message is ----

long=$(write_in "$ANN" C0GENERAL "$(head -c 51200 /dev/zero | tr '\0' x)")
shortcut incident.note "$ANN" C0GENERAL "$long"
check "50 KiB open the form, cut" wait_until 20 world_says 'last(.slack.views[] | select(.user == $user)) | .is_open and (.view | tostring | contains("xxxx"))' --arg user "$ANN"
answers_form "$ANN" '{ "1": "D2", "2": "too many calls" }'
check "and what is typed in their place counts" wait_until 20 noted D2 note "too many calls"
bots=$(write_in "$ANN" C0GENERAL "Alert: <!channel> disk at 91 %" '{ "bot": true }')
shortcut incident.note "$ANN" C0GENERAL "$bots"
wait_until 20 has_form "$ANN" "disk at 91 %"
post "$SANDBOX_URL/slack/api/chat.delete" "$(jq -cn --arg ts "$bots" '{ channel: "C0GENERAL", $ts }')" >/dev/null
answers_form "$ANN" '{ "1": "D2" }'
check "a program's is noted, though it is gone by then" wait_until 20 noted D2 note "disk at 91 %"

# ---- who may not ----

before=$(forms_of "$EVE")
shortcut incident.note "$EVE" C0GENERAL "$said"
check "who may not ask is told so" wait_until 20 was_told "$EVE" "Denied"
check "and gets no form" same "$before" "$(forms_of "$EVE")"
shortcut no-such-thing "$EVE"
check "what is no shortcut of ours is answered all the same" same 200 "$STATUS"
check "with the words of a slip" wait_until 20 world_says 'any(.slack.channels[]; .is_im and any(.messages[]; .text | contains("I do not know")))'

check "no request was a dead letter" same 0 "$(redis xlen "$(key dead)")"
check "the journal is a chain" journal_is_a_chain
finish

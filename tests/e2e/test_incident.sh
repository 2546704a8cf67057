#!/bin/sh
# An incident that a person declares: a channel with the people and the card, buttons and words, to its end; one channel
# whatever crashes, and without a channel it lives on in #incidents.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner

channel_says() { # channel_says NAME FILTER [JQ-OPTION...]: true of that channel
    channel_name=$1 channel_filter=$2
    shift 2
    world_says "any(.slack.channels[] | select(.name == \$channel); $channel_filter)" --arg channel "$channel_name" "$@"
}

said_in() { # said_in NAME TEXT: once, as a text
    channel_says "$1" '[.messages[] | select(.text | contains($text))] | length == 1' --arg text "$2"
}

has_topic() { # has_topic NAME TEXT
    channel_says "$1" '.topic.value == $text' --arg text "$2"
}

has_people() { # has_people NAME USER...
    people_channel=$1
    shift
    channel_says "$people_channel" '(.members | sort) == ("U0OPSGATE \($people)" | split(" ") | map(select(. != "")) | sort)' --arg people "$*"
}

has_pinned_card() { # has_pinned_card NAME ID
    channel_says "$1" '[.messages[] | select(.pinned_to and (.blocks | tostring | contains("`" + $id + "`")))] | length == 1' --arg id "$2"
}

card_says() { # card_says ID TEXT
    world_says 'any(.slack.channels[].messages[] | select(.blocks | tostring | contains("`" + $id + "`")); .blocks | tostring | contains($text))' \
        --arg id "$1" --arg text "$2"
}

channels_made() { # how many there are of that name, or one with a number
    world '[.slack.channels[] | select(.name | startswith($name))] | length' --arg name "$1"
}

# ---- declared ----

say "$ANN" /incident "declare P1 API down"
API=$(own_channel D1 api-down)
check "who declares one is answered at once" same "*D1* is open, P1: API down. Its channel is on its way. \`incident ack D1\` says that you work on it." "$(printf '%s\n' "$BODY" | jq -r .text)"
check "it has a channel, with a topic" wait_until 10 has_topic "$API" "P1 · open · nobody leads · API down"
check "whoever declared it is there" wait_until 10 has_people "$API" "$ANN"
check "the card is pinned" wait_until 10 has_pinned_card "$API" D1
check "its first words say whose channel it is" wait_until 10 said_in "$API" "This is the channel of incident *D1*, declared by <@$ANN>."
check "#incidents is told of it" wait_until 10 said_in incidents "*D1* (P1: API down) is declared by <@$ANN>."
check "and of its channel" wait_until 10 said_in incidents "The channel of *D1* (P1: API down) is <#$(world '.slack.channels[] | select(.name == $name) | .id' --arg name "$API")>."
check "the card says what next" wait_until 10 card_says D1 'with `incident ack D1`'
check "and is nowhere else" world_says '[.slack.channels[].messages[] | select(.blocks | tostring | contains("`D1`"))] | length == 1'

# ---- lived ----

click "$BOB" D1 Acknowledge
check "a button acknowledges it" wait_until 10 card_says D1 "acknowledged by <@$BOB>"
check "who does that leads, and comes" wait_until 10 has_people "$API" "$ANN" "$BOB"
check "the topic says so" wait_until 10 has_topic "$API" "P1 · acknowledged · lead bob · API down"
say "$ANN" /incident "ack"
check "a second time changes nothing" has "$BODY" "*D1* is acknowledged already, by <@$BOB>"
say "$ANN" /incident "update it's half of the pods, we're rolling back"
check "an update is said in its channel" wait_until 10 said_in "$API" "it's half of the pods, we're rolling back"
check "and stands on the card" wait_until 10 card_says D1 "it's half of the pods, we're rolling back"
check_not "but not in #incidents" said_in incidents "rolling back"
say "$ANN" /incident "severity P2 fewer users"
check "its severity changes" wait_until 10 has_topic "$API" "P2 · acknowledged · lead bob · API down"
say "$ANN" /incident "close"
check "what is not resolved cannot be closed" has "$BODY" "resolve D1"
say "$ANN" /incident "resolve rolled back"
check "it is resolved" wait_until 10 has_topic "$API" "P2 · resolved · lead bob · API down"
check "#incidents is told" wait_until 10 said_in incidents "is resolved by <@$ANN>"
"$BUILD/opsgate" -c "$CONFIG" run status >"$RUN/answer"
check_not "what is resolved is not in \`status\`" has "$(cat "$RUN/answer")" "incident *D1*"
click "$ANN" D1 Post-mortem
check "a draft of its story is uploaded" wait_until 10 world_says 'any(.slack.channels[].messages[].files[]?; .name | startswith("post-mortem-D1"))'
click "$ANN" D1 Close
check "it is closed" wait_until 10 has_ended D1
check "and its card is done" wait_until 10 card_says D1 "closed by <@$ANN>"
say "$ANN" /incident "show D1"
check "it can still be looked at" has "$BODY" "P2: API down"
say "$ANN" /incident "reopen D1"
check "and is over" has "$BODY" "*D1* is closed"

# ---- from the host, by nobody of Slack's ----

"$BUILD/opsgate" -c "$CONFIG" run incident declare P3 "disk of web filling" >"$RUN/answer"
check "the host declares one, too" has "$(cat "$RUN/answer")" "D2 is open, P3: disk of web filling"
DISK=$(own_channel D2 disk-of-web-filling)
check "its channel waits for people" wait_until 10 has_pinned_card "$DISK" D2
check "nobody of Slack's is called" has_people "$DISK"
"$BUILD/opsgate" -c "$CONFIG" run status >"$RUN/answer"
check "\`status\` names it" has "$(cat "$RUN/answer")" "incident D2 P3 · disk of web filling · open since"
say "$EVE" /incident "ack"
check "a guest may not" has "$BODY" "Denied"

# ---- killed between the incident and its channel ----

n=3
while [ $n -le 4 ]; do
    arm slack conversations.create delay_after 1500
    say "$ANN" /incident "declare P1 crash $n"
    check "one is declared while Slack is slow" has "$BODY" "*D$n* is open"
    name=$(own_channel "D$n" "crash-$n")
    nap_ms "$(random_ms 50 1600)"
    opsgate_kill
    disarm
    opsgate_up
    check "after a crash it has its channel" wait_until 60 has_pinned_card "$name" "D$n"
    check "with a topic" wait_until 10 has_topic "$name" "P1 · open · nobody leads · crash $n"
    check "and who declared it" wait_until 10 has_people "$name" "$ANN"
    check "and only one" same 1 "$(channels_made "$name")"
    check "#incidents was told once" wait_until 10 said_in incidents "*D$n* (P1: crash $n) is declared by"
    n=$((n + 1))
done

# ---- Slack makes no channel ----

arm slack conversations.create ok_false '"restricted_action"'
say "$ANN" /incident "declare P1 no channel"
check "one that gets no channel is open all the same" has "$BODY" "*D5* is open"
check "people are told why, once" wait_until 10 said_in incidents "*D5* gets no channel of its own"
check "its card stands in #incidents" wait_until 10 channel_says incidents \
    'any(.messages[]; .blocks | tostring | contains("`D5`") and contains("restricted_action"))'
disarm
click "$BOB" D5 Acknowledge
check "its buttons work there" wait_until 10 card_says D5 "acknowledged by <@$BOB>"
check "what is said stands there, with its number" wait_until 10 said_in incidents "*D5*: Acknowledged by <@$BOB>"
say "$ANN" /incident "resolve D5"
wait_until 30 is_so D5 '.body.status_page.id != null' # before the status page has answered it cannot be closed
say "$ANN" /incident "close D5"
check "and it ends" wait_until 10 has_ended D5

check "the journal is a chain" journal_is_a_chain
finish

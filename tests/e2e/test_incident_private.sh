#!/bin/sh
# A private incident: who is in it sees all of it, and nobody else anything, in no channel, no list, no mail and on no page,
# whatever crashes, and where Slack makes no channel. And types: whom they call, how bad they are.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s/local:root/local:$(id -un)/; s/{ name: P1,\(.*\) acknowledge: 15m,/{ name: P1,\1 acknowledge: 4s, mail_after: 2s, mail_to: [all@example.com],/
s/^  open_on:/  types:\n    - { name: data-breach, about: data left us, severity: P1, private: true, call: developer }\n&/" \
    "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner

in_channel() { # in_channel NAME FILTER [JQ-OPTION...]: true of that channel
    channel_name=$1 channel_filter=$2
    shift 2
    world_says "any(.slack.channels[] | select(.name == \$channel); $channel_filter)" --arg channel "$channel_name" "$@"
}

said_in() { # said_in NAME TEXT
    in_channel "$1" 'any(.messages[]; .text | contains($text))' --arg text "$2"
}

has_people() { # has_people NAME USER...
    people_channel=$1
    shift
    in_channel "$people_channel" '(.members | sort) == ("U0OPSGATE \($people)" | split(" ") | map(select(. != "")) | sort)' --arg people "$*"
}

has_pinned_card() { # has_pinned_card NAME ID
    in_channel "$1" '[.messages[] | select(.pinned_to and (.blocks | tostring | contains("`" + $id + "`")))] | length == 1' --arg id "$2"
}

told_directly() { # told_directly USER TEXT: in their direct messages, a card among them
    world_says 'any(.slack.channels[] | select(.is_im and .user == $user) | .messages[]; tostring | contains($text))' --arg user "$1" --arg text "$2"
}

leaks() { # leaks TEXT: wherever it is read by somebody who is not in it
    world '[ (.slack.channels[] | select((.is_private or .is_im) | not) | {name, topic, purpose, messages} | tostring),
             (.slack.ephemerals[] | select(.for == "'"$BOB"'") | tostring),
             ((.mail, .pagerduty, .statuspage) | tostring) ] | map(select(contains($text))) | length' --arg text "$1"
}

# ---- one that nobody else hears of ----

say "$ANN" /incident "declare --private P1 the zebra was stolen"
check "who declares one is answered without its title" has "$BODY" "*D1* is open, P1, and private"
check "which the answer does not repeat" has_not "$BODY" zebra
check "it has a channel of its own, and its card" wait_until 10 has_pinned_card inc-d1 D1
check "which is a private one" in_channel inc-d1 .is_private
check "whoever declared it is there, and nobody else" wait_until 10 has_people inc-d1 "$ANN"
check "the topic tells what it is" wait_until 10 in_channel inc-d1 '.topic.value == "P1 · open · nobody leads · the zebra was stolen"'
say "$BOB" /incident list
check "for others there is none" has "$BODY" "No incident is open."
say "$BOB" /incident "show D1"
check "nor by its number" has "$BODY" '`D1` is no incident that you can see'
say "$BOB" /incident "ack"
check "nor by being the only one" has "$BODY" "No incident is open."
say "$BOB" /incident "stats"
check "nor in the numbers" has "$BODY" "No incident was opened"
say "$BOB" /incident "severity D1 P2"
check "nor may it be changed" has "$BODY" '`D1` is no incident that you can see'
say "$BOB" /status D1
check "nor does another command know of it" has "$BODY" 'There is no operation `D1`'
post "$SANDBOX_URL/_sandbox/slack/say" "$(jq -cn --arg user "$ANN" '{ $user, text: "@opsgate incident show D1", channel: "C0GENERAL" }')" >/dev/null
check "aloud not even for who is in it" wait_until 20 was_told "$ANN" "Of a private one, ask in its own channel"
say "$ANN" /incident list
check "who is in it finds it in the list" has "$BODY" "the zebra was stolen"
say "$ANN" /incident "public D1 the zebra is gone"
check "the public is told nothing" has "$BODY" "is private: nothing of it is public"
check "that nobody answers is said there" wait_until 30 said_in inc-d1 "Nobody has acknowledged *D1*"

opsgate_kill
opsgate_up
say "$ANN" /incident "update D1 the zebra was seen"
check "after a crash it goes on" wait_until 30 said_in inc-d1 "the zebra was seen"
check "nobody heard of it anywhere" same 0 "$(leaks zebra)"
check "nor of its number" same 0 "$(leaks '*D1*')"

# ---- invited ----

say "$ANN" /incident "invite D1 @bob"
check "who is in it brings others" has "$BODY" "is invited to *D1*, and can see all of it from now on"
check "they come" wait_until 10 has_people inc-d1 "$ANN" "$BOB"
say "$BOB" /incident "ack D1"
check "and may do what others do" has "$BODY" "*D1* is acknowledged, and you lead it"
say "$BOB" /incident "private D1"
check "it is private" has "$BODY" "is private already"
say "$BOB" /incident "resolve D1 the zebra is back"
check "it is resolved" wait_until 10 said_in inc-d1 "the zebra is back"
say "$BOB" /incident "postmortem D1"
check "its story is for its channel" wait_until 10 in_channel inc-d1 'any(.messages[].files[]?; .name | startswith("post-mortem-D1"))'
say "$BOB" /incident "close D1"
check "and it ends" wait_until 10 has_ended D1

# ---- a type ----

say "$ANN" /incident "declare data-breach a list of zebras was sold"
check "a type may be private" has "$BODY" "*D2* is open, P1, and private"
check "it calls its people at once" wait_until 20 said_in inc-d2 "*D2* calls the role developer, <@$BOB>"
check "into its channel" wait_until 10 has_people inc-d2 "$ANN" "$BOB"
check "the card says what it is" wait_until 10 in_channel inc-d2 'any(.messages[]; .blocks | tostring | contains("data-breach, data left us"))'
type_in "$ANN" /incident "declare data-breach P3 --private"
check "a type alone is no incident: what it is, is asked" wait_until 10 has_form "$ANN" "What is it?"
say "$ANN" /incident "declare P1 zebras everywhere --privat"
check "what looks like private is asked about" has "$BODY" 'Did you mean `--private`?'

# ---- Slack makes no channel ----

arm slack conversations.create ok_false '"restricted_action"'
say "$ANN" /incident "declare --private P3 a zebra without a channel"
check "one without a channel is open all the same" has "$BODY" "*D3* is open"
check "whoever declared it is told directly" wait_until 10 told_directly "$ANN" "no channel of its own"
check "and has its card" wait_until 10 told_directly "$ANN" 'a zebra without a channel'
disarm
click "$ANN" D3 Acknowledge
check "its buttons work there" wait_until 10 told_directly "$ANN" "*D3*: Acknowledged by"
check_not "nobody else is told" told_directly "$BOB" D3
say "$ANN" /incident "invite D3 @bob"
check "but who is invited" wait_until 10 told_directly "$BOB" "It is P3: a zebra without a channel"

# ---- the host ----

"$BUILD/opsgate" -c "$CONFIG" run incident list >"$RUN/answer"
check "on the host all of them are seen" has "$(cat "$RUN/answer")" "a list of zebras was sold"

say "$ANN" /incident "declare P3 an antelope, for all to see"
check "one that is not private is told to all" wait_until 10 said_in incidents "an antelope, for all to see"
antelopes=$(leaks antelope)
check "wherever this looks for words" test "$antelopes" -gt 0
bring_bob=$BOB BOB=nobody # who was invited meanwhile
check "nobody who is not in it has read a word" same 0 "$(leaks zebra)"
BOB=$bring_bob
check "the journal is a chain" journal_is_a_chain
finish

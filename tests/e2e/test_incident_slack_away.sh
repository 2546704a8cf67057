#!/bin/sh
# Slack is away for longer than two minutes, and incidents go on: afterwards each channel has one message that tells what
# happened meanwhile and when, nothing that nobody is asked for any more, and nothing twice, though opsgate is killed on its way.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"

sandbox_up
CONFIG=$RUN/opsgate.yaml
severities='    - { name: P1, acknowledge: 20s, update_every: 40s }\
    - { name: P2 }'
sed "s/local:root/local:$(id -un)/; /name: P[123],/d; s/^  severities:.*/&\n$severities/; s/status_page: true//" \
    "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner

host() { # host WORD...: on the host, where Slack is not needed
    "$BUILD/opsgate" -c "$CONFIG" run incident "$@" >"$RUN/answer" 2>&1
}

texts() { # texts CHANNEL: all that stands there, a message a line
    world '[.slack.channels[] | select(.name == $channel) | .messages[].text | gsub("\n"; " | ")] | .[]' --arg channel "$1"
}

said() { # said CHANNEL TEXT: how often, in whatever message
    texts "$1" | grep -oF "$2" | wc -l
}

is_said_once() {
    [ "$(said "$1" "$2")" = 1 ]
}

late() { # late CHANNEL: the messages that tell of what was
    texts "$1" | grep -F 'Said late'
}

comes_late() {
    [ -n "$(late "$1")" ]
}

all_posts_have_ended() {
    [ "$(get "$SANDBOX_URL/_sandbox/calls" |
        jq 'any(.[]; .service == "slack" and (.path | endswith("/chat.postMessage")) and .status == null)')" = false ]
}

nothing_waits() { # to be done outside
    [ "$(redis hlen "$(key effects)")" = 0 ]
}

say "$ANN" /incident "declare P1 API down"
API=$(own_channel D1 api-down)
check "an incident is declared" has "$BODY" "*D1* is open"
check "it has its channel" wait_until 10 is_said_once incidents "The channel of *D1*"
check "and has said what it knows" wait_until 20 is_said_once "$API" "First assessment of"

# ---- Slack is away ----

arm slack "" status 503 100000
wait_until 10 all_posts_have_ended # those that Slack took before
updates_asked=$(said "$API" "without an update") missed=$(said incidents "Nobody has acknowledged") # where all that took long
check "on the host it goes on" host ack D1
check "and on" host update D1 "it is the database"
check "another one is declared" host declare P1 "disk full"
check "and a third" host declare P2 "web slow"
sleep 25 # the second is not acknowledged: that is to be said
check "the second is acknowledged after all" host ack D2
check "the third is resolved" host resolve D3 "a restart was enough"
sleep 55 # an update of the first is asked for
check "the first gets its update" host update D1 "the standby takes over"
sleep 55
check "and is resolved" host resolve D1 "the standby serves"
check "nobody was told of it yet" same 0 "$(said "$API" "the standby")"

# ---- it is back, and opsgate is killed while it says so ----

disarm
arm slack chat.postMessage delay_after 3000 100
check "Slack has the first words" wait_until 45 comes_late "$API"
opsgate_kill
disarm
opsgate_up
check "the channel for all has its own" wait_until 90 comes_late incidents
check "of the third, too, there is a channel in the end" wait_until 90 is_said_once incidents "The channel of *D3*"
check "nothing is left to be said" wait_until 90 nothing_waits
check "in its channel it is one message" same 1 "$(late "$API" | wc -l)"
check "with all of it, in order" has "$(late "$API" | sed 's/[0-9][0-9]:[0-9][0-9]/HH:MM/g; s/<@[^>]*>/@ann/g')" \
    "|$(date -u -d "@$(($(operation D1 .body.acknowledged_at_ms) / 1000))" +%Y-%m-%d) HH:MM UTC> Acknowledged by"
for text in "Acknowledged by" "it is the database" "the standby takes over" "is resolved by"; do
    check "\"$text\" is said there once" same 1 "$(said "$API" "$text")"
done
check "each behind the one before it" same 1 "$(late "$API" | grep -c 'Acknowledged by.*it is the database.*the standby takes over.*is resolved by')"
check "what it asked for is not said any more" same "$updates_asked" "$(said "$API" "without an update")"
# What is asked for after the kill, when that message may be there already, is a message of its own: a reminder, and no more.
check "to all, too, it is one message" same 1 "$(late incidents | grep -vc 'did not take it in time.* UTC>: | [^|]*without an update')"
check "with all of it, in order" same 1 "$(late incidents | grep -c 'D2\*.*is declared by.*D3\*.*is declared by.*D3\*.*is resolved by.*D1\*.*is resolved by')"
for text in "*D2* (P1: disk full) is declared" "*D3* (P2: web slow) is declared" "*D3* (P2: web slow) is resolved" "*D1* (P1: API down) is resolved"; do
    check "\"$text\" is said to all once" same 1 "$(said incidents "$text")"
done
check "but not that nobody has acknowledged what somebody has" same "$missed" "$(said incidents "Nobody has acknowledged")"
host note D2 "after that"
host update D2 "all as before"
check "and from then on all is as before" wait_until 20 is_said_once "$(own_channel D2 disk-full)" "all as before"
check "the journal is a chain" journal_is_a_chain
finish

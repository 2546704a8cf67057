#!/bin/sh
# Blue-green: the new one is checked without traffic, then gets all of it at once; the old one stays in reach for its time,
# whatever crashes meanwhile; what is ill goes back.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
WEB=web-prod-service
rollout_up 's/watch: 10s, keep: 5m/watch: 4s, keep: 8s/'

percents() { # of the revisions that have traffic, in order
    world '[.run.services[] | select(.id == $service).trafficStatuses[] | (.percent // 0) | select(. > 0)] | sort | join(" ")' \
        --arg service "$WEB"
}
tags() {
    world '[.run.services[] | select(.id == $service).trafficStatuses[] | .tag // empty] | sort | join(" ")' --arg service "$WEB"
}
has_tags() {
    [ "$(tags)" = "$1" ]
}
card_has() { # some card in the channel
    world_says 'any(.slack.channels[].messages[]; tostring | contains($text))' --arg text "$1"
}

push 2.0.0
arm prometheus "" status 503 100000 # it is watched until it has numbers
say "$ANN" /deploy "web production v2.0.0"
check "it is watched after the switch" wait_until 40 is_in_state D1 watching
check "which gave it everything at once" same 100 "$(percents)"
check "and the old one a tag, for it had none" same "d1 d1-old" "$(tags)"
check "the card says how warm it stays" wait_until 20 card_has "warm: its minimum is 1 instance"
disarm
check "and is good then" wait_until 40 has_ended D1
check "done" same "done" "$(operation D1 .result)"
check "it serves" serves "$WEB" D1
check "the old one is kept by an operation of its own" same D2 "$(operation D1 .body.keeper)"
opsgate_kill
opsgate_start
check "which ends after a kill -9, too" wait_until 60 has_ended D2
check "well" same "done" "$(operation D2 .result)"
check "with the tag" has "$(operation D2 .summary)" "its tag \`d1-old\` is gone"
check "which is gone in fact" wait_until 20 has_tags "d1"
check "and the traffic is as it was" same 100 "$(percents)"
check "nothing is left over" wait_until 30 is_idle
opsgate_stop

sed -i 's/keep: 8s/keep: 1h/' "$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner
push 2.1.0
say "$ANN" /deploy "web production v2.1.0"
check "the next one is good" wait_until 60 has_ended D3
check "the old one keeps its own tag" same "d1 d3" "$(tags)"
check "in words" wait_until 20 card_has "by D4 · tag"
say "$ANN" /ops "status web production"
check "status tells of it" has "$BODY" "D4 keep"
opsgate_kill
opsgate_up || exit 1
check "it is kept over a kill -9" same "d1 d3" "$(tags)"
check "by the same operation" is_in_state D4 keeping
say "$ANN" /rollback "web production"
check "a rollback within the time" wait_until 40 has_ended D5
check "is done" same "done" "$(operation D5 .result)"
check "lands on it" serves "$WEB" D1
check "warm" has "$(operation D5 .body.preflight)" "warm: yes (ready, min instances 1)"
check "and it is kept still" is_in_state D4 keeping
say "$ANN" /ops "abort D4"
check "until somebody says so" wait_until 40 has_ended D4
check "then what serves keeps its tag" has "$(operation D4 .summary)" "serves again, so it keeps its tag \`d1\`"
check "all of them" same "d1 d3" "$(tags)"

push 2.2.0
behave v2.2.0 '{"error_rate":0.2}'
say "$ANN" /deploy "web production v2.2.0"
check "an ill one ends" wait_until 60 has_ended D6
check "badly" same "failed" "$(operation D6 .result)"
check "with the numbers that did it" has "$(operation D6 .summary)" "requests failed, over the limit of 0.5 %"
check "and the one before serves again" serves "$WEB" D1
check "whole" same 100 "$(percents)"
check "nothing is kept of it by an operation" same null "$(operation D6 .body.keeper)"
check "every operation has one end" same "D1 D2 D3 D5 D4 D6" \
    "$(journal | jq -r 'select(.core.kind == "operation.ended" and (.core.operation | startswith("D"))) | .core.operation' |
        paste -sd ' ')"
check "the journal is a chain" journal_is_a_chain
check "it comes to rest" wait_until 60 is_idle
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish

#!/bin/sh
# Blue-green: the new one is checked without traffic, then gets all of it at once; what is ill goes back, the old one is kept.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
WEB=web-prod-service
rollout_up 's/watch: 10s, keep: 5m/watch: 4s, keep: 5m/'

percents() { # of the revisions that have traffic, in order
    get "$SANDBOX_URL/_sandbox/state" | jq -r --arg service "$WEB" \
        '[.run.services[] | select(.id == $service).trafficStatuses[] | (.percent // 0) | select(. > 0)] | sort | join(" ")'
}
tags() {
    get "$SANDBOX_URL/_sandbox/state" | jq -r --arg service "$WEB" \
        '[.run.services[] | select(.id == $service).trafficStatuses[] | .tag // empty] | sort | join(" ")'
}

push 2.0.0
say "$ANN" /deploy "web production v2.0.0"
check "it is watched after the switch" wait_until 40 is_in_state D1 watching
check "which gave it everything at once" same 100 "$(percents)"
check "and is good then" wait_until 40 has_ended D1
check "done" same "done" "$(operation D1 .result)"
check "it serves" serves "$WEB" D1

push 2.1.0
behave v2.1.0 '{"error_rate":0.2}'
say "$ANN" /deploy "web production v2.1.0"
check "an ill one ends" wait_until 60 has_ended D2
check "badly" same "failed" "$(operation D2 .result)"
check "with the numbers that did it" has "$(operation D2 .summary)" "requests failed, over the limit of 0.5 %"
check "and the one before serves again" serves "$WEB" D1
check "whole" same 100 "$(percents)"
check "it had kept its tag, to be reached" has " $(tags) " " d1 "
check "it comes to rest" wait_until 60 is_idle
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish

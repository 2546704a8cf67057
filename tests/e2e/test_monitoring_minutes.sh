#!/bin/sh
# Three rollouts that are judged by Cloud Monitoring, whose points are minutes: side by side, so that it takes four of them. A
# step that is healthy passes, and not before two minutes of it are known; a broken one goes back; one that got everything
# at once is good. OPSGATE_E2E_FULL=1 is as late as Google is, and takes eight.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
# shellcheck source=tests/e2e/monitoring.sh
. "$LIB/monitoring.sh"
LATE=$([ -n "${OPSGATE_E2E_FULL:-}" ] && echo 'lag: 4m' || echo 'lag: 2s')
LIMITS='analysis: { error_rate: 0.5%, latency_p95: 300ms, latency_vs_baseline: 2.0, min_requests: 50, max_bake: 20m, unanswered: 5m }'
monitoring_up "s/steps: .5%, 25%, 50%, 100%./steps: [50%, 100%]/; s/watch: 10s, keep: 5m/watch: 3s/; s|analysis: .*|$LIMITS|
    s|strategy: all-at-once|strategy: { canary: { steps: [50%, 100%] } }\n        $LIMITS|" "$LATE"
STAGING=api-service WEB=web-prod-service
[ -z "${OPSGATE_E2E_FULL:-}" ] || change_world '{"monitoring":{"lag_ms":180000}}'
change_world '{"traffic":{"service":"*","rps":50},"monitoring":{"past_minutes":20}}'

reached() { # reached SERVICE ID PERCENT
    [ -n "$(reached_ms "$1" "$2" "$3")" ]
}

was_known_for() { # was_known_for SECONDS SERVICE ID FROM TO: between the two steps
    [ $(($(reached_ms "$2" "$3" "$5") - $(reached_ms "$2" "$3" "$4"))) -ge $(($1 * 1000)) ]
}

push 1.5.0
push 1.6.0
behave v1.6.0 '{"error_rate":0.2}'

say "$ANN" /deploy "api production v1.5.0"
say "$ANN" /deploy "api staging v1.6.0"
say "$ANN" /deploy "web production v1.5.0"
check "the minutes before tell what a step will find" wait_until 20 card_shows D2 '50 % gets about [67],[0-9]+ requests in 5 min: enough to find 5 % failing'
check "before its minutes are known the card says how late they come" wait_until 20 card_shows D1 'its metrics come (2 s|4 min) late'
wait_until 60 reached "$STAGING" D2 50
wait_until 60 is_in_state D3 watching

# ---- broken ----

check "a broken one ends" wait_until 600 has_ended D2
check "as failed" same failed "$(operation D2 .result)"
check "it never had more than its first step" shares_were "$STAGING" D2 "50 0"
check "the card has the numbers that did it" wait_until 20 card_shows D2 '[0-9.]+ % of [0-9,]+ requests failed, over the limit of 0.5 %'
check "what was there before serves" runs_image_of "$STAGING" v1.4.1

# ---- healthy ----

check "a healthy step passes" wait_until 600 reached "$PROD" D1 100
check "but not before two minutes of it are known" was_known_for 120 "$PROD" D1 50 100
check "and one that got everything at once is good" wait_until 600 has_ended D3
check "done" same "done" "$(operation D3 .result)"
check "the card says what it could have missed" wait_until 20 card_shows D3 'could have missed (anything|up to [0-9.]+ %) failing'
check "it serves" serves "$WEB" D3
finish

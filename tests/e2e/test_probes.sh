#!/bin/sh
# A service without users: opsgate asks the new revision itself. What answers well goes up, over a kill -9 too; what begins
# to fail, or to hang, goes back by itself. It is so where a metrics source is there, and silent: nobody asks it.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up '/^metrics:/d; s/steps: \[5%, 25%, 50%, 100%\]/steps: [10%, 100%]/
    s/analysis: { error_rate: 0.5%, latency_p95: 200ms, latency_vs_baseline: 2.0, .*/analysis: { probes: { every: 1s }, max_bake: 5m, unanswered: 10m, block: 1s }/'
users_come 0
check "the configuration has nothing that waits for people" has_not "$("$BUILD/opsgate" check "$CONFIG" 2>&1)" "services[0]"

probed() { # probed TAG: how often the revision with that tag was asked, in all
    get "$SANDBOX_URL/_sandbox/calls" | jq --arg path "/$PROD/$1/health" \
        '[.[] | select(.service == "app" and .method == "GET" and (.path | endswith($path)))] | length'
}
was_probed() { # was_probed TAG TIMES
    [ "$(probed "$1")" -ge "$2" ]
}

# ---- it answers well ----

say "$ANN" /deploy "api production v1.4.2"
check "it bakes" wait_until 40 bakes_at D1 10
check "and is asked at its own address, by whatever share" wait_until 40 was_probed d1 4
opsgate_kill
opsgate_start
check "over a kill -9 the step is judged anew, and ends" wait_until 180 bakes_at D1 100
check "well" wait_until 180 has_ended D1
check "it is done" same "done" "$(operation D1 .result)"
check "by the steps of the plan" shares_were $PROD D1 "10 100"
check "of each step twenty probes at the least" was_probed d1 40
check "the card tells of them" card_shows D1 'opsgate asks /health every 1s; users. requests are not counted'
check "with their numbers" card_shows D1 'new version +[0-9]+ +0 % +[0-9.,]+ m?s +[0-9]+'
check "and what they may have missed" has "$(operation D1 .body.verdict_why)" "could have missed"

# ---- it begins to fail ----

push 1.5.0
say "$ANN" /deploy "api production v1.5.0"
check "the next one bakes" wait_until 40 bakes_at D2 10
asked=$(probed d1)
check "it is asked, and the one before it as well" wait_until 40 was_probed d2 3
change_world '{"health":{"image":"v1.5.0","status":500}}'
check "what begins to fail ends" wait_until 120 has_ended D2
check "as failed" same failed "$(operation D2 .result)"
check "never over its first step" shares_were $PROD D2 "10 0"
check "what was there before serves" serves $PROD D1
check "and was asked, to compare with" was_probed d1 $((asked + 3))
check "the card has the numbers that did it" card_shows D2 '[0-9.]+ % of [0-9]+ probes failed, over the limit of 1 %'
check "the version is marked as bad" target api/production '[.bad[] | .version] | index("v1.5.0") != null'

# ---- a metrics source is there, and silent ----

opsgate_stop
sed -i 's|^registry:|metrics: { prometheus: "${env:SANDBOX_URL}/prometheus" }\nregistry:|
    s/analysis: { probes: { every: 1s },/analysis: { error_rate: 5%, latency_p95: 1s, probes: { every: 1s },/' "$CONFIG"
asked_metrics() { # how often the metrics source was, of whatever
    get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "prometheus" and (.path | contains("query")))] | length'
}
opsgate_up || exit 1
wait_until 10 has_owner
arm prometheus query status 503 100000
before=$(asked_metrics)
push 1.6.0
say "$ANN" /deploy "api production v1.6.0"
check "it is judged by its probes all the same: it bakes" wait_until 40 bakes_at D3 10
check "and ends" wait_until 240 has_ended D3
check "well" same "done" "$(operation D3 .result)"
check "by the steps of the plan" shares_were $PROD D3 "10 100"
check "nobody asked the metrics source" same "$before" "$(asked_metrics)"

# ---- it begins to hang ----

push 1.7.0
say "$ANN" /deploy "api production v1.7.0"
check "the next one bakes" wait_until 40 bakes_at D4 10
check "it is asked" wait_until 40 was_probed d4 2
arm app "$PROD/d4/health" delay_before 60000 100000
check "what begins to hang ends" wait_until 300 has_ended D4
check "as failed" same failed "$(operation D4 .result)"
check "never over its first step" shares_were $PROD D4 "10 0"
# What hangs has failed, and was slow besides. Where this machine is slow itself another one was slow and did not fail: then
# that is what most is known of.
hung() {
    operation D4 .body.verdict_why |
        grep -qE '% of [0-9]+ probes (failed, over the limit of 5 %|were slower than 1000 ms, where 5 % may be)'
}
check "by what was found" hung
check "and what served before serves" serves $PROD D3
check "the journal is a chain" journal_is_a_chain
finish

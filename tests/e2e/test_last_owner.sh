#!/bin/sh
# Redis dies while a canary has 25 %, and the canary turns bad: the last owner, still running, gives its traffic back, makes
# no further step, and the rollout hears of it once the store is back - also from another process.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/5%, 25%, 50%, 100%/25%, 100%/; s/bake: 3s/bake: 6s/; s/max_bake: 60s/max_bake: 10m/'
NOTES=$OPSGATE_DATA/without-store.jsonl

is_unanswered() {
    [ -z "$(redis ping)" ]
}

share() { # share ID: what it has of production's traffic now
    wanted_times $PROD "$1" | awk 'END { print $2 }'
}

has_share() { # has_share ID PERCENT
    [ "$(share "$1")" = "$2" ]
}

asked() { # how often Prometheus was
    get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "prometheus")] | length'
}

was_asked() { # was_asked COUNT: in all
    [ "$(asked)" -ge "$1" ]
}

written() { # written NAME FILTER: of what the file says last about that act
    jq -r --arg name "$1" "select(.act.name == \$name) | .act | $2" "$NOTES" 2>/dev/null | tail -n 1
}

is_written() { # is_written NAME RESULT
    [ "$(written "$1" '.result // "none"')" = "$2" ]
}

is_asked_for() { # is_asked_for NAME: it is about to have the traffic changed
    [ "$(written "$1" .is_sent)" = true ]
}

adoptions() { # adoptions OPERATION: how often it heard of one
    journal | jq -s --arg id "$1" '[.[] | select(.core.kind == "without_store.adopted" and .core.operation == $id)] | length'
}

log_tells() { # log_tells TEXT: of the instance in use
    grep -q "$1" "$RUN/$INSTANCE/log"
}

was_posted() { # was_posted TEXT: by opsgate, anywhere
    world_says 'any(.slack.channels[] | .messages[]; tostring | contains($text))' --arg text "$1"
}

# canary_alone ID VERSION: it bakes at 25 %, users are well, and then no store answers. Until that is so nobody tells its numbers,
# for good ones would take it on.
canary_alone() {
    push "$2"
    arm prometheus "" status 503 100000
    say "$ANN" /deploy "api production v$2"
    check "$1 bakes at 25 %" wait_until 40 bakes_at "$1" 25
    break_store
    disarm
}

ends_rolled_back() { # ends_rolled_back ID NAME
    check "$1 ends" wait_until 90 has_ended "$1"
    check "as failed" same failed "$(operation "$1" .result)"
    check "in words" has "$(operation "$1" .summary)" "was taken back"
    check "with the reason that was seen then" has "$(operation "$1" .summary)" "requests failed, over the limit of 0.5 %"
    check "having heard of it" same 1 "$(adoptions "$1")"
    check "its card tells of it" wait_until 20 card_shows "$1" "without the store.*$2"
    check "what was there before serves" serves $PROD D1
    check "its version is bad" target api/production "[.bad[] | .operation] | index(\"$1\") != null"
    check "nobody holds the target" target api/production '.holder == null'
    check "nor is it in doubt" target api/production '.doubt == null'
    check "it never had more than its step" shares_were $PROD "$1" "25 0"
}

say "$ANN" /deploy "api production v1.4.2"
rush D1
check "a version that serves, to begin with" serves $PROD D1

# ---- Redis dies at 25 %; the numbers are good for longer than the step bakes, and then they are not ----

canary_alone D2 1.5.0
check "what goes on is in the log" wait_until 60 log_tells "D2 is looked at"
check "while no store answers the numbers are asked for" wait_until 60 was_asked $(($(asked) + 60))
check "good ones raise nothing" has_share D2 25
check "and give nothing back" test ! -s "$NOTES"
patches_before=$(patches)
broken_ms=$(world .now_ms)
behave v1.5.0 '{"error_rate":0.2}'
check "bad ones give the traffic back" wait_until 60 has_share D2 0
back_ms=$(wanted_times $PROD D2 | tail -n 1 | cut -d ' ' -f 1)
check "within seconds ($((back_ms - broken_ms)) ms)" in_time $((back_ms - broken_ms)) 20000
check "with no store at all" is_unanswered
check "it is written down for whom" same D2 "$(written W1 .operation)"
check "and that it was done" wait_until 20 is_written W1 "done"
check "with one change" same $((patches_before + 1)) "$(patches)"
check "loudly" log_has without_store.ended
check "people hear of it in Slack" wait_until 20 was_posted "while no store answers"
mend_store
ends_rolled_back D2 W1
"$BUILD/opsgate" -c "$CONFIG" ops show W1 >"$RUN/out" 2>&1
check "ops show finds it by its name" grep -q "W1 was adopted as D2" "$RUN/out"
"$BUILD/opsgate" -c "$CONFIG" ops show D2 >"$RUN/out" 2>&1
check "and tells it with the rest" grep -q "without_store.adopted" "$RUN/out"
wait_until 60 is_idle

# ---- the same, and opsgate is killed before it hears that Cloud Run did it ----

canary_alone D3 1.6.0
arm run PATCH delay_after 120000
behave v1.6.0 '{"error_rate":0.2}'
check "the traffic of another one goes back" wait_until 90 has_share D3 0
opsgate_kill
check "which was noted before" is_asked_for W2
check "and not told an end" is_written W2 none
mend_store
opsgate_up
ends_rolled_back D3 W2
wait_until 60 is_idle

# ---- killed after it was done ----

canary_alone D4 1.7.0
behave v1.7.0 '{"error_rate":0.2}'
check "and of a third one" wait_until 90 is_written W3 "done"
opsgate_kill
mend_store
opsgate_up
ends_rolled_back D4 W3

# ---- somebody else has moved the traffic meanwhile ----

wait_until 60 is_idle
canary_alone D5 1.8.0
check "a fourth one is looked at" wait_until 60 log_tells "D5 is looked at"
change_world "$(world '.run.services[] | select(.id == $service) | { foreign: { service: .id, by: "carol@acme.example",
    split: ([.traffic[] | select((.percent // 0) > 0) | { key: .revision, value: (if .percent == 25 then 40 else 60 end) }]
            | from_entries) } } | tojson' --arg service $PROD)"
patches_before=$(patches)
check "whose traffic was moved by somebody else, it is left alone" wait_until 60 log_tells "D5 is left alone"
arm prometheus query status 503 100000 # a verdict that came before the new split is seen would go back over it
mend_store
check "so it ends" wait_until 90 has_ended D5
check "as failed" same failed "$(operation D5 .result)"
check "naming the stranger" has "$(operation D5 .summary)" "Somebody else changed the traffic"
check "nothing was overwritten" is_at $PROD D5 40
check "and nothing tried" same "$patches_before" "$(patches)"

check "nothing is adopted twice" same 3 "$(journal | jq -s '[.[] | select(.core.kind == "without_store.adopted")] | length')"
check "every operation has one end" same "D1 D2 D3 D4 D5" \
    "$(journal | jq -r 'select(.core.kind == "operation.ended") | .core.operation' | sort | paste -sd ' ')"
check "the journal is a chain" journal_is_a_chain
finish

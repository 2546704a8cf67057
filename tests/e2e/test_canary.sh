#!/bin/sh
# A canary and its numbers: it goes up step by step while they are good, waits while they are missing, and is returned
# within seconds when they are bad. Nothing but numbers that were seen ever takes it on.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/max_bake: 60s/max_bake: 15s/'

baked_ms() { # baked_ms ID FROM TO: between the two steps
    echo $(($(reached_ms $PROD "$1" "$3") - $(reached_ms $PROD "$1" "$2")))
}

has_reached() { # has_reached ID PERCENT: it was asked for once
    [ -n "$(reached_ms $PROD "$1" "$2")" ]
}

is_held() {
    is_so "$1" '.body.held != null'
}

# ---- to the end ----

say "$ANN" /deploy "api production v1.4.2"
check "the answer tells the steps" has "$BODY" "5, 25, 50 and 100 %"
wait_until 20 bakes_at D1 5
arm prometheus query garbage 0 3
check "it ends" wait_until 90 has_ended D1
check "well" same "done" "$(operation D1 .result)"
check "by the steps of the plan" shares_were $PROD D1 "5 25 50 100"
for step in "5 25" "25 50" "50 100"; do
    check "each baked as long as it should ($step)" test "$(baked_ms D1 $step)" -ge 3000
done
check "the last was watched" test $(($(operation D1 .ended_at_ms) - $(reached_ms $PROD D1 100))) -ge 3000
check "Prometheus was asked by the revision's own name" world_says '[.run.services[] | .revisions[]
    | select(.id | contains("-d1-")) | .served.requests] | .[0] > 100'
check "the card has its numbers" card_shows D1 '0.00 % of (about )?[0-9,]+ requests failed'
check "it runs that image" runs_image_of $PROD v1.4.2
story() { # story ID: as a person reads it
    "$BUILD/opsgate" -c "$CONFIG" ops show "$1"
}
check "its story has a verdict for each step, and for the watch" same 4 "$(story D1 | grep -c 'deploy.judged .* passed: 0.* % of [0-9,]* requests failed')"
after_the_watch() { # what came of its verdict; a card may have been shown meanwhile
    story D1 | grep -o -E ' (deploy|operation)\.[a-z]+ .*' | grep -A 1 '^ deploy.judged  *at 100 %' | tail -n 1 | cut -d ' ' -f 2
}
check "told before what followed from it" same "operation.ended" "$(after_the_watch)"
check "and by which rule it was asked for, in its own words" has "$(story D1)" "as it was then: allow "

# ---- Prometheus is down: it waits, and never passes ----

push 1.5.0
# As if it stood 5 % of the traffic, and no more. Of the 150 requests of so short a bake a tenth may fail and be missed, as the
# verdict says itself ("could have missed up to 13 % failing"): what is to be found each time is more than that.
behave v1.5.0 '{"error_rate":0.25,"from_percent":25}'
arm prometheus query status 503 100000
say "$ANN" /deploy "api production v1.5.0"
check "without numbers the step is held" wait_until 40 is_held D2
check "at 5 %" is_at $PROD D2 5
check "and the card says why" wait_until 10 card_shows D2 "etrics source did not answer"
disarm
say "$ANN" /ops "retry D2"
check "once they are back, retry judges it anew" wait_until 40 has_reached D2 25

# ---- errors at 25 % ----

check "errors at 25 % end it" wait_until 60 has_ended D2
check "as failed" same failed "$(operation D2 .result)"
check "it never had more than 25 %, and then nothing" shares_were $PROD D2 "5 25 0"
broken_ms=$(reached_ms $PROD D2 25)
back_ms=$(wanted_times $PROD D2 | tail -n 1 | cut -d ' ' -f 1)
check "within seconds ($((back_ms - broken_ms)) ms)" in_time $((back_ms - broken_ms)) 12000
check "what was there before serves" serves $PROD D1
check "the card has the numbers that did it" card_shows D2 '[0-9.]+ % of (about )?[0-9,]+ requests failed, over the limit of 0.5 %'
check "so has its story, of the step that failed" has "$(story D2 | grep 'deploy.judged')" "failed: "
check "and whoever asked is told in its thread" wait_until 10 world_says \
    'any(.slack.channels[].messages[]; .thread_ts != null and (.text | contains("*D2* (") and contains(") failed: ")))'
check "the version is marked as bad" target api/production '[.bad[] | .version] | index("v1.5.0") != null'
check "and is not among the good ones" target api/production '[.good[] | .version] | index("v1.5.0") == null'

# ---- slow from the start ----

push 1.5.1
behave v1.5.1 '{"latency_ms":400}'
say "$ANN" /deploy "api production v1.5.1"
check "a slow one ends" wait_until 40 has_ended D3
check "as failed" same failed "$(operation D3 .result)"
check "at its first step" shares_were $PROD D3 "5 0"
check "the card has its p95" card_shows D3 'p95 [0-9.,]+ m?s, over the limit of 200 ms'

# ---- nobody comes: nothing to judge by is no pass, and nobody's answer takes it back ----

sed -i 's/unanswered: 5m/unanswered: 40s/' "$CONFIG" # from here on: those before had somebody who answers
kill -HUP "$OPSGATE_PID"
check "the file is read again" wait_until 20 log_has configuration.reloaded
users_come 0
change_world '{"metrics":{"stale":true}}'
push 1.5.2
say "$ANN" /deploy "api production v1.5.2"
check "a step without requests is held" wait_until 40 is_held D4
check "and says until when it waits for an answer" wait_until 10 card_shows D4 "[Uu]nless somebody answers"
check "nobody answers: it goes back" wait_until 60 has_ended D4
check "as failed" same failed "$(operation D4 .result)"
check "never over 5 %" shares_were $PROD D4 "5 0"
check "and says that nobody answered" card_shows D4 "nobody answered"
check "the journal is a chain" journal_is_a_chain
finish

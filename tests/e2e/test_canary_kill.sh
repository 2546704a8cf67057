#!/bin/sh
# kill -9 in every state of a canary, up and back down: it goes on where it was, no step is left out or made twice, and
# what was observed before a kill does not count.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/5%, 25%, 50%, 100%/25%, 100%/'
change_world '{"reconcile_ms":600000}' # what waits for Cloud Run itself lasts until `let_go`

# hold STATE: it lasts, for what it needs fails until `let_go`. The other states wait for Cloud Run.
hold() {
    case $1 in
    pinning) arm registry "" status 503 100000 ;;
    looking) arm run GET status 503 100000 ;;
    creating | shifting | returning) arm run PATCH status 503 100000 ;;
    checking) arm app "" status 503 100000 ;;
    baking | watching) arm prometheus "" status 503 100000 ;;
    esac
}

let_go() {
    disarm
    change_world '{"settle":true}'
}

kill_in() { # kill_in ID STATE...: in each of them, one after another; the first one is held already
    id=$1
    shift
    while [ $# -gt 0 ]; do
        check "$id is met in '$1', and opsgate is killed" wait_until 60 is_in_state "$id" "$1"
        opsgate_kill
        killed_ms=$(world .now_ms)
        let_go
        shift
        [ $# -eq 0 ] || hold "$1"
        opsgate_start
    done
}

revisions_of() {
    world '[.run.services[] | select(.id == $service) | .revisions[] | select(.id | test("-" + $id + "-"))] | length' \
        --arg service $PROD --arg id "$(echo "$1" | tr D d)"
}

hold pinning
say "$ANN" /deploy "api production v1.4.2"
kill_in D1 pinning looking creating starting checking shifting verifying baking
check "it goes on to the next step" wait_until 60 is_at $PROD D1 100
next_ms=$(reached_ms $PROD D1 100)
check "judged anew ($((next_ms - killed_ms)) ms of 3000)" test $((next_ms - killed_ms)) -ge 3000
hold watching
change_world '{"settle":true}'
kill_in D1 watching
check "it ends" wait_until 60 has_ended D1
check "well" same "done" "$(operation D1 .result)"
check "by the steps of the plan, each once" shares_were $PROD D1 "25 100"
check "with one revision" same 1 "$(revisions_of D1)"
check "which serves" serves $PROD D1
check "on one card" wait_until 20 card_says D1 "serves all traffic"

change_world '{"reconcile_ms":200}'
users_come 0 # whom nobody asks cannot be judged
push 1.5.0
behave v1.5.0 '{"error_rate":0.2}'
say "$ANN" /deploy "api production v1.5.0"
check "a second one bakes, and cannot be judged" wait_until 60 bakes_at D2 25
hold returning
change_world '{"reconcile_ms":600000}'
users_come 200
kill_in D2 returning reverifying
check "on its way back too it ends" wait_until 60 has_ended D2
check "as failed" same failed "$(operation D2 .result)"
check "returned once" shares_were $PROD D2 "25 0"
check "to what was there" serves $PROD D1
check "every operation has one end" same "D1 D2" \
    "$(journal | jq -r 'select(.core.kind == "operation.ended") | .core.operation' | paste -sd ' ')"
check "the journal is a chain" journal_is_a_chain
check "nothing is left over" wait_until 30 is_idle
finish

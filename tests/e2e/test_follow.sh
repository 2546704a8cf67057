#!/bin/sh
# `opsgate run --follow`: a script learns how what it asked for has ended, by its exit code: 0 done, 1 not, 2 misused, 3 nobody
# can tell. And what is asked of something that is not there is a no.
# shellcheck disable=SC2119,SC2317 # functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

run() { # run WORD...: sets STATUS, OUT and ERR
    "$BUILD/opsgate" -c "$CONFIG" run "$@" >"$RUN/out" 2>"$RUN/err"
    STATUS=$?
    OUT=$(cat "$RUN/out") ERR=$(cat "$RUN/err")
}

answers() { # answers STATUS WORD...
    wanted=$1
    shift
    run "$@"
    check "opsgate run $*: exit code $wanted" same "$wanted" "$STATUS"
}

# ---- it ends well ----

answers 0 --follow deploy api staging v1.4.2
check "the answer comes first" has "$(head -n 1 "$RUN/out")" D1
check "then each state" grep -q -E '^[0-9:]{8}  D1  [a-z]' "$RUN/out"
check "then how it ended" has "$(tail -n 1 "$RUN/out")" "D1: done: "
check "and so it did" same "done" "$(operation D1 .result)"
answers 0 deploy api staging v1.4.1 --follow --timeout 20m --json
check "--json: each line is an object" same true "$(jq -s 'length >= 3 and all(.[]; type == "object")' "$RUN/out")"
check "the first one is the answer" same D2 "$(head -n 1 "$RUN/out" | jq -r .operation)"
check "the last one says how it ended" same "D2 done" "$(tail -n 1 "$RUN/out" | jq -r '.operation + " " + .result')"

# ---- it does not ----

answers 1 --follow deploy api staging v0.0.0-none
check "a failure says why" has "$OUT" "v0.0.0-none"
answers 1 --follow deploy api production v1.4.2
check "a refusal has nothing to follow" has "$OUT" "Denied: "
check "and says nothing else" same "" "$ERR"

# ---- nobody can tell ----

answers 3 --follow --timeout 10s deploy api staging v9.9.9 --wait 10m
check "it goes on after --timeout" has "$ERR" "it has not ended within --timeout, and goes on"
waiting=$(sed -n 's/^[0-9:]*  \(D[0-9]*\)  .*/\1/p' "$RUN/out" | head -n 1)
check "with its number" has "$ERR" "opsgate ops show $waiting"
check "and it is at work" same null "$(operation "$waiting" .result)"
(
    run --follow abort "$waiting"
    echo "$STATUS" >"$RUN/aborted"
)
check "what begins nothing ends at once" test "$(cat "$RUN/aborted")" = 0

# ---- misused ----

answers 2 --timeout 1m status
check "--timeout belongs to --follow" has "$ERR" "--timeout is how long --follow follows"
answers 2 --follow --timeout soon deploy api staging
check "and takes a duration" has "$ERR" "such as 30m"
answers 2 --follow --timeout 0s deploy api staging
answers 2 --follow --timeout 8d deploy api staging
answers 2 --follow --without-store rollback api staging
check "--without-store is followed as it is" has "$ERR" "nothing to follow"
answers 2 --follow deploy stagign
answers 0 status --follow
check "a look begins nothing" has "$ERR" "nothing to follow"
before=$("$BUILD/opsgate" -c "$CONFIG" ops list | wc -l)

# ---- what is not there ----

for verb in pause resume promote abort retry status; do
    answers 1 $verb D999
    check "run $verb D999 says so" has "$OUT" "There is no operation D999"
done
answers 1 pause api staging
check "nothing is under way there" has "$OUT" "Nothing is under way"
answers 2 pause
answers 2 pause D999 now
answers 2 pause nowhere

# ---- without the store nothing is begun that could not be followed ----

break_store
answers 3 --follow deploy api staging v1.4.2
check "which is told" has "$ERR" "Nothing was asked"
mend_store
store_is_back() {
    run status
    [ "$STATUS" = 0 ]
}
check "the store comes back" wait_until 20 store_is_back
check "and nothing was begun" same "$before" "$("$BUILD/opsgate" -c "$CONFIG" ops list | wc -l)"

# ---- whoever decides may go meanwhile, and the store with them ----

change_world '{"reconcile_ms":3000}'
follow_across() { # follow_across VERSION COMMAND: what is begun ends well, though opsgate goes by that command meanwhile
    "$BUILD/opsgate" -c "$CONFIG" run --follow deploy api staging "$1" >"$RUN/followed" 2>&1 &
    follower=$!
    note_birth "$follower"
    wait_until 20 grep -q -E '^[0-9:]{8}  D' "$RUN/followed" || return
    "$2"
    opsgate_up || exit 1
    wait "$follower" && grep -q ': done: ' "$RUN/followed" && return
    cat "$RUN/followed"
    return 1
}
check "it is followed across a crash of opsgate" follow_across v1.4.2 opsgate_kill
check "and across a stop, when its private Redis goes, too" follow_across v1.4.1 opsgate_stop
finish

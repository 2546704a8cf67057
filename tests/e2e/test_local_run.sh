#!/bin/sh
# The command line's doors: opsgate run, ops, check. Exit codes: 0 ok, 1 the answer is no, 2 usage, 3 unreachable.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

ask() { # ask WORD...: sets STATUS, OUT and ERR
    "$BUILD/opsgate" -c "$CONFIG" "$@" >"$RUN/out" 2>"$RUN/err"
    STATUS=$?
    OUT=$(cat "$RUN/out") ERR=$(cat "$RUN/err")
}

answers() { # answers STATUS WORD...
    wanted=$1
    shift
    ask "$@"
    check "opsgate $*: exit code $wanted" same "$wanted" "$STATUS"
}

# ---- 0 and 1: the answer is yes, or no ----

answers 0 run help
check "help names the verbs" has "$OUT" deploy
answers 0 run status
answers 0 run deploy staging
check "a deploy tells its id" has "$OUT" D1
check "and is Ann's deploy in all but the person" wait_until 20 has_ended D1
check "asked for by the local user" same "local $(id -un)" "$(operation D1 '.requester | .system + " " + .id')"
answers 1 run deploy api production v1.4.2
check "a refusal names the rule" has "$OUT" opsgate.yaml:
answers 1 run deploy stagign
check "a typo gets the nearest name" has "$OUT" staging
answers 1 run frobnicate
answers 0 --json run status
check "--json is one object with the text" same string "$(jq -r '.text | type' "$RUN/out")"
answers 1 --json run deploy api production v1.4.2
check "--json tells a refusal" same true "$(jq -r .is_refusal "$RUN/out")"
answers 0 ops list
check "ops list has the operation" has "$OUT" D1
answers 0 ops show D1
check "ops show tells its story" has "$OUT" operation.ended
answers 0 --json ops show D1
check "--json is the record" same "done" "$(jq -r .result "$RUN/out")"
answers 1 ops show D99
answers 0 check
answers 0 version
check "the local socket is for its owner alone" same 600 "$(stat -c %a "$OPSGATE_DATA/opsgate.sock")"

# ---- 2: usage and configuration ----

answers 2 run
answers 2 frobnicate
check "a wrong command is named" has "$ERR" frobnicate
answers 2 ops
sed 's/^listen:/lisen:/' "$CONFIG" >"$RUN/wrong.yaml"
answers 2 -c "$RUN/wrong.yaml" run status
check "a wrong configuration is told by line" has "$ERR" wrong.yaml:
answers 2 -c "$RUN/nowhere.yaml" run status

# ---- 3: unreachable ----

store_pid=$(redis_pid)
kill -STOP "$store_pid"
kill -KILL "$store_pid"
wait_until 3 is_gone "$store_pid"
answers 3 run deploy staging
check "a store that is down is told in words" has "$ERR" "NOT accepted"
store_is_back() {
    ask run status
    [ "$STATUS" = 0 ]
}
check "and it comes back" wait_until 20 store_is_back
opsgate_stop
answers 3 run status
check "nobody there is told in words" has "$ERR" "opsgate serve"
answers 3 ops list
finish

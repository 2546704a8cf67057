#!/bin/sh
# A store that is older than data_dir remembers, another one, or an empty one: opsgate says so and does nothing.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up

deploy() { # deploy VERSION ID: from the command to its end
    say "$ANN" /deploy "staging $1"
    wait_until 30 has_ended "$2"
    wait_until 30 is_idle
}

# swap_store DIR: what Redis will find at the next start
swap_store() {
    rm -rf "$OPSGATE_DATA/redis"
    [ -z "$1" ] || cp -a "$1" "$OPSGATE_DATA/redis"
    : >"$RUN/$INSTANCE/log"
}

refuses() { # refuses WHAT REASON
    calls_before=$(get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "run")] | length')
    opsgate_start
    check "$1: refused" wait_until 15 log_has store.refused
    check "$1: says why" grep -q "$2" "$RUN/$INSTANCE/log"
    check_not "$1: not ready" is_ready "http://$OPSGATE_LISTEN"
    check "$1: alive" is_live
    say "$ANN" /deploy staging
    check "$1: a command is answered" same 200 "$STATUS"
    check "$1: as not accepted" has "$BODY" "NOT accepted"
    check "$1: nobody owns the store" same "" "$(redis --raw hget "$(key meta)" nonce)"
    check "$1: Cloud Run was not called" same "$calls_before" \
        "$(get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "run")] | length')"
    opsgate_stop
    check "$1: ends with 0" same 0 "$STATUS"
}

# a store of somebody else, to be put in place of ours
use other
opsgate_up other || exit 1
wait_until 10 has_owner
opsgate_stop

OPSGATE_LISTEN=127.0.0.1:$(cut -d: -f2 "$RUN/other/listen")
opsgate_up one || exit 1
wait_until 10 has_owner
deploy main D1
opsgate_stop
cp -a "$OPSGATE_DATA/redis" "$RUN/older"
opsgate_up || exit 1
wait_until 10 has_owner
deploy v1.4.2 D2
check "two deploys, to begin with" has_ended D2
opsgate_stop
cp -a "$OPSGATE_DATA/redis" "$RUN/newest"

swap_store "$RUN/older"
refuses "an older copy" "an older store"
swap_store "$RUN/other/data/redis"
refuses "another store" "another store"
swap_store ""
refuses "an empty store" "the store is empty"

swap_store "$RUN/newest"
opsgate_up || exit 1
check "the right one again: owned at once" wait_until 10 has_owner
deploy v1.4.1 D3
check "and deploys" same "done" "$(operation D3 .result)"
check "the journal is a chain" journal_is_a_chain
finish

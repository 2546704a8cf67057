#!/bin/sh
# A store that is older than data_dir remembers, another one, or an empty one: opsgate says so and does nothing, until a
# person adopts it; and then only observes, until a person confirms it.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up

deploy() { # deploy VERSION ID: from the command to its end
    say "$ANN" /deploy "staging $1"
    wait_until 30 has_ended "$2"
    wait_until 30 is_idle
}

ask() { # ask WORD...: sets STATUS and OUT
    OUT=$("$BUILD/opsgate" -c "$CONFIG" "$@" 2>&1)
    STATUS=$?
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
wait_until 30 log_has owner.ready # who is stopped while loading gives nothing back
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
ask store adopt
check "there is nothing to adopt, and that is no failure" same 0 "$STATUS"
check "it says so" has "$OUT" "nothing to adopt"
ask store confirm
check "nor to confirm" same 1 "$STATUS"
check "and the store knows of neither" same 0 "$(redis --raw hexists "$(key meta)" adopted)"
opsgate_stop

# ---- nothing brings it back: the older copy has to do ----

is_observed() { [ "$(get "http://$OPSGATE_LISTEN/metrics" | awk '$1 == "opsgate_observing" { print $2 }')" = "$1" ]; }
entries() { journal | jq -r --arg kind "$1" 'select(.core.kind == $kind) | .core.n' | wc -l; }
has_entries() { saw=$(entries "$1"); [ "$saw" = "$2" ]; } # has_entries KIND TIMES

# observes WHAT: nothing is changed by anybody, and looks are answered
observes() {
    patches_before=$(patches)
    say "$ANN" /deploy "staging v1.4.2"
    check "$1: a deploy is refused" has "$BODY" "only observes"
    say "$ANN" /ops "status api staging"
    check "$1: a look is answered" has "$BODY" "staging"
    check "$1: which says that it is only observed" has "$BODY" "only observes"
    wait_until 20 is_idle
    check "$1: Cloud Run was asked to change nothing" same "$patches_before" "$(patches)"
}

swap_store "$RUN/older"
opsgate_start
check "an older copy once more: refused" wait_until 15 log_has store.refused
check "which names the way out" grep -q 'opsgate store adopt' "$RUN/$INSTANCE/log"
ask store confirm
check "what is not adopted cannot be confirmed" same 1 "$STATUS"
ask store adopt
check "a person adopts it" same 0 "$STATUS"
check "and hears what to do" has "$OUT" "opsgate store confirm"
check "it is owned at once, without a restart" wait_until 15 has_owner
check "it is observed" wait_until 15 is_observed 1
check "and ready" wait_until 15 is_ready "http://$OPSGATE_LISTEN"
observes "adopted"
opsgate_stop
opsgate_up || exit 1
check "after a restart too" wait_until 15 is_observed 1
observes "restarted"
check "a second word changes nothing" same 0 "$(ask store adopt; echo "$STATUS")"
check "the journal says who adopted it, once" same 1 "$(entries store.adopted)"
check "what serves was read, and said once" wait_until 30 has_entries store.read 1
check "/health/detailed tells since when" has \
    "$(curl -s --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/health/detailed | jq -c .engine.adopted)" '"observing":true'
ask store confirm
check "a person confirms it" same 0 "$STATUS"
check "and sees what serves" has "$OUT" "api/staging"
check "and how that differs from the record" has "$OUT" "the record has all of it on"
check "it is observed no more" wait_until 15 is_observed 0
check "the journal says so, once" wait_until 15 has_entries store.confirmed 1
say "$ANN" /deploy "staging v1.4.2"
again=$(printf '%s' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1)
check "it deploys" wait_until 30 has_ended "$again"
check "to its end" same "done" "$(operation "$again" .result)"
check "under a number that nobody has seen" [ "${again#D}" -gt 3 ]
wait_until 30 is_idle
check "the journal is a chain" journal_is_a_chain
commits=$(redis --raw hget "$(key meta)" seq)
opsgate_stop

swap_store "$RUN/newest"
refuses "the store of before the adoption" "an older store"

swap_store "$RUN/older"
opsgate_start
check "the same older copy once more: refused" wait_until 15 log_has store.refused
ask store adopt
check "it is adopted a second time" same 0 "$STATUS"
check "and observed again" wait_until 15 is_observed 1
ask store confirm
check "and confirmed again" same 0 "$STATUS"
check "observed no more" wait_until 15 is_observed 0
say "$ANN" /deploy "staging v1.4.1"
second=$(printf '%s' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1)
check "it deploys again" wait_until 30 has_ended "$second"
check "under a number that the first adoption has not given" [ "${second#D}" -gt "${again#D}" ]
wait_until 30 is_idle
opsgate_stop

swap_store ""
opsgate_start
wait_until 15 log_has store.refused
ask store adopt
check "an empty one is adopted, too" same 0 "$STATUS"
check "and observed" wait_until 15 is_observed 1
observes "empty"
ask store confirm
check "and confirmed" same 0 "$STATUS"
wait_until 15 is_observed 0
say "$ANN" /deploy "staging v1.4.1"
again=$(printf '%s' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1)
check "it deploys" wait_until 30 has_ended "$again"
check "to its end, too" same "done" "$(operation "$again" .result)"
check "its numbers begin behind all that the lost one's commits can have given" [ "${again#D}" -gt "$commits" ]
finish

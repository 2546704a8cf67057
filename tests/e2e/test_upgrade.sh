#!/bin/sh
# What earlier versions left in their stores (tests/upgrade/) is read by this one: everything is there, the journal is whole, what
# ran goes on and ends. And an older version leaves a newer store alone.
# shellcheck disable=SC2016,SC2119,SC2154,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"

opsgate_says() { # opsgate_says WORD...: what the command line answers
    "$BUILD/opsgate" -c "$CONFIG" "$@"
}

metric() { # metric NAME: of the instance in use
    curl -s --max-time 10 --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/metrics | sed -n "s/^$1 //p"
}

have_all_ended() { # have_all_ended ID...
    for id in "$@"; do
        has_ended "$id" || return 1
    done
}

is_whole() {
    opsgate_says audit verify >"$RUN/verified"
}

# store_of FILE: a Redis with that store in it, as if no time had passed since
store_of() {
    redis flushall >/dev/null
    redis --pipe <"$1" >"$RUN/loaded" 2>&1
    now_s=$(redis --raw time | sed -n 1p)
    dumped_ms=$(redis --raw hget "$(key meta)" dumped_at_ms)
    redis hdel "$(key meta)" dumped_at_ms >/dev/null
    redis hset "$(key meta)" shift "$((now_s * 1000 - dumped_ms))" >/dev/null
}

redis_up || exit 1
CONFIG=$RUN/opsgate.yaml
sed "s|^store: .*|store: { url: \"unix://$STORE_SOCKET\" }|; s/local:root/local:$(id -un)/
    s/bake: 8s, watch: 10s/bake: 1s, watch: 1s/
    s/# - { require: { approvals: { from: developer } }, for: deploy, on: { service: web/- { require: { approvals: { from: developer, expires: 12h } }, for: deploy, on: { service: web/" \
    "$ROOT/deploy/sandbox.yaml" >"$CONFIG"

for dump in "$ROOT"/tests/upgrade/*.txt; do
    name=$(basename "$dump" .txt)
    [ -z "$SANDBOX_PID" ] || stop "$SANDBOX_PID" 5
    sandbox_up
    users_come 200
    store_of "$dump"
    entries=$(redis xlen "$(key journal)")
    opsgate_up "$name" || exit 1
    wait_until 20 has_owner
    check "$name: every record can be read" same 0 "$(metric opsgate_unreadable)"
    opsgate_says ops show D1 >"$RUN/shown" 2>&1
    check "$name: what had ended is shown" grep -q 'v1\.4\.1' "$RUN/shown"
    check "$name: the incident is as open as it was" is_in_state D5 open
    check "$name: the lock holds" is_in_state D6 locked
    check "$name: who waits for consent waits" is_in_state D2 awaiting-approval
    check "$name: the dead letter is there" same 1 "$(opsgate_says dead list --json | jq length)"
    check "$name: what was accepted is decided" wait_until 20 has_decided_all
    check "$name: the journal is whole, and goes on" is_whole
    check "$name: by more than it had" [ "$(redis xlen "$(key journal)")" -gt "$entries" ]

    say "$BOB" /ops "approve D2"
    check "$name: consent is taken" same 200 "$STATUS"
    check "$name: and what waited for it is carried out" wait_until 90 has_ended D2
    check "$name: to its good end" is_in_state D2 "done"
    say "$ANN" /ops "abort D4"
    check "$name: who stood in the line can leave it" wait_until 60 has_ended D4
    say "$ANN" /ops "abort D3"
    check "$name: the canary can be called off" wait_until 90 has_ended D3
    say "$ANN" /ops "unlock api staging"
    check "$name: the lock is taken away" wait_until 30 has_ended D6
    say "$ANN" /incident "resolve D5"
    check "$name: the incident can be resolved" wait_until 60 is_in_state D5 resolved
    say "$ANN" /incident "close D5"
    check "$name: and closed" wait_until 60 has_ended D5
    say "$ANN" /deploy "staging v1.4.2"
    new=$(printf '%s\n' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1)
    check "$name: a new one gets a new number (${new:-none})" [ "${new#D}" -gt 6 ]
    check "$name: and ends, too" wait_until 60 has_ended "$new"
    check "$name: nothing of then is left over" wait_until 30 have_all_ended D1 D2 D3 D4 D5 D6
    check "$name: the journal is whole to the end" is_whole
    opsgate_stop
    check "$name: it ends well" same 0 "$STATUS"
done

# ---- the way back is none ----

redis hset "$(key meta)" schema 99 >/dev/null
opsgate_start "$name"
is_refused() {
    log_has store.refused
}
check "a store that a newer version has written is refused" wait_until 20 is_refused
check "and why is said" grep -q 'written by a newer opsgate than this one' "$RUN/$name/log"
seq=$(redis --raw hget "$(key meta)" seq)
opsgate_stop
check "nothing in it is touched" same "99 $seq" "$(redis --raw hget "$(key meta)" schema) $(redis --raw hget "$(key meta)" seq)"
finish

#!/bin/sh
# Two instances on one Redis: the standby takes over within five seconds of a kill -9, at once after a clean end, and
# commands that reach the standby are answered there. OPSGATE_E2E_FULL=1 kills 50 times instead of 8.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
kills=$([ -n "${OPSGATE_E2E_FULL:-}" ] && echo 50 || echo 8)
TAKEOVER_MAX_MS=5000
HANDOVER_MAX_MS=1000

redis_up || exit 1
CONFIG=$RUN/opsgate.yaml
store_config "$CONFIG"
sandbox_up

# ---- birth ----

opsgate_start a
has_said_empty() {
    log_has store.refused
}
check "an empty Redis is refused" wait_until 10 has_said_empty
check "and says what to do" grep -q 'opsgate store create' "$RUN/a/log"
check_not "it is not ready" is_ready "http://$OPSGATE_LISTEN"
check "store create makes it ours" "$BUILD/opsgate" -c "$CONFIG" store create
check "and the instance that was refused goes on by itself" wait_until 10 has_owner
"$BUILD/opsgate" -c "$CONFIG" store create >"$RUN/again" 2>&1
check "a second create says no" same 1 $?

OPSGATE_LISTEN=127.0.0.1:$(new_port)
opsgate_up b || exit 1

owner_name() { # a or b
    owner_pid=$(owner | sed 's/-[^-]*$//; s/.*-//')
    for name in a b; do
        [ "$(cat "$RUN/$name/pid")" != "$owner_pid" ] || echo "$name"
    done
}

other() {
    [ "$1" = a ] && echo b || echo a
}

# take_over SIGNAL: ends the owner by it; sets TOOK_MS, until Redis says that the other one owns the store.
take_over() {
    wait_until 20 has_owner
    gone=$(owner_name)
    new=$(other "$gone")
    use "$gone"
    began_ns=$(date +%s%N)
    kill "-$1" "$OPSGATE_PID"
    wait_until 30 owned_by "$(cat "$RUN/$new/pid")"
    TOOK_MS=$((($(date +%s%N) - began_ns) / 1000000))
    wait "$OPSGATE_PID" 2>/dev/null
    STATUS=$?
}

owned_by() {
    [ "$(owner | sed 's/-[^-]*$//; s/.*-//')" = "$1" ]
}

# ---- a standby does its part ----

for name in a b; do
    use $name
    check "$name is ready ($([ "$(owner_name)" = $name ] && echo owner || echo standby))" is_ready "http://$OPSGATE_LISTEN"
    form ops help >"$RUN/body"
    check "a command to $name is answered with 200" same 200 "$(send "$RUN/body")"
    check "and inline" grep -q deploy "$RUN/answer"
done

# ---- clean handovers ----

for round in 1 2 3; do
    take_over TERM
    check "handover $round: in ${TOOK_MS} ms, at most $HANDOVER_MAX_MS" in_time "$TOOK_MS" $HANDOVER_MAX_MS
    check "handover $round: with exit status 0" same 0 "$STATUS"
    opsgate_up "$gone" || exit 1
done

# ---- kill -9 ----

crowd_start # through the sandbox, to a
for round in $(seq "$kills"); do
    nap_ms "$(random_ms 200 3000)"
    take_over KILL
    echo "$TOOK_MS" >>"$RUN/took"
    opsgate_up "$gone" || exit 1
done

# ---- an owner that stands still, is taken for dead, and wakes up ----

# Slack waits three seconds. Who gives up at the very moment when the other wakes up and answers, hears nothing of it.
is_excused() {
    gave_up_ms=$(world '.slack.deliveries[] | select(.took_ms >= 3000 and (.text | endswith($reason))) | .at_ms + .took_ms' \
        --arg reason "$(operation "$1" .body.reason)")
    [ -n "$gave_up_ms" ] && awk -v at="$gave_up_ms" '{ late = at - $1; if (late > -500 && late < 500) found = 1 }
                                                    END { exit !found }' "$RUN/woken"
}

for round in 1 2; do
    nap_ms "$(random_ms 200 2000)"
    wait_until 20 has_owner
    gone=$(owner_name)
    new=$(other "$gone")
    use "$gone"
    kill -STOP "$OPSGATE_PID"
    check "freeze $round: the standby takes over" wait_until 30 owned_by "$(cat "$RUN/$new/pid")"
    nap_ms "$(random_ms 0 1500)"
    world .now_ms >>"$RUN/woken"
    kill -CONT "$OPSGATE_PID"
    nap_ms 1500
    check "freeze $round: who wakes up does not take it back" same "$new" "$(owner_name)"
    check "freeze $round: and is a ready standby" wait_until 10 is_ready "http://$OPSGATE_LISTEN"
done
crowd_stop
sort -n "$RUN/took" >"$RUN/sorted"
percentile() {
    sed -n "$(((kills * $1 + 99) / 100))p" "$RUN/sorted"
}
echo "took over after kill -9, $kills times: p50 $(percentile 50) ms, p99 $(percentile 99) ms, max $(tail -n 1 "$RUN/sorted") ms"
check "every take-over within $TAKEOVER_MAX_MS ms" in_time "$(tail -n 1 "$RUN/sorted")" $TAKEOVER_MAX_MS

check "it comes to rest" wait_until 60 is_idle
check_nothing_lost
finish

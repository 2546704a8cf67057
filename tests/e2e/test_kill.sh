#!/bin/sh
# kill -9 at random moments while commands arrive: opsgate, its Redis, both. Nothing accepted is lost, nothing happens
# twice; Redis and the sandbox say so. OPSGATE_E2E_FULL=1 kills more often.
# shellcheck disable=SC2086,SC2119,SC2317 # functions are called by name; no pid of Redis is no word
. "$(dirname "$0")/lib.sh"
begin "$1"
kills=$([ -n "${OPSGATE_E2E_FULL:-}" ] && echo 30 || echo 4)
sandbox_up
opsgate_up || exit 1

kill_opsgate() {
    opsgate_kill
    opsgate_start
}

kill_redis() {
    victim=$(redis_pid)
    [ -z "$victim" ] || kill -KILL "$victim" 2>/dev/null
}

kill_both() {
    victim=$(redis_pid)
    kill -KILL "$OPSGATE_PID" $victim 2>/dev/null
    wait "$OPSGATE_PID" 2>/dev/null
    opsgate_start
}

for victim_name in opsgate redis both; do
    echo "--- kill -9 of $victim_name, $kills times"
    crowd_start
    for round in $(seq "$kills"); do
        nap_ms "$(random_ms 100 5000)"
        "kill_$victim_name"
        nap_ms "$(random_ms 0 300)"
        [ $((round % 3)) -ne 0 ] || "kill_$victim_name" # now and then again at once, while it starts
    done
    wait_opsgate 30
    nap_ms 4500
    crowd_stop
    check "after killing $victim_name, opsgate runs" is_alive "$OPSGATE_PID"
    check "and comes to rest" wait_until 60 is_idle
    check_nothing_lost
done

opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish

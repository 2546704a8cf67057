#!/bin/sh
# kill -9, again and again, under signed webhooks, commands and running rollouts: of opsgate, of its Redis, of both; owners
# that stand still beyond their lease; connections to Redis cut and slow; Redis emptied. In the end Redis' own journal and
# the sandbox say that every acknowledged delivery was applied once, every operation ended once, no target had two writers.
#
#   sh tests/e2e/crash.sh BUILD-DIRECTORY      200 kills that count; OPSGATE_CRASH_KILLS=1000 for as many
#
# A kill counts with an accept, a commit or an effect in flight; each is told with what was. What fails keeps its data.
# shellcheck disable=SC2016,SC2086,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/crash/verdict.sh"
begin "$1"
wanted_kills=${OPSGATE_CRASH_KILLS:-200}
CRASH=$BUILD/tests/e2e/crash
PACE=50        # webhooks a second
EFFECT_MS=1500 # how long a change is in hand when somebody is killed over it

rollouts='s/5%, 25%, 50%, 100%/25%, 100%/; s/bake: 8s, watch: 10s/bake: 1s, watch: 1s/; s/min_requests: 50/min_requests: 5/'

# ---- the load ----

order() { # order WHOM LINE
    echo "$2" >"$RUN/$1.orders"
}

load_up() { # sets LOAD_PID; the ledger is new
    rm -f "$RUN/ledger" "$RUN/load.orders"
    mkfifo "$RUN/load.orders"
    "$CRASH/crash_load" "$ROOT/tests/golden" "$RUN/ledger" "$RUN/load.orders" </dev/null >"$RUN/load.log" 2>&1 &
    LOAD_PID=$!
    remember_other $LOAD_PID
    order load "aim http://$OPSGATE_LISTEN"
    order load "pace $PACE"
    crowd_start
    : >"$RUN/releases"
    releases &
    RELEASES_PID=$!
    remember_other $RELEASES_PID
}

load_down() {
    rm -f "$RUN/releases"
    wait "$RELEASES_PID"
    crowd_stop
    order load end
    wait_until 40 is_gone "$LOAD_PID"
}

releases() { # one canary after another, and now and then the way back
    trap - EXIT
    trap 'exit 0' TERM
    release=0
    while [ -e "$RUN/releases" ]; do
        release=$((release + 1))
        case $((release % 8)) in
        0) type_in "$ANN" /rollback "api production" ;;
        *) type_in "$ANN" /deploy "api production v1.4.$((release % 2 + 1)) --reason release-$release" ;;
        esac
        nap_ms "$(random_ms 1500 4000)"
    done
}

# ---- kills ----

told_kills() {
    grep -c '^kill' "$RUN/ledger"
}

has_killed() {
    [ "$(told_kills)" -gt "$1" ]
}

kill_now() { # kill_now NAME PID...: by the load, while something of it is unanswered
    before_kills=$(told_kills)
    order load "kill $*"
    wait_until 20 has_killed "$before_kills"
    SINCE_MS=$(tail -n 50 "$RUN/ledger" | awk '$1 == "kill" { at = $3 } END { print at }')
}

is_taken_again() { # something was acknowledged that was sent after the last kill
    tail -n 60 "$RUN/ledger" | awk -v since="$SINCE_MS" '$5 == 202 && $3 > since { found = 1 } END { exit !found }'
}

has_effect_in_hand() { # Cloud Run has been asked for a change, and has not answered
    get "$SANDBOX_URL/_sandbox/calls?since=$seen_call" >"$RUN/calls"
    jq -e 'any(.[]; .service == "run" and .method == "PATCH" and .status == null)' "$RUN/calls" >/dev/null
}

# wait_for_effect: until a change is in hand, whose answer takes a while. Half of them are made at once, half later.
wait_for_effect() {
    seen_call=$(get "$SANDBOX_URL/_sandbox/calls" | jq '.[-1].n // 0')
    arm run PATCH "$([ $((round % 2)) = 0 ] && echo delay_after || echo delay_before)" $EFFECT_MS
    wait_until 8 has_effect_in_hand
    disarm
}

# rounds NAME TIMES EFFECT-EVERY: kills, each when the one before has been overcome; of so many one over an effect
rounds() {
    echo "--- kill -9 of $1, $2 times"
    round=0
    while [ $round -lt "$2" ]; do
        round=$((round + 1))
        wait_until 30 is_taken_again || { failed "it takes deliveries again after a kill"; return; }
        if [ $((round % $3)) -eq 0 ]; then
            wait_for_effect
        else
            nap_ms "$(random_ms 0 400)"
        fi
        "kill_$1"
    done
}

start_again() { # the instance in use, killed just now
    wait "$OPSGATE_PID" 2>/dev/null
    opsgate_start "$INSTANCE"
}

kill_opsgate() {
    kill_now opsgate "$OPSGATE_PID"
    start_again
}

kill_redis() { # its parent brings it back
    kill_now redis "$(redis_pid)"
}

kill_both() {
    kill_now both "$OPSGATE_PID" "$(redis_pid)"
    start_again
}

share() { # share PERCENT: of the kills that are wanted, rounded up; a tenth more in all, for those that meet nothing
    echo $(((wanted_kills * $1 + 99) / 100))
}

# ---- one instance, with a Redis of its own ----

SINCE_MS=0
sed "$rollouts; s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up
users_come 200
change_world '{"latency_ms":20,"metrics":{"scrape_ms":500}}'
opsgate_up || exit 1
wait_until 10 has_owner
load_up
rounds opsgate "$(share 32)" 6
rounds redis "$(share 30)" 8
rounds both "$(share 18)" 6
rest_and_judge embedded
opsgate_stop
check "it ends with 0" same 0 "$STATUS"

# ---- two instances on one Redis, through a proxy ----

PROXIED=$RUN/proxied.sock
stop "$SANDBOX_PID" 5
redis_up || exit 1
mkfifo "$RUN/proxy.orders"
"$CRASH/crash_proxy" "$PROXIED" "$STORE_SOCKET" "$RUN/proxy.orders" </dev/null >"$RUN/proxy.log" 2>&1 &
remember_other $!
wait_until 10 test -S "$PROXIED"
sed -i "s|^store: .*|store: { url: \"unix://$PROXIED\" }|" "$RUN/opsgate.yaml"
wait_until 10 "$BUILD/opsgate" -c "$CONFIG" store create >/dev/null
OPSGATE_LISTEN=127.0.0.1:$(new_port)
sandbox_up
users_come 200
change_world '{"latency_ms":20,"metrics":{"scrape_ms":500}}'
opsgate_up a || exit 1
wait_until 20 has_owner
OPSGATE_LISTEN=127.0.0.1:$(new_port)
opsgate_up b || exit 1

owned_by() { # owned_by NAME
    [ "$(owner | sed 's/-[^-]*$//; s/.*-//')" = "$(cat "$RUN/$1/pid")" ]
}

owner_name() {
    if owned_by a; then echo a; else echo b; fi
}

other() {
    [ "$1" = a ] && echo b || echo a
}

aim_at() { # aim_at NAME: the webhooks go there, and it is the instance in use
    use "$1"
    order load "aim http://$OPSGATE_LISTEN"
}

kill_owner() { # the other one takes over; webhooks go to either
    wait_until 20 has_owner
    aim_at "$(owner_name)"
    nap_ms "$(random_ms 50 200)"
    kill_now owner "$OPSGATE_PID"
    start_again
    aim_at "$(other "$INSTANCE")"
    [ $((round % 2)) -eq 0 ] || wait_until 20 owned_by "$INSTANCE"
}

kill_standby() {
    wait_until 20 has_owner
    aim_at "$(other "$(owner_name)")"
    nap_ms "$(random_ms 50 200)"
    kill_now standby "$OPSGATE_PID"
    start_again
}

kill_server() { # Redis, which is nobody's child; its connections are slow now and then
    order proxy "delay $((round % 3 * 10))"
    kill_now server "$REDIS_PID"
    wait "$REDIS_PID" 2>/dev/null
    redis_up
}

kill_cut() { # both instances lose their connections, with what is on its way
    order proxy "delay $((round % 2 * 15))"
    nap_ms "$(random_ms 20 200)"
    order proxy cut
    kill_owner
    order proxy "delay 0"
}

freeze_owner() {
    wait_until 20 has_owner
    gone=$(owner_name)
    aim_at "$gone"
    kill -STOP "$OPSGATE_PID"
    check "the other one takes over from an owner that stands still" wait_until 30 owned_by "$(other "$gone")"
    nap_ms "$(random_ms 0 1500)"
    kill -CONT "$OPSGATE_PID"
    nap_ms 1000
    check "who wakes up does not take it back" owned_by "$(other "$gone")"
}

use a
load_up
rounds standby "$(share 8)" 3
rounds server "$(share 15)" 5
rounds owner "$(share 6)" 3
freeze_owner
rounds cut "$(share 4)" 3
freeze_owner
order proxy "delay 0"
use a
rest_and_judge two

# ---- Redis, emptied ----

calls_before=$(patches)
redis flushall >/dev/null
is_refused() {
    log_has store.refused
}
check "an emptied store is refused" wait_until 20 is_refused
load_up
nap_ms 1500
load_down
check "nothing is accepted into it" same 0 "$(awk '$5 >= 200 && $5 < 300' "$RUN/ledger" | wc -l)"
check "every webhook was told to come again" same "503" "$(awk '$1 != "kill" { print $5 }' "$RUN/ledger" | sort -u)"
check "nothing was written to it" same "" "$(redis --raw keys '*')"
check "nothing was changed outside" same "$calls_before" "$(patches)"

tell_counts
finish

#!/bin/sh
# A start that finds its port or its data_dir taken, with the Redis of an opsgate that was killed still running: who loses
# says so and ends, who comes next finds that Redis, and nothing is lost.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up

# ends_with STATUS PID: by itself
ends_with() {
    wait_until 30 is_gone "$2" || return 1
    wait "$2"
    same "$1" $?
}

leave_redis_alone() { # sets STORE_PID: of a server whose opsgate was killed
    STORE_PID=$(redis_pid)
    opsgate_kill
    check "its Redis outlives a killed opsgate" is_alive "$STORE_PID"
}

opsgate_up || exit 1
wait_until 10 has_owner
say "$ANN" /deploy staging
check "a deploy, to begin with" wait_until 30 has_ended D1
leave_redis_alone

# ---- the port ----

"$BUILD/tests/sandbox/opsgate-sandbox" --listen "$OPSGATE_LISTEN" --opsgate "http://$OPSGATE_LISTEN" \
    --signing-secret x --quiet >"$RUN/squatter" 2>&1 </dev/null &
squatter=$!
remember_other $squatter
wait_until 10 is_port_taken "${OPSGATE_LISTEN##*:}"
for _ in 1 2 3; do
    opsgate_start
    check "a port that is taken ends it with 2" ends_with 2 "$OPSGATE_PID"
done
check "and is named" grep -q "\"server.failed\".*listen $OPSGATE_LISTEN: somebody else listens there already" "$RUN/one/log"
check "that Redis is let alone" is_alive "$STORE_PID"
stop $squatter 10
opsgate_up || exit 1
check "and is adopted by who gets the port" same "$STORE_PID" "$(redis_pid)"
check "nothing is lost" has_ended D1

# ---- the data_dir: two at once ----

serve_beside() { # serve_beside NAME: on the same data, and a port of its own; sets OPSGATE_PID
    mkdir -p "$RUN/$1"
    OPSGATE_LISTEN=127.0.0.1:$(new_port)
    echo "$OPSGATE_LISTEN" >"$RUN/$1/listen"
    start_opsgate "$RUN/$1/log"
    echo "$OPSGATE_PID" >"$RUN/$1/pid"
    note_birth "$OPSGATE_PID"
}

answers_locally() {
    "$BUILD/opsgate" -c "$CONFIG" run help >"$RUN/out" 2>&1
}

serve_beside late
check "a second one on the same data ends with 2" ends_with 2 "$OPSGATE_PID"
use one
check "and the first is ready as before" is_ready "http://$OPSGATE_LISTEN"
check "also on its local socket" answers_locally

one_is_gone() {
    is_gone "$left" || is_gone "$right"
}

for round in 1 2 3 4 5 6; do
    wait_until 20 has_owner
    leave_redis_alone
    OPSGATE_DATA=$RUN/one/data
    serve_beside left
    left=$OPSGATE_PID
    serve_beside right
    right=$OPSGATE_PID
    check "round $round: of two at once, one ends" wait_until 30 one_is_gone
    winner=left loser=$right
    ! is_gone "$left" || winner=right loser=$left
    check "with 2" ends_with 2 "$loser"
    use $winner
    OPSGATE_DATA=$RUN/one/data
    check "the other is ready" wait_opsgate 30
    check "with the Redis that was there" same "$STORE_PID" "$(redis_pid)"
    check "and answers on the local socket" wait_until 10 answers_locally
done

check "nothing is lost" has_ended D1
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
check "and its Redis with it" wait_until 10 is_gone "$STORE_PID"
finish

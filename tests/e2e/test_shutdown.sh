#!/bin/sh
# SIGTERM with work in flight, at awkward moments, and once under valgrind: exit status 0, no orphan, nothing lost.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
STOP_MAX_MS=9000 # graceful_shutdown_timeout is 8 s
sandbox_up

# stop_well WHAT: SIGTERM, and all that is promised about it
stop_well() {
    store_pid=$(redis_pid)
    began_ns=$(date +%s%N)
    opsgate_stop "${2:-15}"
    took_ms=$((($(date +%s%N) - began_ns) / 1000000))
    check "$1: exit status 0" same 0 "$STATUS"
    check "$1: in $took_ms ms" in_time "$took_ms" "${3:-$STOP_MAX_MS}"
    [ -z "$store_pid" ] || check "$1: no redis-server is left" is_gone "$store_pid"
}

one_more_waits() { # opsgate has taken one more connection
    [ "$(connections)" -gt "$connections_before" ]
}

connections() { # that opsgate has taken: one that still waits in the kernel has no inode
    awk -v port="$(printf ':%04X' "${OPSGATE_LISTEN##*:}")" \
        '$2 ~ port "$" && $4 == "01" && $10 != 0 { n++ } END { print n + 0 }' /proc/net/tcp
}

# send_meanwhile: a command that waits for its answer, because Redis stands still for a moment; sets SENDER, and $RUN/waiting
# gets the status. Nobody waits for long: who was answered before that was seen is followed by another one.
send_meanwhile() {
    for _ in 1 2 3 4 5 6 7 8; do
        rm -f "$RUN/waiting"
        form ops help >"$RUN/help"
        frozen_pid=$(redis_pid)
        kill -STOP "$frozen_pid"
        { send "$RUN/help" >"$RUN/sending"; mv "$RUN/sending" "$RUN/waiting"; } &
        SENDER=$!
        wait_until 10 waits_or_is_answered
        kill -CONT "$frozen_pid"
        [ -e "$RUN/waiting" ] || return 0
        wait $SENDER
    done
}

waits_or_is_answered() {
    [ -e "$RUN/waiting" ] || somebody_waits
}

somebody_waits() {
    curl -s --max-time 10 --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/metrics |
        grep -q '^opsgate_replies_waiting [1-9]'
}

opsgate_up || exit 1
stop_well "at rest"

# ---- a deploy whose PATCH is out, a command that waits, a request that never ends ----

opsgate_up || exit 1
wait_until 10 has_owner
arm run PATCH delay_after 60000
say "$ANN" /deploy staging
wait_until 10 is_in_state D1 creating
form deploy staging >"$RUN/body"
"$BUILD/opsgate" -c "$CONFIG" sign slack <"$RUN/body" >"$RUN/headers"
connections_before=$(connections)
curl -s --noproxy '*' --max-time 60 -o /dev/null -H @"$RUN/headers" -H 'Content-Type: application/x-www-form-urlencoded' \
    -H 'Content-Length: 5000' --data-binary @"$RUN/body" "http://$OPSGATE_LISTEN/slack/commands" &
remember_other $!
wait_until 10 one_more_waits
send_meanwhile
stop_well "with work in flight"
wait $SENDER
check "the command that waited was answered" same 200 "$(cat "$RUN/waiting")"
opsgate_up || exit 1
check "the operation goes on after the next start" wait_until 60 has_ended D1
check "and ends well" same "done" "$(operation D1 .result)"
check "Cloud Run was switched once" same 1 "$(switches | wc -l)"
wait_until 60 is_idle
stop_well "after that"

# ---- at every moment of a start ----

for _ in 1 2 3 4 5 6; do
    opsgate_start
    wait_until 20 catches_term "$OPSGATE_PID"
    after=$(random_ms 0 900)
    nap_ms "$after"
    stop_well "$after ms after it began to listen" 15
done

# ---- twice, and by SIGINT's other door ----

opsgate_up || exit 1
kill -TERM "$OPSGATE_PID"
stop_well "a second SIGTERM"

# ---- under valgrind ----

if ! command -v valgrind >/dev/null; then
    echo "SKIPPED: under valgrind (it is not installed)"
elif ldd "$BUILD/opsgate" | grep -q libasan; then
    echo "SKIPPED: under valgrind (this build has its own sanitizer)"
else
    OPSGATE_UNDER="valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect
        --child-silent-after-fork=yes --log-file=$RUN/valgrind.%p"
    opsgate_start
    wait_opsgate 60
    wait_until 30 has_owner
    arm run PATCH delay_after 60000
    say "$ANN" /deploy "staging v1.4.2"
    say "$BOB" /deploy "api production v1.4.2"
    say "$ANN" /deploy 'staging "open'
    wait_until 20 is_in_state D2 creating
    send_meanwhile
    stop_well "under valgrind, with work in flight" 60 30000
    wait $SENDER
    OPSGATE_UNDER=
    check "valgrind has nothing to say" same "" "$(cat "$RUN"/valgrind.* | head -n 60)"
fi
finish

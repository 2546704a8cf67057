#!/bin/sh
# Ten times what it can take, and more: first what that is, with a store that takes its time, then a storm of so many webhooks in
# an open loop, large ones, and clients that take their time. Memory stays under its ceiling, what cannot be taken is told to
# come again, what was acknowledged is applied, and the way back gets through.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
. "$LIB/crash/load.sh"
. "$LIB/crash/shared.sh"
begin "$1"
CRASH=$BUILD/tests/e2e/crash
DELAY_MS=250      # of each way to Redis: what it takes at most is the requests in flight over what one takes, on any machine
IN_FLIGHT=12      # of which machines leave four to people: so at most 16 a second
BUSY_PACE=300     # more than that: all the room there is gets used
BUSY_MIN=200      # acknowledged, before it is known what it takes
TIMES=30          # so much of it is offered; ten times have to arrive
SENT_MIN=15000    # the storm lasts until so many were answered
REFUSED_MIN=10000 # and so many of them were refused
CONNECTIONS=200
SLOW=50
BODIES_MIB=32
LARGE_MIB=4
CEILING_MIB=$((BODIES_MIB + 32 + 4 * LARGE_MIB)) # as docs/configuration.md has it, at limits.bodies_max

redis_up || exit 1
proxy_up
cat >"$RUN/limits" <<YAML
limits: { bodies_max: ${BODIES_MIB}MiB, inbox_max: 300, connections_max: 400, requests_in_flight: $IN_FLIGHT }
YAML
world_up "s|^store: .*|store: { url: \"unix://$PROXIED\" }|"
cat "$RUN/limits" >>"$CONFIG"
store_create one
opsgate_up || exit 1
wait_until 10 has_owner
say "$ANN" /deploy "staging v1.4.1"
check "a deploy, to go back from" wait_until 60 has_ended D1

peak_kib() {
    sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$OPSGATE_PID/status"
}

blow_up() { # blow_up NAME PROGRAM: what sends; its ledger is $RUN/NAME.ledger; sets BLOWING_PID
    mkfifo "$RUN/$1.orders"
    : >"$RUN/$1.ledger"
    "$CRASH/$2" "$ROOT/tests/golden" "$RUN/$1.ledger" "$RUN/$1.orders" </dev/null >"$RUN/$1.log" 2>&1 &
    BLOWING_PID=$!
    remember_other $BLOWING_PID
    order "$1" "aim http://$OPSGATE_LISTEN"
}

now_ms() {
    date +%s%3N
}

answered() { # answered FROM-MS TO-MS STATUS: how many of the storm's, ended between then; a regular expression
    awk -v from="$1" -v to="$2" -v status="^($3)\$" '$4 > from && $4 <= to && $5 ~ status { n++ } END { print n + 0 }' "$RUN/storm.ledger"
}

has_answered() { # has_answered FROM-MS STATUS N
    [ "$(answered "$1" 9e15 "$2")" -ge "$3" ]
}

a_second() { # a_second FROM-MS TO-MS STATUS: tenths, of what was answered
    echo $(($(answered "$1" "$2" "$3") * 10000 / ($2 - $1)))
}

tenths() {
    echo "$(($1 / 10)).$(($1 % 10))"
}

came() { # came STATUS: of all
    cat "$RUN/storm.ledger" "$RUN/load.ledger" | awk -v status="^($1)\$" '$5 ~ status { n++ } END { print n + 0 }'
}

are_gone() {
    is_gone "$1" && is_gone "$2"
}

has_rolled() {
    [ "$(redis --raw hvals "$(key operations)" | grep -c '"kind":"rollback"')" -gt 0 ] ||
        [ "$(redis --raw hvals "$(key ended)" | grep -c '"kind":"rollback"')" -gt 0 ]
}

# ---- what it can take: all that it does while more is offered ----

idle_kib=$(peak_kib)
order proxy "delay $DELAY_MS"
blow_up storm crash_storm
STORM_PID=$BLOWING_PID
order storm "connections $CONNECTIONS"
order storm "pace $BUSY_PACE"
check "more comes than it takes" wait_until 60 has_answered 0 503 100
busy_ms=$(now_ms)
check "it goes on taking what it can" wait_until 120 has_answered "$busy_ms" 202 $BUSY_MIN
calm_ms=$(now_ms)
busy=$(a_second "$busy_ms" "$calm_ms" 202)
echo "     it takes $(tenths "$busy") webhooks a second, $((2 * DELAY_MS)) ms from its store and with $IN_FLIGHT in flight"

# ---- the storm ----

blow_up load crash_load
order load "slow $SLOW"
order load "large 5 $((LARGE_MIB * 1024 * 1024))"
order load "pace 20" # GitHub's, PagerDuty's, Alertmanager's; every fifth is a large one
order storm "pace $((busy * TIMES / 10))"
storm_ms=$(now_ms)
type_in "$ANN" /rollback "api staging"
check "in the middle of it a person is let in at the first try" same 200 "$STATUS"
check "and the way back is taken" wait_until 60 has_rolled
check "the storm lasted" wait_until 120 has_answered "$storm_ms" '202|503' $SENT_MIN
check "and most of it was refused" wait_until 60 has_answered "$storm_ms" 503 $REFUSED_MIN
end_ms=$(now_ms)
check "it lives" is_live
order storm end
order load end
check "all of it was answered, or given up" wait_until 60 are_gone "$STORM_PID" "$BLOWING_PID"
order proxy "delay 0"
storm_kib=$(peak_kib)
offered=$(a_second "$storm_ms" "$end_ms" '202|503') # what was answered was written, and read
taken=$(a_second "$storm_ms" "$end_ms" 202)
most=$((taken > busy ? taken : busy))

check "ten times what it takes was offered: $(tenths "$offered") a second, $(tenths $((offered * 10 / most))) x $(tenths "$most")" \
    test "$offered" -ge $((10 * most))
[ -n "${ASAN_OPTIONS:-}" ] || # whose own memory is in it
    check "memory stayed under its ceiling of $CEILING_MIB MiB" test $((storm_kib / 1024)) -le $CEILING_MIB
told() { # what was told, each once; that it is known (200) is right for one that came again, and had been taken or not answered
    cat "$RUN/storm.ledger" "$RUN/load.ledger" |
        awk '$5 == 0 || $5 == 202 { known[$2] = 1 } !($5 == 200 && $2 in known) { print $5 }' | sort -u
}
check "nothing was told anything but yes, not now, too slow, or nothing" same "" "$(told | grep -v -x -e 0 -e 202 -e 408 -e 503)"
check "who was refused was told when to come again" same 0 \
    "$(cat "$RUN/storm.ledger" "$RUN/load.ledger" | awk '$5 == 503 && $7 == 0' | wc -l)"
check "it has decided all of it, and comes to rest" wait_until 120 is_idle
journal | jq -r '.core | select(.kind | startswith("event.")) | .body.id' | sort >"$RUN/applied"
cat "$RUN/storm.ledger" "$RUN/load.ledger" | awk '$5 == 202 { print $2 }' | sort -u >"$RUN/acknowledged"
cat "$RUN/storm.ledger" "$RUN/load.ledger" | awk '$5 == 0 { print $2 }' | sort -u >"$RUN/unanswered"
check "everything acknowledged was applied" same "" "$(comm -23 "$RUN/acknowledged" "$RUN/applied" | head)"
check "once" same "" "$(uniq -d "$RUN/applied" | head)"
check "and nothing else, but what nobody waited for" same "" \
    "$(comm -13 "$RUN/acknowledged" "$RUN/applied" | comm -23 - "$RUN/unanswered" | head)"
check "nothing is a dead letter" same 0 "$(redis xlen "$(key dead)")"
rolled_back() {
    [ "$(redis --raw hvals "$(key ended)" | jq -r 'select(.kind == "rollback") | .result' | head -n 1)" = "done" ]
}
check "the way back was gone" wait_until 60 rolled_back
say "$ANN" /ops help
check "people are answered as before" has "$BODY" deploy
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
echo "It takes $(tenths "$most") a second and was offered $(tenths "$offered"), $(tenths $((offered * 10 / most))) times as much, for" \
    "$(tenths $(((end_ms - storm_ms) / 100))) s: $(came 503) were refused with 503, $(came 202) acknowledged and $(wc -l <"$RUN/applied") applied," \
    "$(came 0) not answered; resident at most $((storm_kib / 1024)) of $CEILING_MIB MiB, $((idle_kib / 1024)) before."
finish

#!/bin/sh
# Ten times what it can take: webhooks in an open loop, some of them large, clients that take their time. Memory stays under
# its ceiling, what cannot be taken is told to come again, what was acknowledged is applied, and the way back gets through.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
CRASH=$BUILD/tests/e2e/crash
STORM=${OPSGATE_STORM:-6000} # webhooks a second
SENT_MIN=20000               # the storm lasts until so many came of them
REFUSED_MIN=1000             # and so many of them were refused
BODIES_MIB=32
LARGE_MIB=4
CEILING_MIB=$((BODIES_MIB + 32 + 4 * LARGE_MIB)) # as docs/configuration.md has it, at limits.bodies_max

# What is small here is soon full, however fast the machine is.
sed "s/local:root/local:$(id -un)/" "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
cat >>"$RUN/opsgate.yaml" <<YAML
limits: { bodies_max: ${BODIES_MIB}MiB, inbox_max: 300, connections_max: 400, requests_in_flight: 200 }
YAML
CONFIG=$RUN/opsgate.yaml
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner
say "$ANN" /deploy "staging v1.4.1"
check "a deploy, to go back from" wait_until 60 has_ended D1

peak_kib() {
    sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$OPSGATE_PID/status"
}

order() {
    echo "$1" >"$RUN/orders"
}

came() { # came STATUS: how many of the storm were answered so; a regular expression
    awk -v status="^($1)\$" '$5 ~ status { n++ } END { print n + 0 }' "$RUN/ledger"
}

has_stormed() {
    [ "$(wc -l <"$RUN/ledger")" -ge $SENT_MIN ] && [ "$(came 503)" -ge $REFUSED_MIN ]
}

went_back() { # a person who is told "not now" tries again
    type_in "$ANN" /rollback "api staging"
    tries=$((tries + 1))
    [ "$STATUS" = 200 ] && wait_until 5 has_rolled
}

has_rolled() {
    [ "$(redis --raw hvals "$(key operations)" | grep -c '"kind":"rollback"')" -gt 0 ] ||
        [ "$(redis --raw hvals "$(key ended)" | grep -c '"kind":"rollback"')" -gt 0 ]
}

idle_kib=$(peak_kib)
mkfifo "$RUN/orders"
"$CRASH/crash_load" "$ROOT/tests/golden" "$RUN/ledger" "$RUN/orders" </dev/null >"$RUN/load.log" 2>&1 &
LOAD_PID=$!
remember_other $LOAD_PID
order "aim http://$OPSGATE_LISTEN"
order "slow 50"
order "large 200 $((LARGE_MIB * 1024 * 1024))"
order "pace $STORM"
wait_until 20 test -s "$RUN/ledger"
tries=0
check "the way back is taken in the middle of it" wait_until 60 went_back
echo "     at try $tries"
check "the storm lasted" wait_until 60 has_stormed
check "it lives" is_live
order end
check "all of it was answered, or given up" wait_until 60 is_gone $LOAD_PID
storm_kib=$(peak_kib)
echo "     $(wc -l <"$RUN/ledger") webhooks: $(came '20[02]') acknowledged, $(came 503) refused, $(came 0) without an answer" \
    "($(awk '$5 == 0 && $6 == 0' "$RUN/ledger" | wc -l) of them never left);" \
    "resident at most $((storm_kib / 1024)) MiB, $((idle_kib / 1024)) before"

[ -n "${ASAN_OPTIONS:-}" ] || # whose own memory is in it
    check "memory stayed under its ceiling of $CEILING_MIB MiB" test $((storm_kib / 1024)) -le $CEILING_MIB
check "nothing was told anything but yes, not now, too slow, or nothing" same "" \
    "$(awk '{ print $5 }' "$RUN/ledger" | sort -u | grep -v -x -e 0 -e 200 -e 202 -e 408 -e 503)"
check "who was refused was told when to come again" same 0 "$(awk '$5 == 503 && $7 == 0' "$RUN/ledger" | wc -l)"
check "it comes to rest" wait_until 120 is_idle
check "and has decided all of it" wait_until 120 has_decided_all
journal | jq -r '.core | select(.kind | startswith("event.")) | .body.id' | sort >"$RUN/applied"
awk '$5 == 200 || $5 == 202 { print $2 }' "$RUN/ledger" | sort -u >"$RUN/acknowledged"
check "everything acknowledged was applied ($(wc -l <"$RUN/acknowledged"))" same "" "$(comm -23 "$RUN/acknowledged" "$RUN/applied" | head)"
check "once" same "" "$(uniq -d "$RUN/applied" | head)"
check "nothing is a dead letter" same 0 "$(redis xlen "$(key dead)")"
rolled_back() {
    [ "$(redis --raw hvals "$(key ended)" | jq -r 'select(.kind == "rollback") | .result' | head -n 1)" = "done" ]
}
check "the way back was gone" wait_until 60 rolled_back
say "$ANN" /ops help
check "people are answered as before" has "$BODY" deploy
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish

#!/bin/sh
# The disk is full, and has room again: what was accepted is there, the rest was refused in words.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
[ "$(id -u)" -eq 0 ] || skip "only root can mount a small disk"
mkdir -p "$RUN/one/data"
mount -t tmpfs -o size=24m,mode=700 opsgate-test "$RUN/one/data" 2>/dev/null || skip "no mount is allowed here"

sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner
say "$ANN" /deploy "staging --reason crowd-0"
check "a deploy, to begin with" wait_until 20 has_ended D1

dd if=/dev/zero of="$OPSGATE_DATA/ballast" bs=64k 2>/dev/null
dd if=/dev/zero of="$OPSGATE_DATA/ballast2" bs=512 2>/dev/null
refused() {
    type_in "$BOB" /deploy "api production v1.4.2 --reason crowd-n"
    has "$BODY" "NOT accepted" >/dev/null
}
check "a full disk: commands are refused in words, soon" wait_until 10 refused
check "with 200" same 200 "$STATUS"
check "opsgate lives" is_alive "$OPSGATE_PID"
check "and says so" is_live
check "what is there survived: the deploy is still known, or Redis is down and says nothing" \
    one_of "done -" "$(operation D1 .result | grep . || echo -)"

rm -f "$OPSGATE_DATA/ballast" "$OPSGATE_DATA/ballast2"
taken() {
    type_in "$ANN" /ops help
    has "$BODY" deploy >/dev/null
}
check "with room again, commands are answered again" wait_until 30 taken
check "the deploy is still known" same "done" "$(operation D1 .result)"
say "$ANN" /deploy "staging v1.4.2 --reason crowd-last"
check "and another one ends" wait_until 60 has_ended D2
check "it comes to rest" wait_until 60 is_idle
check_nothing_lost
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish

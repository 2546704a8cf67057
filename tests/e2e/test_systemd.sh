#!/bin/sh
# The units say what systemd understands, and shut what they can.
# shellcheck disable=SC2317 # called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
command -v systemd-analyze >/dev/null || skip "there is no systemd-analyze"
for unit in opsgate.service opsgate.socket; do
    sed "s|/usr/local/bin/opsgate|$BUILD/opsgate|" "$ROOT/deploy/systemd/$unit" >"$RUN/$unit"
done
understood() { # warnings are no failure to systemd-analyze
    said=$(systemd-analyze verify "$@" 2>&1) || return 1
    [ -z "$said" ]
}
misunderstood() {
    ! understood "$@"
}
check "systemd understands both" understood "$RUN/opsgate.service" "$RUN/opsgate.socket"
sed 's/^Restart=.*/Restart=sometimes/' "$RUN/opsgate.service" >"$RUN/wrong.service"
check "and a mistake would be found" misunderstood "$RUN/wrong.service"
exposed() { # exposed MOST: in tenths
    systemd-analyze security --offline=true --threshold="$1" --no-pager "$RUN/opsgate.service" >"$RUN/exposed" 2>&1
}
if exposed 100; then # before systemd 250 it cannot tell of a file
    check "it is exposed to little" exposed 20
    sed '/^ProtectSystem=/d; /^CapabilityBoundingSet=/d' "$RUN/opsgate.service" >"$RUN/open" && mv "$RUN/open" "$RUN/opsgate.service"
    check_not "and without its walls it would not be" exposed 20
fi
says() { # says KEY: what the unit has there
    sed -n "s/^$1=//p" "$ROOT/deploy/systemd/opsgate.service"
}
grace_s=$("$BUILD/opsgate" check --reference | sed -n 's/^| `graceful_shutdown_timeout`.*`"*\([0-9]*\)s"*`.*/\1/p')
check "systemd waits for the end longer than opsgate takes by default (${grace_s:-?} s)" \
    [ "$(says TimeoutStopSec)" -gt "${grace_s:-1000}" ]
check "opsgate is heard, and has a watchdog" same "notify main 30" "$(says Type) $(says NotifyAccess) $(says WatchdogSec)"
finish

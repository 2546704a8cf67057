#!/bin/sh
# kill -9, again and again, under signed webhooks of GitHub, PagerDuty and Alertmanager, commands and running rollouts: of
# opsgate, of its Redis, of both, of the master that sentinels watch; owners that stand still beyond their lease; connections to
# Redis cut and slow; a full disk; names that nobody resolves; Redis emptied. In the end Redis' own journal and the sandbox say
# that every acknowledged delivery was applied once, every operation ended once, no target had two writers.
#
#   sh tests/e2e/crash.sh BUILD-DIRECTORY [PART...]      200 kills that count; OPSGATE_CRASH_KILLS=1000 for as many
#
# A kill counts with an accept, a commit or an effect in flight; each is told with what was. What fails keeps its data.
# shellcheck disable=SC2034,SC2317 # the parts use what is set here, and are called by name
. "$(dirname "$0")/lib.sh"
for part in verdict load alone outages shared sentinels; do
    # shellcheck source=/dev/null
    . "$LIB/crash/$part.sh"
done

# From here on in namespaces of its own.
if [ -z "${OPSGATE_CRASH_ALONE:-}" ] && can_be_alone; then
    OPSGATE_CRASH_ALONE=yes exec unshare -rmn sh "$0" "$@"
fi
[ -z "${OPSGATE_CRASH_ALONE:-}" ] || ip link set lo up

begin "$1"
shift
CRASH=$BUILD/tests/e2e/crash
wanted_kills=${OPSGATE_CRASH_KILLS:-200}
world_kills=$((wanted_kills < 200 ? wanted_kills : 200)) # in one world; more are in several: one remembers only so much
PARTS=${*:-alone full names shared sentinels}
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

killed=0
while [ $killed -lt "$wanted_kills" ]; do
    killed=$((killed + world_kills))
    for part in $PARTS; do
        case $part${OPSGATE_CRASH_ALONE:-} in
        full | names) count 1 "times SKIPPED: $part, as no namespace is allowed here" ;;
        *) echo "=== $part ($killed of $wanted_kills)"; "crash_$part" ;;
        esac
    done
done
tell_counts
finish

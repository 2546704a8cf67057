#!/bin/sh
# Installs Debian packages that are not there yet: sh deploy/packages.sh PACKAGE...
# As root, or with sudo. Says nothing when there is nothing to do.
set -eu

missing=
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

run=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "packages.sh: not root, and there is no sudo. Missing:$missing" >&2; exit 1; }
    run=sudo
fi
echo "installing:$missing"
# A redis-server that the package would start is not ours: a policy keeps services from starting during this install.
policy=/usr/sbin/policy-rc.d
made=
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | $run tee $policy >/dev/null
    $run chmod 755 $policy
    made=yes
fi
status=0
log=$(mktemp)
# shellcheck disable=SC2086 # one word for each package
{ $run apt-get update -qq && DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $missing; } \
    >"$log" 2>&1 || status=$?
[ -z "$made" ] || $run rm -f $policy
[ $status -eq 0 ] || { cat "$log" >&2; echo "packages.sh: could not install:$missing" >&2; }
rm -f "$log"
exit $status

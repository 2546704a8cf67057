#!/bin/sh
# Runs a test of whole programs, which live in real time: once_more.sh COMMAND...
#
# With OPSGATE_ONCE_MORE=FILE, one that failed is run once more, and FILE gets its name and what failed: a machine that stood
# still for ten seconds must not refuse a change, and nobody shall overlook that it did. Without it, it fails at once.
# One try: whatever a sanitizer or valgrind spoke in; units, goldens and the simulation, which have no clock but their own;
# the crash suite, for what it counts must never happen.
set -u
if [ -z "${OPSGATE_ONCE_MORE:-}" ]; then
    exec "$@"
fi
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
{
    "$@" 2>&1
    echo $? >"$kept/status"
} | tee "$kept/output"
status=$(cat "$kept/status")
if [ "$status" -eq 0 ] || [ "$status" -eq 77 ] || grep -qE 'Sanitizer|runtime error:|==[0-9]+==' "$kept/output"; then
    exit "$status"
fi
{
    echo "$*: $status"
    grep -E '^FAIL|^\[  FAILED  \]' "$kept/output"
} >>"$OPSGATE_ONCE_MORE"
echo "---- failed with $status; once more ----"
"$@"

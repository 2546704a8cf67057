#!/bin/sh
# Plants each fault in turn: the simulation has to find every one in time, and nothing at all without them.
# usage: run_plants.sh [path of simulate] [seconds for each plant] [seconds without one]
set -u
simulate=${1:-./simulate}
seconds=${2:-60}
clean_seconds=${3:-$seconds}
out=$(mktemp)
missed=0

for plant in $("$simulate" --list-plants | cut -d' ' -f1); do
    if "$simulate" --seeds 1..1000000 --seconds "$seconds" --quiet --plant "$plant" >"$out" 2>&1; then
        echo "MISSED  $plant: nothing found in $seconds s"
        missed=$((missed + 1))
    else
        printf 'found   %-24s %s\n' "$plant" "$(sed -n 's/^found //p' "$out")"
        sed -n '1s/^/        /p' "$out"
    fi
done
if ! "$simulate" --seeds 1..1000000 --seconds "$clean_seconds" --quiet >"$out" 2>&1; then
    echo "BROKEN  without a planted fault too:"
    cat "$out"
    missed=$((missed + 1))
fi
rm -f "$out"
exit $((missed > 0))

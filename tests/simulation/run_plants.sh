#!/bin/sh
# Plants each fault: the simulation has to find every one in time, and nothing at all without them. As many at once as
# there are cores.
# usage: run_plants.sh [path of simulate] [seconds for each plant] [seconds without one]
set -u

# run_plants.sh --one SIMULATE SECONDS PLANT: tells what was found.
if [ "${1:-}" = --one ]; then
    if said=$("$2" --seeds 1..1000000 --seconds "$3" --quiet --plant "$4" 2>&1); then
        echo "MISSED  $4: nothing found in $3 s"
        exit 1
    fi
    printf 'found   %-24s %s\n        %s\n' "$4" "$(echo "$said" | sed -n 's/^found //p')" "$(echo "$said" | sed -n 1p)"
    exit 0
fi

simulate=${1:-./simulate}
seconds=${2:-60}
clean_seconds=${3:-$seconds}
missed=0

"$simulate" --list-plants | cut -d' ' -f1 | xargs -P "$(nproc)" -n 1 sh "$0" --one "$simulate" "$seconds" || missed=1
if ! said=$("$simulate" --seeds 1..1000000 --seconds "$clean_seconds" --jobs "$(nproc)" --quiet 2>&1); then
    echo "BROKEN  without a planted fault too:"
    echo "$said"
    missed=1
fi
exit "$missed"

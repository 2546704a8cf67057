#!/bin/sh
# Plants each fault: the simulation has to find every one in time, and nothing at all without them. Found is what broke an
# invariant; a simulation that ends otherwise is broken itself. Tried first is the seed that found it last, as plants.txt beside
# this says, of as many faults at once as there are cores. What was not found so is hunted from seed 1 on, on all cores: a line
# that is stale, or missing, is told at the end, and costs minutes, but nothing else. One of a fault that is not there any more
# is an error.
# usage: run_plants.sh [path of simulate] [seconds for each plant] [seconds without one] [--write | --known]
#        --write: and plants.txt is written anew, by what was found
#        --known: by the seeds of plants.txt alone, so that the same tree takes the same time: each has to find its fault. Faults
#                 without a seed there are not tried, and told
set -u

# run_plants.sh --one SIMULATE SECONDS PLANT SEEDS JOBS: tells what was found; 3 if nothing was.
if [ "${1:-}" = --one ]; then
    said=$("$2" --seeds "$5" --seconds "$3" --quiet --plant "$4" --jobs "$6" 2>&1) && exit 3
    status=$?
    broke=$(echo "$said" | sed -n "/^seed [0-9]* with $4: ./{p;q;}")
    if [ -z "$broke" ]; then
        printf 'BROKEN  %s: the simulation ended with %s, and no invariant broke:\n%s\n' "$4" "$status" \
            "$(echo "$said" | tail -n 5)"
        exit 1
    fi
    printf 'found   %-24s %s\n        %s\n' "$4" "$(echo "$said" | sed -n '/^found /{s///p;q;}')" "$broke"
    exit 0
fi

simulate=${1:-./simulate}
seconds=${2:-60}
clean_seconds=${3:-$seconds}
hints=$(dirname "$0")/plants.txt
missed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$simulate" --list-plants | cut -d' ' -f1 >"$work/plants"
grep -v '^#' "$hints" >"$work/hints"
if ! awk 'FILENAME == ARGV[1] { is_known[$1] = 1; next }
          !($1 in is_known) { print "plants.txt: no fault is called " $1 ": take its line out"; bad = 1 }
          END { exit bad }' "$work/plants" "$work/hints"; then
    exit 1
fi

# each line: a plant, and the seed to try first
awk -v mode="${4:-}" 'FILENAME == ARGV[1] { seed[$1] = $2; next }
    $1 in seed || mode != "--known" { print $1, $1 in seed ? seed[$1] : 1 }' "$work/hints" "$work/plants" |
    xargs -P "$(nproc)" -n 2 sh -c '
        sh "$0" --one "$1" "$2" "$4" "$5..$5" 1
        case $? in
        0) ;;
        3) echo "$4" >>"$3/stale" ;;
        *) touch "$3/missed" ;;
        esac' "$0" "$simulate" "$seconds" "$work" | tee "$work/said"
if [ "${4:-}" = --known ]; then
    [ ! -e "$work/stale" ] || sed 's/.*/MISSED  &: its seed in plants.txt finds it no more; have that written anew (--write)/' "$work/stale"
    [ ! -e "$work/stale" ] || touch "$work/missed"
    echo "not tried, for plants.txt has no seed of them: $(awk 'FILENAME == ARGV[1] { known[$1] = 1; next } !($1 in known) { printf "%s ", $1 }' \
        "$work/hints" "$work/plants")"
    rm -f "$work/stale"
fi
[ ! -e "$work/stale" ] || while read -r plant; do
    sh "$0" --one "$simulate" "$seconds" "$plant" 1..1000000 "$(nproc)" </dev/null
    case $? in
    0) ;;
    3) echo "MISSED  $plant: nothing found in $seconds s"; touch "$work/missed" ;;
    *) touch "$work/missed" ;;
    esac
done <"$work/stale" | tee -a "$work/said"
[ ! -e "$work/missed" ] || missed=1
if ! said=$("$simulate" --seeds 1..1000000 --seconds "$clean_seconds" --jobs "$(nproc)" --quiet 2>&1); then
    echo "BROKEN  without a planted fault too:"
    echo "$said"
    missed=1
fi

if [ "${4:-}" = --write ]; then
    {
        echo "# A planted fault, and the seed that found it last. Written by run_plants.sh --write; see there."
        sed -n 's/^ *seed \([0-9]*\) with \([A-Z0-9_]*\):.*/\2 \1/p' "$work/said" | sort
    } >"$hints"
fi
[ ! -e "$work/stale" ] || [ "${4:-}" = --write ] ||
    echo "plants.txt is stale, which takes most of this test's time; have it written anew (--write). Of: $(xargs <"$work/stale")"
exit "$missed"

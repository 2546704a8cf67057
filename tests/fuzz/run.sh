#!/bin/sh
# Fuzzes every decoder of outside bytes: sh tests/fuzz/run.sh SECONDS [NAME...]
# Each target runs for SECONDS, from its seeds and from what earlier runs found worth keeping (build/fuzz/corpus); as many at once
# as there are cores. Fails on any finding; the input that did it is left in build/fuzz/findings. It mutates in the same order each
# time; SEED=new: in another one.
set -eu
cd "$(dirname "$0")/../.."

# run.sh --one SECONDS NAME: a target that is built.
if [ "${1:-}" = --one ]; then
    seconds=$2 name=$3
    mkdir -p "build/fuzz/corpus/$name"
    log=build/fuzz/$name.log
    verdict=good
    seed=${SEED:-1}
    [ "$seed" != new ] || seed=0 # as libFuzzer means one of its own
    "build/fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=8192 -seed="$seed" \
        -print_final_stats=1 -artifact_prefix="build/fuzz/findings/$name-" \
        "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1 || verdict=FAILED
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    said=$(printf 'fuzz %-20s %10s executions in %s s: %s' "$name" "${runs:-?}" "$seconds" "$verdict")
    [ "$verdict" = good ] && echo "$said" && exit 0
    printf '%s\n%s\n' "$said" "$(tail -n 60 "$log")"
    exit 1
fi
seconds=${1:?usage: run.sh SECONDS [NAME...]}
shift

# shellcheck disable=SC2046 # one word for each package
sh deploy/packages.sh $(cat deploy/packages.txt) clang libclang-rt-14-dev
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)" >build/fuzz/build.log || { cat build/fuzz/build.log; exit 1; }

# shellcheck disable=SC2046 # one word for each target
[ $# -gt 0 ] || set -- $(cd tests/fuzz && ls fuzz_*.c | sed 's/^fuzz_\(.*\)\.c$/\1/')
mkdir -p build/fuzz/findings
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 sh tests/fuzz/run.sh --one "$seconds"

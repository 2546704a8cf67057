#!/bin/sh
# Fuzzes every decoder of outside bytes: sh tests/fuzz/run.sh SECONDS [NAME...]
# Each target runs for SECONDS, from its seeds and from what earlier runs found worth keeping (build/fuzz/corpus). Fails on any
# finding; the input that did it is left in build/fuzz/findings.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:?usage: run.sh SECONDS [NAME...]}
shift

# shellcheck disable=SC2046 # one word for each package
sh deploy/packages.sh $(cat deploy/packages.txt) clang libclang-rt-14-dev
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)" >build/fuzz/build.log || { cat build/fuzz/build.log; exit 1; }

# shellcheck disable=SC2046 # one word for each target
[ $# -gt 0 ] || set -- $(cd tests/fuzz && ls fuzz_*.c | sed 's/^fuzz_\(.*\)\.c$/\1/')
mkdir -p build/fuzz/findings
failed=0
for name in "$@"; do
    mkdir -p "build/fuzz/corpus/$name"
    log=build/fuzz/$name.log
    if "build/fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=8192 \
        -print_final_stats=1 -artifact_prefix="build/fuzz/findings/$name-" \
        "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        verdict=good
    else
        verdict=FAILED
        failed=1
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    printf 'fuzz %-20s %10s executions in %s s: %s\n' "$name" "${runs:-?}" "$seconds" "$verdict"
    [ "$verdict" = good ] || tail -n 60 "$log"
done
exit $failed

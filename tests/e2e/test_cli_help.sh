#!/bin/sh
# What `opsgate help` tells of the commands: each option that one takes stands in its usage.
. "$(dirname "$0")/lib.sh"
begin "$1"

every_option_is_told() {
    "$BUILD/opsgate" help | awk '/^Usage/ { inside = 1; next } /^Verbs/ { inside = 0 } inside && /^  [a-z]/ { print $1 }' >"$RUN/commands"
    [ "$(wc -l <"$RUN/commands")" -gt 10 ] || { echo "     help lists $(wc -l <"$RUN/commands") commands" && return 1; }
    taken=0
    while read -r command; do
        for option in --json --reference --offline --without-store --follow "--timeout 1m" "--source github" "--since 1h" \
            "--timestamp 1"; do
            # shellcheck disable=SC2086 # an option, and its value
            "$BUILD/opsgate" "$command" $option --help </dev/null >"$RUN/told" 2>/dev/null || continue
            taken=$((taken + 1))
            grep "^Usage:" "$RUN/told" | grep -qe "${option%% *}" && continue
            echo "     $command takes ${option%% *}, and its usage does not say so"
            return 1
        done
    done <"$RUN/commands"
    [ "$taken" -gt 12 ] || { echo "     only $taken options are taken" && return 1; }
}

check "every option that a command takes stands in its usage" every_option_is_told
"$BUILD/opsgate" help >"$RUN/page"
for option in --reference --offline; do
    check "the page names $option" grep -qe "$option" "$RUN/page"
done
check "what check takes is told" has "$("$BUILD/opsgate" check --help)" "every key that there is"
check "what policy takes is told" has "$("$BUILD/opsgate" policy --help)" "by the file alone"
finish

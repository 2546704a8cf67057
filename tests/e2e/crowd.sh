# crowd.sh - people who keep asking, while a test does its worst. A part of lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034,SC2120,SC2154,SC2317 # as in lib.sh, which takes it in

random_ms() { # random_ms FROM TO
    echo $(($1 + $(od -An -N2 -tu2 /dev/urandom) * ($2 - $1) / 65536))
}

nap_ms() {
    sleep "$(($1 / 1000)).$(printf '%03d' $(($1 % 1000)))"
}

# crowd_start: commands arrive until crowd_stop; every answer is a line of $RUN/answers. Three of four change nothing.
crowd_start() {
    : >"$RUN/crowd"
    crowd &
    CROWD_PID=$!
    remember_other $CROWD_PID
}

crowd() {
    trap - EXIT
    trap 'exit 0' TERM
    n=0
    while [ -e "$RUN/crowd" ]; do
        n=$((n + 1))
        case $((n % 4)) in
        1) type_in "$ANN" /deploy "staging v1.4.$((n / 4 % 2 + 1)) --reason crowd-$n" ;;
        2) type_in "$BOB" /deploy "api production v1.4.2 --reason crowd-$n" ;;
        *) type_in "$EVE" /ops help ;;
        esac
        printf '%s\n' "$ANSWER" >>"$RUN/answers"
        nap_ms "$(random_ms 50 450)"
    done
}

crowd_stop() {
    rm -f "$RUN/crowd"
    wait "$CROWD_PID"
}

# check_nothing_lost: what the crowd was told against what Redis holds. Everything has to have ended by now, but for what is
# always at work: nobody asked for it, and it never ends.
check_nothing_lost() {
    journal | jq -c 'select(.core.request_id // "" | startswith("watch.") | not)' >"$RUN/journal"
    redis --raw keys 'og:*:seen:*' | sed 's/.*:command://' | sort >"$RUN/accepted"
    world '.slack.deliveries[] | select(.kind == "command") | [.trigger_id, .status, .text] | @tsv' >"$RUN/delivered"
    check "every accepted command was decided, and once ($(wc -l <"$RUN/accepted") of $(wc -l <"$RUN/delivered") sent)" \
        same "$(wc -l <"$RUN/accepted")" "$(jq -s '[.[] | select(.core.kind | startswith("request."))] | length' "$RUN/journal")"
    check "no request was decided twice" same "" \
        "$(jq -r 'select(.core.kind | startswith("request.")) | .core.request_id' "$RUN/journal" | sort | uniq -d)"
    check "no command was a dead letter" same 0 "$(redis xlen "$(key dead)")"
    check "every operation that began has ended, once" same \
        "$(jq -r 'select(.core.kind == "operation.begun") | .core.operation' "$RUN/journal" | sort)" \
        "$(jq -r 'select(.core.kind == "operation.ended") | .core.operation' "$RUN/journal" | sort)"
    check "every allowed deploy that was accepted is an operation, and one only" same \
        "$(grep -F -f "$RUN/accepted" "$RUN/delivered" | sed -n 's/.*staging .*--reason //p' | sort)" \
        "$(redis --raw hvals "$(key ended)" | jq -r .body.reason | sort)"
    check "every one of them was answered" same "" "$(unanswered)"
    check "Cloud Run was switched to each that is done, and once" same \
        "$(redis --raw hvals "$(key ended)" | jq -r 'select(.result == "done") | .body.revision' | sort)" "$(switches | sort)"
    check "the journal is a chain" journal_is_a_chain
    check "nothing is left over" is_idle
}

# Operations that nobody was told of, inline or by the address that lasts.
unanswered() {
    world '.slack.ephemerals[] | select(.user == "U0OPSGATE") | .text' >"$RUN/whispers"
    jq -r 'select(.core.kind == "operation.begun") | .core.operation' "$RUN/journal" |
        while read -r id; do
            grep -q -F "*$id*" "$RUN/whispers" || is_excused "$id" || echo "$id"
        done
}

is_excused() { # is_excused ID: a test may know why its answer reached nobody
    false
}

switches() { # every revision of opsgate's that got all traffic, as often as it got it
    world '.run.services[] | select(.id == "api-service")
        | [.history[] | select(.kind == "wanted") | [.traffic[] | select(.percent == 100) | .revision][0]] as $all
        | range(1; $all | length) | select($all[.] != $all[. - 1]) | $all[.] // ""
        | select(test("-d[0-9]+-"))'
}

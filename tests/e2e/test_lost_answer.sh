#!/bin/sh
# Cloud Run gets a change and its answer is late, lost or nonsense; or the change itself is late. With opsgate alive, and
# with opsgate killed meanwhile. Every deploy ends well, once, with one revision and one switch.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner
n=0

change_is_out() { # Cloud Run has been called, and the caller has no good answer
    [ "$(get "$SANDBOX_URL/_sandbox/calls?since=$calls_before" | jq 'any(.[]; .service == "run" and .fault != null
        or (.service == "run" and .method == "PATCH" and .status == null))')" = true ]
}

all_calls_have_ended() {
    [ "$(get "$SANDBOX_URL/_sandbox/calls?since=$calls_before" | jq 'any(.[]; .status == null)')" = false ]
}

revisions_of() { # how many revisions a deploy has made
    world '[.run.services[] | select(.id == "api-service") | .revisions[] | select(.id | test("-d" + $n + "-"))] | length' --arg n "$1"
}

has_health() { # has_health TAG STATUS: what runs of it answers so from now on
    change_world "{\"health\":{\"image\":\"$1\",\"status\":$2}}"
}

# row CHANGE FAULT VALUE [kill]: one deploy
row() {
    n=$((n + 1))
    calls_before=$(get "$SANDBOX_URL/_sandbox/calls" | jq '.[-1].n // 0')
    what="the $1, $2${4:+, and a kill -9}"
    version=v1.4.$((n % 2 + 1))
    if [ "$1" = switch ]; then # its revision is there, and ill until the fault is armed
        has_health "$version" 503
        say "$ANN" /deploy "staging $version"
        wait_until 20 is_in_state "D$n" checking
        arm run PATCH "$2" "$3"
        has_health "$version" 200
    else
        arm run PATCH "$2" "$3"
        say "$ANN" /deploy "staging $version"
    fi
    if [ -n "${4:-}" ]; then
        wait_until 20 change_is_out
        opsgate_kill
        opsgate_up
    fi
    check "$what: the deploy ends" wait_until 60 has_ended "D$n"
    wait_until 20 all_calls_have_ended
    wait_until 60 is_idle
    check "$what: well" same "done" "$(operation "D$n" .result)"
    check "$what: one revision" same 1 "$(revisions_of $n)"
    check "$what: one switch" same 1 "$(switches | grep -c -e "-d$n-")"
    check "$what: it serves" has "$(world '.run.services[] | select(.id == "api-service")
        | [.trafficStatuses[] | select(.percent == 100) | .revision][0]')" "-d$n-"
    disarm
}

for change in revision switch; do
    row $change status 503
    row $change status_after 503
    row $change drop_before 0
    row $change drop_after 0
    row $change garbage_after 0
    row $change delay_after 3000 kill
    row $change delay_before 6000 kill
done
check "the journal is a chain" journal_is_a_chain
check "every operation that began has ended, once" same \
    "$(journal | jq -r 'select(.core.kind == "operation.begun") | .core.operation' | grep -v '^L')" \
    "$(journal | jq -r 'select(.core.kind == "operation.ended") | .core.operation')"
finish

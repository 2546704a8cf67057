#!/bin/sh
# By Socket Mode: kill -9 of opsgate at random moments, connections cut and refreshed, while commands arrive. Nothing that
# was acknowledged is lost, and nothing is done twice.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed 's|^  signing_secrets: .*|  socket_mode: { app_token: xapp-sandbox, connections: 2 }|' "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml

is_connected() {
    [ "$(world .slack.socket.connections)" -ge 1 ]
}

# Nobody hears an acknowledgement that was on its way when the connection was cut: Slack shows an error instead.
is_excused() {
    grep -F "$(operation "$1" .body.reason)" "$RUN/delivered" | cut -f 2 | grep -q '^0$'
}

were_taken() { # were_taken COUNT: so many commands, at least
    [ "$(jq -s '[.[] | select(.status == 200)] | length' "$RUN/answers")" -ge "$1" ]
}

sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner
wait_until 30 is_connected
crowd_start
for round in 1 2 3 4 5 6; do
    nap_ms "$(random_ms 500 1500)"
    case $((round % 3)) in
    0) change_world '{"slack_socket":{"cut":true}}' ;;
    1) change_world '{"slack_socket":{"disconnect":"refresh_requested","all":true}}' ;;
    *)
        opsgate_kill
        opsgate_up || exit 1
        ;;
    esac
    check "round $round: it is connected again" wait_until 60 is_connected
done
check "enough of what was asked was taken" wait_until 60 were_taken 5
crowd_stop
check "it comes to rest" wait_until 120 is_idle
check_nothing_lost
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish

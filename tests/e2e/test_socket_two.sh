#!/bin/sh
# Two instances by Socket Mode, one Redis: Slack sends to either, one of them decides, and whoever asked is answered by the
# connection that brought it.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
redis_up || exit 1
store_config "$RUN/store.yaml"
sed 's|^  signing_secrets: .*|  socket_mode: { app_token: xapp-sandbox, connections: 1 }|' "$RUN/store.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml

has_connections() {
    [ "$(world .slack.socket.connections)" = "$1" ]
}

ask() { # counts who was asked, and who was answered
    asked=$((asked + 1))
    type_in "$ANN" /ops help
    case $BODY in
    *deploy*) answered=$((answered + 1)) ;;
    *) ! wait_until 10 has_answered_late "$(answer .response_url)" || answered=$((answered + 1)) ;; # a busy machine: by the response_url
    esac
}

envelopes_of() { # that came to an instance
    curl -s --noproxy '*' --unix-socket "$RUN/$1/data/opsgate.sock" http://opsgate/health/detailed | jq .socket_mode.envelopes
}

ask_until_both_were() {
    ask
    [ "$(envelopes_of one)" -gt 0 ] && [ "$(envelopes_of two)" -gt 0 ]
}

asked=0 answered=0
sandbox_up
opsgate_start one
is_refused() {
    log_has store.refused
}
wait_until 20 is_refused
check "a store is created" "$BUILD/opsgate" -c "$CONFIG" store create
wait_until 20 has_owner
OPSGATE_LISTEN=127.0.0.1:$(new_port)
opsgate_up two || exit 1
check "each has its connection" wait_until 30 has_connections 2
check "Slack asks either" wait_until 30 ask_until_both_were
check "whichever is asked, everybody is answered" same "$asked" "$answered"
use one
opsgate_stop
check "the owner leaves" same 0 "$STATUS"
check "and its connection with it" wait_until 10 has_connections 1
wait_until 20 has_owner
ask
ask
ask
check "the other one is asked, and answers" same "$asked" "$answered"
check "the journal is a chain" journal_is_a_chain
check "each is one request" same "$asked" "$(journal | jq -s '[.[] | select(.core.kind == "request.accepted")] | length')"
use two
opsgate_stop
check "it ends with 0" same 0 "$STATUS"
finish

#!/bin/sh
# Two instances on one Redis: the one that owns nothing says who does, takes requests all the same, and answers them; who follows what
# changes is let go when the owner ends, and goes on at the next one.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/api.sh"
begin "$1"
redis_up || exit 1
store_config "$RUN/store.yaml"
CONFIG=$RUN/opsgate.yaml
sed 's/^  roles:$/&\n    - { name: ci, members: ["token:ci"] }/; s/^  rules:$/&\n    - { allow: [status, history, deploy], to: ci }/' \
    "$RUN/store.yaml" >"$CONFIG"
sandbox_up
opsgate_start a
has_said_empty() {
    log_has store.refused
}
wait_until 10 has_said_empty
"$BUILD/opsgate" -c "$CONFIG" store create >/dev/null
wait_opsgate 30 || exit 1
wait_until 20 has_owner
OPSGATE_LISTEN=127.0.0.1:$(new_port)
opsgate_up b || exit 1

request() { # request JSON [KEY]
    ask requests -H 'Content-Type: application/json' ${2:+-H "Idempotency-Key: $2"} --data-binary "$1"
}

ask me
check "the standby has no record" same 503 "$STATUS"
check "and says who has" has "$BODY" "ask the one that owns the store, $(owner)"
ask events
check "nor anything to follow" same 503 "$STATUS"
request '{"text":"deploy api staging v1.4.2"}' first
check "what is asked of it is taken, and answered by the owner's word" same "202 D1" "$STATUS $(in_body .operation)"
request '{"text":"deploy api staging v1.4.2"}' first
check "sent there again it is the same request, of which it cannot tell more" same "202 pending" "$STATUS $(in_body .state)"
use a
ask "requests/$(in_body .request)"
check "the owner can" same "accepted D1" "$(in_body '.state + " " + .operation')"
curl -s -N --noproxy '*' -H "Authorization: Bearer $SANDBOX_API_TOKEN" "http://$OPSGATE_LISTEN/api/v1/events" >"$RUN/events" &
follower=$!
remember_other "$follower"
check "who follows it is greeted" wait_until 20 grep -q '^event: hello' "$RUN/events"
wait_until 60 has_ended D1
opsgate_stop
check "the owner ends cleanly, whoever follows" same 0 "$STATUS"
is_let_go() {
    ! is_alive "$follower"
}
check "and lets them go" wait_until 10 is_let_go
use b
is_owner() {
    ask operations/D1
    [ "$STATUS" = 200 ]
}
check "the next owner has the record" wait_until 30 is_owner
check "with the same end" same "done" "$(in_body .outcome)"
check "each answer is as the document says" answers_are_as_written
check "the journal is a chain" journal_is_a_chain
finish

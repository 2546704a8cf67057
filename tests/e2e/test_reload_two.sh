#!/bin/sh
# Two instances with a file each, on one Redis: the standby reads its own again on SIGHUP and says nothing of it; when it
# takes over, it journals and announces how rights differ from the last owner's before it decides by them.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"

redis_up || exit 1
store_config "$RUN/a.yaml"
cp "$RUN/a.yaml" "$RUN/b.yaml"
sandbox_up

has_said_empty() {
    log_has store.refused
}

CONFIG=$RUN/a.yaml
opsgate_start a
wait_until 10 has_said_empty
check "a store is created" "$BUILD/opsgate" -c "$CONFIG" store create
wait_opsgate 30 || exit 1
wait_until 20 has_owner
CONFIG=$RUN/b.yaml
OPSGATE_LISTEN=127.0.0.1:$(new_port)
opsgate_up b || exit 1

journal_says() { # journal_says TEXT
    journal | grep -qF "$1"
}

alerts_say() { # alerts_say TEXT
    world '[.slack.channels[] | select(.name == "alerts" or .name == "#alerts") | .messages[] | tostring] | join("\n")' | grep -qF "$1"
}

owned_by() { # owned_by NAME
    [ "$(owner | sed 's/-[^-]*$//; s/.*-//')" = "$(cat "$RUN/$1/pid")" ]
}

check "a owns the store" owned_by a
sed -i 's/allow: halt, to: \[developer, /allow: halt, to: [/' "$RUN/b.yaml"
use b
kill -HUP "$OPSGATE_PID"
check "the standby reads its file on SIGHUP" wait_until 20 log_has configuration.reloaded
check_not "and writes nothing of it down" journal_says 'developer may `halt`: freely → not at all'
use a
say "$BOB" /ops "halt a drill"
check "the owner's file counts" has "$BODY" "everything is halted"
say "$ANN" /ops unhalt
check "and for everybody" has "$BODY" "The halt is over"

opsgate_kill
check "b takes over" wait_until 30 owned_by b
check "and journals how rights differ" wait_until 20 journal_says 'developer may `halt`: freely → not at all'
check "and says so aloud" wait_until 20 alerts_say 'developer may `halt`: freely → not at all'
use b
form ops 'halt+a+drill' | sed "s/$ANN/$BOB/" >"$RUN/body"
check "a command to b is answered" same 200 "$(send "$RUN/body")"
check "by its file" grep -q "enied" "$RUN/answer"
check "the journal is one chain" journal_is_a_chain
finish

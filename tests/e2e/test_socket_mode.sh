#!/bin/sh
# Slack without a public address: the same doors by Socket Mode, and connections that are replaced, cut, refused and killed.
# shellcheck disable=SC2016,SC2119,SC2317 # $user and backticks are jq's and Slack's, and functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"

# No signing secret: nothing comes by HTTP.
sed 's|^  signing_secrets: .*|  socket_mode: { app_token: xapp-sandbox, connections: 2 }|; s/local:root/local:'"$(id -un)"'/' \
    "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml

connections() {
    world .slack.socket.connections
}

has_connections() { # that Slack has greeted
    [ "$(connections)" = "${1:-2}" ]
}

detailed() { # detailed FILTER: of health
    curl -s --noproxy '*' --unix-socket "$OPSGATE_DATA/opsgate.sock" http://opsgate/health/detailed | jq -r "$1"
}

is_so_in_detail() {
    [ "$(detailed "$1")" = true ]
}

up() { # opsgate, and its connections
    opsgate_up && wait_until 30 has_connections && wait_until 10 has_owner
}

socket() { # socket JSON: what happens to Socket Mode
    change_world "{\"slack_socket\":$1}"
}

wrote() { # wrote USER TEXT [MORE-JSON]: in #general; sets ANSWER, and TS of what was written
    ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/say" \
        "$(jq -cn --arg user "$1" --arg text "$2" --argjson more "${3:-{\}}" '{ $user, $text, channel: "C0GENERAL" } + $more')")
    TS=$(answer .ts)
}

is_answered() { # is_answered TEXT: in the thread below it
    world_says 'any(.slack.channels[].messages[]; .thread_ts == $ts and .ts != $ts and .user == "U0OPSGATE" and (.text | contains($text)))' \
        --arg ts "$TS" --arg text "$1"
}

decided() {
    journal | jq -s '[.[] | select(.core.kind | startswith("request."))] | length'
}

has_decided() {
    [ "$(decided)" = "$1" ]
}

# ---- the same doors ----

sandbox_up
up || exit 1
check "as many connections as are wanted" same 2 "$(connections)"
check "health shows them" is_so_in_detail '.socket_mode.good == 2'
say "$ANN" /ops help
check "a command is answered in its acknowledgement" has "$BODY" deploy
check "within three seconds" in_time "$(answer .took_ms)" 3000
say "$EVE" /deploy "api production v1.4.2"
check "a guest is refused there" has "$BODY" enied
say "$ANN" /deploy staging
check "a deploy begins" has "$BODY" D1
check "and ends well" wait_until 60 has_ended D1
check "well" same "done" "$(operation D1 .result)"

before=$(decided)
wrote "$ANN" '@opsgate status api staging'
check "a mention is acknowledged, with both of its events" same "200 200" "$(answer '[.answers[].status] | join(" ")')"
check "and answered under it" wait_until 20 is_answered staging
check "one request" same $((before + 1)) "$(decided)"
wrote "$ANN" '@opsgate help' '{"repeat":3,"only":"message"}'
check "an event that comes again is acknowledged" same "200 200 200" "$(answer '[.answers[0].answers[].status] | join(" ")')"
check "and is decided" wait_until 10 has_decided $((before + 2))
wait_until 10 has_decided_all
check "as one request" same $((before + 2)) "$(decided)"

ANSWER=$(post "$SANDBOX_URL/_sandbox/slack/shortcut" "$(jq -cn --arg user "$BOB" '{ $user, callback_id: "opsgate.help" }')")
check "a shortcut is acknowledged" same 200 "$(answer .status)"
check "and decided" wait_until 10 has_decided $((before + 3))
check "over HTTP nobody is known: there is no secret" same 401 \
    "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -d 'command=/ops' "http://$OPSGATE_LISTEN/slack/commands")"
check "and no secret to sign with" test "$("$BUILD/opsgate" -c "$CONFIG" sign slack </dev/null >/dev/null 2>&1; echo $?)" -ne 0

# ---- connections come and go ----

opened() {
    grep -c '"event":"slack.socket_good"' "$RUN/$INSTANCE/log"
}
has_opened() {
    [ "$(opened)" -ge "$1" ]
}
for reason in warning refresh_requested; do
    before=$(opened)
    socket "{\"disconnect\":\"$reason\"}"
    check "$reason: another connection is opened" wait_until 30 has_opened $((before + 1))
    say "$ANN" /ops help
    check "$reason: commands are answered meanwhile" has "$BODY" deploy
    check "$reason: and there are two again" wait_until 30 has_connections 2
done
before=$(opened)
socket '{"disconnect":"refresh_requested","all":true,"close":true}'
check "refreshed and closed all at once: they come back" wait_until 60 has_opened $((before + 2))
wait_until 30 has_connections 2
before=$(opened)
socket '{"cut":true}'
check "cut without a word: they come back" wait_until 60 has_opened $((before + 2))
wait_until 30 has_connections 2
say "$ANN" /ops help
check "and commands are answered" has "$BODY" deploy
socket '{"conduct":{"fragment_bytes":7}}'
say "$ANN" /ops help
check "messages in many pieces are read" has "$BODY" deploy
socket '{"conduct":{}}'

socket '{"conduct":{"no_hello":true}}'
socket '{"cut":true}'
type_in "$ANN" /ops help
check "with nobody connected Slack says so itself" same 0 "$STATUS"
socket '{"conduct":{}}'
check "a missing hello is not waited for for ever" wait_until 90 has_connections 2

# ---- no store ----

is_in_doubt() {
    case $BODY in
    *Unknown* | *"NOT accepted"*) return 0 ;;
    esac
    return 1
}

store=$(redis_pid)
before=$(decided)
kill -STOP "$store"
type_in "$ANN" /ops help
check "a command is told that nobody knows, or that nothing was done" is_in_doubt
wait_until 20 log_has store.down
type_in "$ANN" /ops help
check "and then that it is down" has "$BODY" "NOT accepted"
refused_before=$(grep -c '"slack.event_refused"' "$RUN/one/log")
post "$SANDBOX_URL/_sandbox/slack/say" "$(jq -cn --arg user "$ANN" \
    '{ $user, text: "@opsgate help", channel: "C0GENERAL", only: "app_mention", retries: 1000, retry_ms: 100 }')" >"$RUN/retried" &
asker=$!
remember_other $asker
is_refused() {
    [ "$(grep -c '"slack.event_refused"' "$RUN/one/log")" -gt "$refused_before" ]
}
check "a mention is not acknowledged" wait_until 30 is_refused
kill -CONT "$store"
wait $asker
check "so that Slack sends it again, until it is taken" same 200 "$(jq -r '.answers[-1].status' "$RUN/retried")"
TS=$(jq -r .ts "$RUN/retried")
check "and answered" wait_until 20 is_answered rollback
check "it is decided once, beside the command in doubt" one_of "$((before + 1)) $((before + 2))" "$(decided)"

# ---- kill -9 ----

post "$SANDBOX_URL/_sandbox/slack/say" "$(jq -cn --arg user "$ANN" \
    '{ $user, text: "@opsgate help", channel: "C0GENERAL", retries: 400 }')" >"$RUN/retried" &
asker=$!
remember_other $asker
opsgate_kill
up || exit 1
wait $asker
check "a mention in the middle of a kill is taken in the end" same "200 200" "$(jq -r '[.answers[].status] | join(" ")' "$RUN/retried")"
TS=$(jq -r .ts "$RUN/retried")
check "and answered" wait_until 20 is_answered rollback
check "no request was decided twice" same "" \
    "$(journal | jq -r 'select(.core.kind | startswith("request.")) | .core.request_id' | sort | uniq -d)"
check "the journal is a chain" journal_is_a_chain
check "no request was a dead letter" same 0 "$(redis xlen "$(key dead)")"

# ---- the end ----

opsgate_stop
check "it ends with 0" same 0 "$STATUS"
check "and leaves politely" wait_until 10 has_connections 0

# ---- a token that Slack does not know ----

sed -i 's/xapp-sandbox/xapp-other/' "$CONFIG"
opsgate_up two || exit 1
check "a bad token is an alarm" wait_until 30 log_has slack.socket_alarm
check "health says what it is" is_so_in_detail '.socket_mode.alarm == "invalid_auth"'
check "and the token is in no log" test "$(grep -c xapp-other "$RUN/two/log")" = 0
opsgate_stop
check "it ends with 0" same 0 "$STATUS"

app_of() { # a manifest without addresses and words
    sed 's/ *#.*//; /https:/d; /socket_mode_enabled/d; /^$/d' "$ROOT/deploy/slack/$1"
}
check "both manifests are the same app" same "$(app_of manifest.yaml)" "$(app_of manifest-socket-mode.yaml)"
finish

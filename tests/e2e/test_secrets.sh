#!/bin/sh
# opsgate's own secrets are rotated by SIGHUP, without a restart: signing secrets of Slack and GitHub under a trickle of signed
# requests, none of which is refused; Slack's bot token; the token of Socket Mode, whose connections are replaced.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up

put() { # put NAME SECRET: into its file, at once
    printf '%s\n' "$2" >"$RUN/$1.new" && mv "$RUN/$1.new" "$RUN/$1"
}

config() { # config SLACK-SECRETS GITHUB-SECRETS [SED-SCRIPT]
    sed "s|^  signing_secrets: .*|  signing_secrets: [$1]|; s|^  bot_token: .*|  bot_token: \${file:bot}|
         /^github:/,/^[a-z]/s|^  webhook_secrets: .*|  webhook_secrets: [$2]|; ${3:-}" "$ROOT/deploy/sandbox.yaml"
}

reconfigure() { # reconfigure FILE: it takes the place of the configuration, and is in force
    mv "$1" "$CONFIG"
    hangup
}

hangup() {
    reloads=$(grep -c '"event":"configuration.reloaded"' "$RUN/$INSTANCE/log")
    kill -HUP "$OPSGATE_PID"
    wait_until 20 has_reloaded
}

has_reloaded() {
    [ "$(grep -c '"event":"configuration.reloaded"' "$RUN/$INSTANCE/log")" -gt "$reloads" ]
}

put slack-old "$SLACK_SIGNING_SECRET"
put slack-new "8f742231b10e8888abcd99yyyzzz85a5"
put github-old "$SANDBOX_GITHUB_SECRET"
put github-new "another-secret-of-the-hook"
put bot "$SLACK_BOT_TOKEN"
CONFIG=$RUN/opsgate.yaml
config '"${file:slack-old}"' '"${file:github-old}"' >"$CONFIG"
config '"${file:sender-slack}"' '"${file:sender-github}"' >"$RUN/sender.yaml" # what the senders sign with
put sender-slack "$SLACK_SIGNING_SECRET"
put sender-github "$SANDBOX_GITHUB_SECRET"
opsgate_up || exit 1
wait_until 10 has_owner

# ---- a trickle of both ----

signed() { # signed SYSTEM PATH [HEADER]: the body in $RUN/body-SYSTEM; prints the status
    "$BUILD/opsgate" -c "$RUN/sender.yaml" sign "$1" <"$RUN/body-$1" >"$RUN/headers-$1" 2>/dev/null
    curl -s --noproxy '*' --max-time 60 -o /dev/null -w '%{http_code}\n' -H @"$RUN/headers-$1" ${3:+-H "$3"} \
        -H "Content-Type: $4" --data-binary @"$RUN/body-$1" "http://$OPSGATE_LISTEN$2"
}

ask_slack() {
    form ops help >"$RUN/body-slack"
    signed slack /slack/commands "" application/x-www-form-urlencoded
}

tell_github() {
    printf '{"zen":"Keep it logically awesome.","hook_id":1}' >"$RUN/body-github"
    signed github /github/webhook "X-GitHub-Event: ping" application/json
}

trickle() {
    until [ -e "$RUN/enough" ]; do
        ask_slack >>"$RUN/slack-answers"
        tell_github >>"$RUN/github-answers"
    done
    : >"$RUN/ended"
}

has_answers() { # has_answers COUNT: of each
    [ "$(cat "$RUN/slack-answers" 2>/dev/null | wc -l)" -ge "$1" ] && [ "$(cat "$RUN/github-answers" 2>/dev/null | wc -l)" -ge "$1" ]
}

some_more() {
    wait_until 60 has_answers $(($(wc -l <"$RUN/github-answers") + 6))
}

trickle &
check "requests come in" wait_until 60 has_answers 5
config '"${file:slack-old}", "${file:slack-new}"' '"${file:github-old}", "${file:github-new}"' >"$RUN/next.yaml"
check "the new secrets stand beside the old ones" reconfigure "$RUN/next.yaml"
some_more
put sender-slack "$(cat "$RUN/slack-new")"
put sender-github "$(cat "$RUN/github-new")"
check "the senders go over to them" some_more
config '"${file:slack-new}"' '"${file:github-new}"' >"$RUN/next.yaml"
check "the old ones go" reconfigure "$RUN/next.yaml"
some_more
: >"$RUN/enough"
wait_until 60 test -e "$RUN/ended"
check "no command was refused" same 200 "$(sort -u "$RUN/slack-answers" | tr '\n' ' ' | sed 's/ $//')"
check "and no delivery" same "" "$(grep -v '^20' "$RUN/github-answers" | tr '\n' ' ')"
check "they were many" has_answers 20
put sender-slack "$SLACK_SIGNING_SECRET"
put sender-github "$SANDBOX_GITHUB_SECRET"
check "the old secret is worth nothing any more" same 401 "$(ask_slack)"
check "nor is GitHub's" same 401 "$(tell_github)"
check "opsgate was not started again" same 1 "$(grep -c '"event":"server.started"' "$RUN/$INSTANCE/log")"
check "no secret is in its log" test "$(grep -c -F -e "$(cat "$RUN/slack-new")" -e "$(cat "$RUN/github-new")" "$RUN/$INSTANCE/log")" = 0

# ---- the file alone, by the same configuration ----

put slack-new "yet-another-signing-secret"
check "a file that changed is read again" hangup
put sender-slack "yet-another-signing-secret"
check "what stands in it counts" same 200 "$(ask_slack)"
put sender-slack "8f742231b10e8888abcd99yyyzzz85a5"
check "and what stood there does not" same 401 "$(ask_slack)"

# ---- the bot token ----

posts() { # how often something was posted, well
    get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "slack" and (.path | endswith("chat.postMessage")) and .applied)] | length'
}

has_posted_more() {
    [ "$(posts)" -gt "$before" ]
}

waits() { # what is to be said, for a credential
    [ "$(get "http://$OPSGATE_LISTEN/metrics" | sed -n 's/^opsgate_parked_effects //p')" -gt 0 ]
}

config "\"$SLACK_SIGNING_SECRET\"" "\"$SANDBOX_GITHUB_SECRET\"" >"$RUN/next.yaml"
put bot xoxb-revoked
check "a bot token that is no good is taken, too" reconfigure "$RUN/next.yaml"
before=$(posts)
say "$ANN" /deploy "api staging v1.4.2"
check "what is to be said waits" wait_until 30 waits
check "and nothing is posted" same "$before" "$(posts)"
put bot "$SLACK_BOT_TOKEN"
check "the good one comes back" hangup
check "and what waited is posted" wait_until 60 has_posted_more
opsgate_stop

# ---- Socket Mode ----

opened() {
    grep -c '"event":"slack.socket_good"' "$RUN/$INSTANCE/log"
}

has_opened() {
    [ "$(opened)" -ge "$1" ]
}

has_connections() {
    [ "$(world .slack.socket.connections)" = "$1" ]
}

put app xapp-sandbox
sed 's|^  signing_secrets: .*|  socket_mode: { app_token: "${file:app}", connections: 2 }|' "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
check "two connections" wait_until 30 has_connections 2
wait_until 10 has_owner
put app xapp-revoked
check "another token for Socket Mode is taken" hangup
check "one that is no good is told" wait_until 30 log_has slack.socket_alarm
say "$ANN" /ops help
check "meanwhile the old connections bring what comes" has "$BODY" deploy
before=$(opened)
put app xapp-sandbox
check "a good one is tried at once" hangup
check "and each connection is replaced" wait_until 60 has_opened $((before + 2))
check "by one" wait_until 30 has_connections 2
say "$ANN" /ops help
check "commands are answered" has "$BODY" deploy
check "nothing of that waits for a start" has_not "$(cat "$RUN/$INSTANCE/log")" configuration.at_next_start
finish

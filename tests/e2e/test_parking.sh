#!/bin/sh
# Slack takes the bot token no more: what was to be shown waits and nothing of it is lost or shown twice, rollouts go on, the way
# back too, somebody is paged by mail; and once the token is good and the configuration read again every card is right.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/^smtp:.*/&\nrecovery: { mail_to: oncall@example.com }/; s/, reload\]/]/
            s/^  rules:$/  rules:\n    - { allow: reload, to: "local:'"$(id -un)"'" }/'

calls_of() { # calls_of METHOD: of Slack's, so far
    get "$SANDBOX_URL/_sandbox/calls" | jq --arg path "/slack/api/$1" '[.[] | select(.path == $path)] | length'
}

parked() {
    get "http://$OPSGATE_LISTEN/metrics" | sed -n 's/^opsgate_parked_effects //p'
}

has_parked() { # has_parked AT-LEAST
    [ "$(parked)" -ge "$1" ]
}

has_none_parked() {
    [ "$(parked)" = 0 ]
}

journal_has() { # journal_has KIND
    journal | grep -qF "\"kind\":\"$1\""
}

detailed() { # detailed FILTER
    curl -s --unix-socket "$OPSGATE_DATA/opsgate.sock" http://localhost/health/detailed | jq -r "$1"
}

revoke() {
    for method in chat.postMessage chat.update; do
        arm slack "$method" ok_false '"token_revoked"' 100000
    done
}

# ---- a rollout begins well ----

say "$ANN" /deploy "api production v1.4.2"
check "a deploy begins" has "$BODY" "*D1*"
check "its card is there" wait_until 30 world_says 'any(.slack.channels[].messages[]; .text | contains("D1"))'
revoke
check "its traffic rises all the same" wait_until 120 is_so D1 '.result == "done"'
check "what was to be shown waits" wait_until 30 has_parked 1
check "and the journal says why" journal_has credential.refused
check "people by the console too" has "$(detailed '.parked[0] | .seat + ": " + .why')" "slack: Slack refused"
check "and who asks" has "$("$BUILD/opsgate" -c "$CONFIG" run status 2>&1)" "slack refuses opsgate"
check "who is on call is paged by mail, as Slack is lost" wait_until 60 world_says \
    'any(.mail.mails[]; (.to | tojson | contains("oncall@example.com")) and (.subject | contains("slack refuses it")))'

# ---- nothing is tried meanwhile, and the way back goes ----

say "$ANN" /deploy "api staging v1.4.1"
check "what is asked now is done" wait_until 120 is_so D2 '.result == "done"'
before=$(calls_of chat.update)
posts=$(calls_of chat.postMessage)
say "$ANN" /rollback "api production"
check "the way back takes its traffic" wait_until 60 is_so D3 '.result == "done"'
check "no lane was tried again and again" [ $(($(calls_of chat.update) + $(calls_of chat.postMessage) - before - posts)) -le 4 ]
check "one page is enough" same 1 "$(world '[.mail.mails[] | select(.subject | contains("slack refuses it"))] | length')"

# ---- in vain, and mended ----

reloads() { # reloads TIMES, in all
    [ "$(grep -c '"event":"configuration.reloaded"' "$RUN/$INSTANCE/log")" -ge "$1" ]
}
kill -HUP "$OPSGATE_PID"
check "the configuration is read again" wait_until 20 reloads 1
check "which does not mend it" has_parked 1
disarm
kill -HUP "$OPSGATE_PID"
check "it is mended, and read again" wait_until 20 reloads 2
check "all of it goes" wait_until 30 has_none_parked
for id in D1 D2 D3; do
    check "$id has one card, which tells its end" wait_until 30 card_says "$id" "serves all traffic"
done
check "nothing is left to do" wait_until 60 is_idle
check "and the journal says so" journal_has credential.accepted
check "that it is well again is said" wait_until 30 world_says \
    'any(.slack.channels[].messages[]; .text | contains("takes what opsgate asks again"))'
finish

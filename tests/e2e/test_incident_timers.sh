#!/bin/sh
# What an incident does by the clock, with short times: who is called and when, each thing said once, whatever comes between:
# a crash, a Slack that takes nothing, times that pass while nobody looks; and no more of it once it is over.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"

sandbox_up
CONFIG=$RUN/opsgate.yaml
severities='    - name: P1\
      acknowledge: 6s\
      update_every: 10s\
      mail_after: 8s\
      mail_to: [boss@example.com, sales@example.com]\
      escalate: [{ after: 0s, to: oncall }, { after: 6s, to: engineering-lead }]\
      post_mortem: 6s\
    - { name: P2, acknowledge: 1h }'
roles='    - { name: oncall, members: ["pagerduty-schedule:PSCHED1"] }\
    - { name: engineering-lead, members: ["slack:U0456EFGH"] }'
sed "/name: P[123],/d; s/^  severities:.*/&\n$severities/; s/^  roles:/&\n$roles/; s/slack: U012AB3CD }/slack: U012AB3CD, pagerduty: PUSER01 }/; s/severity: P2/severity: P1/" \
    "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner

said() { # said CHANNEL TEXT: how often
    world '[.slack.channels[] | select(.name == $channel) | .messages[] | select(.text | contains($text))] | length' \
        --arg channel "$1" --arg text "$2"
}

has_said() { # has_said CHANNEL TEXT: once
    [ "$(said "$1" "$2")" = 1 ]
}

has_said_often() { # has_said_often CHANNEL COUNT TEXT: so often, or more
    [ "$(said "$1" "$3")" -ge "$2" ]
}

asks_who_leads() { # asks_who_leads CHANNEL USER ID: for an update; how long there was none, it says as it was
    world_says 'any(.slack.channels[] | select(.name == $channel) | .messages[];
        .text | startswith("<@" + $user + ">: ") and contains(" s without an update on *" + $id + "*. "))' \
        --arg channel "$1" --arg user "$2" --arg id "$3"
}

all_posts_have_ended() {
    [ "$(get "$SANDBOX_URL/_sandbox/calls" |
        jq 'any(.[]; .service == "slack" and (.path | endswith("/chat.postMessage")) and .status == null)')" = false ]
}

asked_since() { # asked_since MS CHANNEL [TEXT]: how often for an update; up to the message with that text
    world '[.slack.channels[] | select(.name == $channel) | .messages[] | { text, at_ms: (.ts | tonumber * 1000) }]
        | ([.[] | select($until != "" and (.text | contains($until))) | .at_ms][0] // infinite) as $until_ms
        | [.[] | select(.at_ms >= $since and .at_ms < $until_ms and (.text | contains("without an update")))] | length' \
        --argjson since "$1" --arg channel "$2" --arg until "${3:-}"
}

is_there() { # is_there CHANNEL USER
    world_says 'any(.slack.channels[]; .name == $channel and (.members | index($user) != null))' --arg channel "$1" --arg user "$2"
}

mails() {
    world '.mail.mails | length'
}

on_call_is_known() {
    redis --raw hvals "$(key operations)" | jq -se \
        'any(.[]; .kind == "watch.members" and any(.body.sources[]; .members // [] | index("pagerduty:PUSER01")))' >/dev/null
}
check "who is on call is read" wait_until 30 on_call_is_known

# ---- nobody answers ----

NOBODY="<@$ANN>: Nobody has acknowledged *D1* (P1: API down)"
say "$BOB" /incident "declare P1 API down"
API=$(own_channel D1 api-down)
check "an incident is declared" has "$BODY" "*D1* is open"
check "who is on call is called, into its channel" wait_until 10 has_said "$API" "*D1* calls the role oncall, <@$ANN>."
check "and invited" wait_until 10 is_there "$API" "$ANN"
check "when nobody answers in time that is said there" wait_until 15 has_said "$API" "$NOBODY"
check "and to all" wait_until 10 has_said incidents "$NOBODY"
check "the next of the ladder is called" wait_until 10 has_said "$API" "escalated to the role engineering-lead, <@$BOB>."
check "stakeholders are mailed" wait_until 15 world_says '.mail.mails | length == 1'
check "both, in one" same '["boss@example.com","sales@example.com"]' "$(world '.mail.mails[0].to | tojson')"
check "with what it is about" same "P1: API down (D1)" "$(world '.mail.mails[0].subject')"
check "and where it stands" has "$(world '.mail.mails[0].text')" "#$API"
check "an update is asked for" wait_until 20 has_said_often "$API" 1 "without an update on *D1*, and nobody leads"

# ---- a crash, and times that pass meanwhile ----

opsgate_kill
before=$(said "$API" "without an update")
sleep 12
opsgate_up
check "after a crash what is late is said" wait_until 20 has_said_often "$API" $((before + 1)) "without an update"
say "$ANN" /incident "ack D1"
check "somebody answers" has "$BODY" "you lead it"
check "nobody was called twice" same 1 "$(said "$API" "*D1* calls the role oncall")"
check "nor the next" same 1 "$(said "$API" "escalated to the role engineering-lead")"
check "nor was anything said twice" has_said "$API" "$NOBODY"
check "nor to all" has_said incidents "$NOBODY"
check "nor mailed" same 1 "$(mails)"

# ---- whoever leads is reminded ----

check "whoever leads is asked for an update" wait_until 20 asks_who_leads "$API" "$ANN" D1

# ---- Slack takes nothing for a while ----

arm slack chat.postMessage status 503 100000
wait_until 10 all_posts_have_ended # those that Slack took before
refused_ms=$(world .now_ms)
sleep 24 # at least two reminders
check "meanwhile none comes" same 0 "$(asked_since "$refused_ms" "$API")"
say "$ANN" /incident "update D1 we roll back"
check "an update is taken" same 200 "$STATUS"
disarm
check "the update is told when Slack is back" wait_until 60 has_said_often "$API" 1 "we roll back"
check "and what it had been asked for in vain is not" same 0 "$(asked_since "$refused_ms" "$API" "we roll back")"

# ---- resolved ----

say "$ANN" /incident "resolve D1 rolled back"
check "it is resolved" wait_until 10 is_in_state D1 resolved
check "the post-mortem is asked for, of whoever led" wait_until 20 has_said "$API" "<@$ANN>: The post-mortem of *D1* (P1: API down) is due"
check "and before all" wait_until 10 has_said incidents "The post-mortem of *D1*"
asked=$(said "$API" "without an update") # what was on its way has come: behind it came the post-mortem
sleep 11
check "no update is asked for any more" same "$asked" "$(said "$API" "without an update")"
say "$ANN" /incident "close D1"
check "it is closed" wait_until 10 has_ended D1
check "and no timer is left of it" same "" "$(redis --raw hkeys "$(key timers)" | grep '^D1/')"

# ---- a severity that changes ----

say "$BOB" /incident "declare P2 slow pages"
check "a milder one calls nobody" wait_until 10 is_in_state D2 open
sleep 7
check "nor is it missed so soon" same 0 "$(said incidents "acknowledged *D2*")"
say "$BOB" /incident "severity D2 P1 it spreads"
check "a worse one calls at once" wait_until 10 has_said "$(own_channel D2 slow-pages)" "*D2* calls the role oncall, <@$ANN>."
check "and misses the answer" wait_until 10 has_said incidents "Nobody has acknowledged *D2* (P1: slow pages)"
say "$BOB" /incident "resolve D2"
say "$BOB" /incident "close D2"
check "it is over" wait_until 10 has_ended D2
check "the journal is one chain" journal_is_a_chain
check "nothing is left over" wait_until 20 is_idle
finish

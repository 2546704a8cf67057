#!/bin/sh
# Consent: a deploy that waits for somebody of another role, pinned; who is asked for it, who cannot give it; a crash meanwhile; a
# deny that is passed by breaking the glass, and its review; a word through a second door; a group, whose members wait each for
# their own; one to which nobody could consent.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"

rules='    - { allow: [deploy, abort], to: developer, on: { environment: production } }\
    - { allow: review, to: release-manager }\
    - { require: { approvals: { count: 1, from: release-manager, expires: 4h } }, for: deploy, on: { service: api, environment: production } }\
    - { require: { second_channel: true }, for: deploy, on: { service: web } }\
    - { require: { approvals: { count: 1, from: release-manager, expires: 1m } }, for: deploy, on: { service: api }, when: { source: local } }\
    - { require: { approvals: { count: 1, from: developer } }, for: deploy, on: { service: web }, when: { source: local } }\
    - { deny: deploy, on: { environment: staging }, break_glass: developer, reason: "a freeze" }'
oncall='    - { name: oncall, members: ["pagerduty-schedule:PSCHED1"] }'
rollout_up "s/bake: 3s/bake: 10m/; s/max_bake: 60s/max_bake: 1h/; s/slack: U0456EFGH }/slack: U0456EFGH, local: $(id -un) }/; s/slack: U012AB3CD }/slack: U012AB3CD, pagerduty: PUSER01 }/; s/^  roles:/&\n$oncall/; \$a\\$rules"

run() {
    "$BUILD/opsgate" -c "$CONFIG" run "$@"
}

posted() { # posted TEXT [TEXT]: how many messages have both
    world '[.slack.channels[].messages[] | select((.text // "") | contains($one) and contains($two))] | length' \
        --arg one "$1" --arg two "${2:-}"
}

has_posted() { # has_posted COUNT TEXT [TEXT]
    wanted_posts=$1
    shift
    [ "$wanted_posts" = "$(posted "$@")" ]
}

begun() { # of an answer: the operation's id
    printf '%s\n' "$1" | grep -o 'D[0-9][0-9]*' | head -n 1
}

on_call_is_known() {
    redis --raw hvals "$(key operations)" | jq -se \
        'any(.[]; .kind == "watch.members" and any(.body.sources[]; .members // [] | index("pagerduty:PUSER01")))' >/dev/null
}

has_left() { # has_left ID STATE
    ! is_in_state "$1" "$2"
}
check "who is on call is read" wait_until 30 on_call_is_known

# ---- one consents ----

say "$BOB" /deploy "api production v1.4.2"
check "it is taken" has "$BODY" "*D1*: deploying"
check "and waits for consent" wait_until 20 is_in_state D1 awaiting-approval
check "pinned, before anything is asked of anyone" is_so D1 '.body.image | contains("@sha256:")'
check "its card says whose" wait_until 10 card_shows D1 "0 of 1 approval of release-manager"
check "people are asked in its thread" wait_until 10 world_says \
    'any(.slack.channels[].messages[]; .thread_ts != null and (.text | contains("waits for consent")))'
check "who is on call first, by name" has_posted 1 "*D1* waits for consent" "<@$ANN> (on call)"
check "the card says who was asked" wait_until 10 card_shows D1 "(on call)"
check "what it brings" wait_until 10 card_shows D1 "Those before are not known: opsgate has deployed nothing here yet"
check "and where the way back would lead" wait_until 10 card_shows D1 "which opsgate did not bring"
say "$BOB" /ops "approve D1"
check "not of the one who asks" has "$BODY" "does not count"
check "nor by another name of his" has "$("$BUILD/opsgate" -c "$CONFIG" run approve D1)" "does not count"
click "$EVE" D1 Approve
check "nor of a guest, who alone is told" wait_until 10 was_told "$EVE" "enied"
click "$BOB" D1 Approve
check "nor by the button of the one who asks, who alone is told" wait_until 10 was_told "$BOB" "does not count"
check "nobody else hears of either" has_posted 0 "enied" && check "nor of the others" has_posted 0 "does not count"
opsgate_kill
opsgate_up
check "after a crash it waits as before" wait_until 20 is_in_state D1 awaiting-approval
check "and nobody is asked once more" has_posted 1 "*D1* waits for consent"
click "$ANN" D1 Approve
check "the button of one who may is enough" wait_until 60 bakes_at D1 5
check "who it was is on the card" wait_until 10 card_shows D1 "Approved by"
check "and in the journal" journal_says D1 'any(.[]; .kind == "deploy.approved")'
say "$ANN" /ops "approve D1"
check "a second one is told that nothing waits" has "$BODY" "waits for nobody"
say "$BOB" /ops "abort D1"
check "it ends" wait_until 30 has_ended D1

# ---- a second door ----

say "$ANN" /deploy "web production v1.4.2"
check "a second door is waited for" wait_until 20 is_in_state D2 awaiting-approval
check "the requester is asked for it, and nobody else" wait_until 10 has_posted 1 "*D2* waits for consent" "Asked: <@$ANN>
"
check "with the words that give it" has_posted 1 "*D2* waits for consent" "opsgate run approve D2"
say "$ANN" /ops "approve D2"
check "the same door is none" has "$BODY" "does not count"
say "$ANN" /ops "abort D2"
check "it is aborted before anything was changed" wait_until 10 has_ended D2

# ---- a broken glass ----

say "$BOB" /deploy "api staging v1.4.2"
check "a freeze denies" has "$BODY" "a freeze"
check "and says who could pass it" has "$BODY" "break"
say "$ANN" /deploy 'api staging v1.4.2 --break-glass "a fire"'
check "not everybody can" has "$BODY" "enied"
say "$BOB" /deploy 'api staging v1.4.2 --break-glass "a fire"'
check "who may, does, with a reason" has "$BODY" "*D3*: deploying"
check "the deploy is done" wait_until 60 is_so D3 '.result == "done"'
check "a review is left" wait_until 10 is_in_state D4 open
check "and said aloud" wait_until 10 world_says 'any(.slack.channels[].messages[]; .text | contains("broke the glass"))'
say "$BOB" /ops 'review D4 "all fine"'
check "who broke it does not close it" has "$BODY" "You broke that glass"
say "$ANN" /ops 'review D4 "the fire was real"'
check "somebody else does" has "$BODY" "*D4* is closed"
check "with what was found" is_so D4 '.body.found == "the fire was real"'

# ---- a group ----

say "$BOB" /deploy "all production v1.4.1"
G=$(begun "$BODY")
check "a group is taken" has "$BODY" "2 deploys"
API=D$((${G#D} + 1))
WEB=D$((${G#D} + 2))
check "each of its members waits for its own" wait_until 20 is_in_state "$API" awaiting-approval
check "the other, too" wait_until 20 is_in_state "$WEB" awaiting-approval
check "the group's card says so" wait_until 10 card_shows "$G" "waits for consent"
say "$EVE" /ops "approve $G"
check "a guest consents to none" has "$BODY" "enied"
click "$ANN" "$G" "Approve all"
check "whose consent counts for one gives it to that one" wait_until 10 was_told "$ANN" "1 of the 2 that wait takes your consent"
check "and it begins" wait_until 30 has_left "$API" awaiting-approval
check "in her name" wait_until 10 card_shows "$API" "Approved by"
check "the other waits on" is_in_state "$WEB" awaiting-approval
TOLD=$(run approve "$G")
check "whoever asked confirms what waits for that" has "$TOLD" "1 of the 1 that wait takes your consent"
check "it begins" wait_until 30 has_left "$WEB" awaiting-approval
TOLD=$(run approve "$G")
check "where nobody waits nobody is asked" has "$TOLD" "none of its members waits for consent"
say "$BOB" /ops "abort $G"
check "it ends" wait_until 60 has_ended "$G"

# ---- nobody, and in vain ----

TOLD=$(run deploy web production v1.4.1)
NONE=$(begun "$TOLD")
check "one to which nobody could consent ends at once" wait_until 20 has_ended "$NONE"
check "and says why" has "$(operation "$NONE" .summary)" "nobody who could approve is known: nobody else is in role developer"
TOLD=$(run deploy api production v1.4.1)
VAIN=$(begun "$TOLD")
check "one that nobody answers waits" wait_until 20 is_in_state "$VAIN" awaiting-approval
check "they are reminded before it is void" wait_until 60 has_posted 1 "*$VAIN* still waits" "Void at"
opsgate_kill
opsgate_up
check "and it is" wait_until 60 has_ended "$VAIN"
check "nobody gave it" has "$(operation "$VAIN" .summary)" "nobody gave what it waited for within 60 s"
check "once is enough" has_posted 1 "*$VAIN* still waits"
check "the journal is one chain" journal_is_a_chain
finish

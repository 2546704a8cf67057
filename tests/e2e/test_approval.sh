#!/bin/sh
# Consent: a deploy that waits for somebody of another role, pinned; who cannot give it; a crash meanwhile; a deny that is
# passed by breaking the glass, and its review; a word through a second door.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"

rules='    - { allow: [deploy, abort], to: developer, on: { environment: production } }\
    - { allow: review, to: release-manager }\
    - { require: { approvals: { count: 1, from: release-manager, expires: 4h } }, for: deploy, on: { service: api, environment: production } }\
    - { require: { second_channel: true }, for: deploy, on: { service: web } }\
    - { deny: deploy, on: { environment: staging }, break_glass: developer, reason: "a freeze" }'
rollout_up "s/slack: U0456EFGH }/slack: U0456EFGH, local: $(id -un) }/; \$a\\$rules"

# ---- one consents ----

say "$BOB" /deploy "api production v1.4.2"
check "it is taken" has "$BODY" "*D1*: deploying"
check "and waits for consent" wait_until 20 is_in_state D1 awaiting-approval
check "pinned, before anything is asked of anyone" is_so D1 '.body.image | contains("@sha256:")'
check "its card says whose" wait_until 10 card_shows D1 "0 of 1 approval of release-manager"
check "people are asked in its thread" wait_until 10 world_says \
    'any(.slack.channels[].messages[]; .thread_ts != null and (.text | contains("waits for consent")))'
say "$BOB" /ops "approve D1"
check "not of the one who asks" has "$BODY" "enied"
check "nor by another name of his" has "$("$BUILD/opsgate" -c "$CONFIG" run approve D1)" "enied"
click "$EVE" D1 Approve
check "nor of a guest, who alone is told" wait_until 10 was_told "$EVE" "enied"
opsgate_kill
opsgate_up
check "after a crash it waits as before" wait_until 20 is_in_state D1 awaiting-approval
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
check "who broke it does not close it" has "$BODY" "enied"
say "$ANN" /ops 'review D4 "the fire was real"'
check "somebody else does" has "$BODY" "*D4* is closed"
check "with what was found" is_so D4 '.body.found == "the fire was real"'
check "the journal is one chain" journal_is_a_chain
finish

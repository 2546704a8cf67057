#!/bin/sh
# Locks and the halt: who is held and told so, a canary that stays where it is, an owner killed meanwhile, and the way back,
# which nothing holds.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/bake: 3s/bake: 10m/; s/max_bake: 60s/max_bake: 1h/' # it goes on only when somebody says so

# ---- a lock ----

say "$BOB" /ops 'lock staging "db migration" --for 2h'
check "an environment is locked" has "$BODY" '*D1*: `staging` is locked for deploys of others until'
check "the lock has a card" wait_until 10 card_shows D1 "db migration"
say "$ANN" /deploy "api staging v1.4.2"
check "somebody else's deploy is refused, with who and why" has "$BODY" "locked \`staging\`"
check "and why" has "$BODY" "db migration"
check "and what would turn it" has "$BODY" "unlock staging"
check "nothing was begun" same "" "$(operation D2 .id)"
say "$ANN" /ops locks
check "locks lists it" has "$BODY" "*D1*"
say "$ANN" /status "api staging"
check "status tells it" wait_until 10 was_told "$ANN" "db migration"
check "the command line does" has "$("$BUILD/opsgate" -c "$CONFIG" run locks)" "db migration"
say "$BOB" /deploy "api staging v1.4.2"
check "its owner deploys" has "$BODY" "*D2*: deploying"
check "and the deploy ends well" wait_until 60 has_ended D2

say "$ANN" /ops 'lock staging "mine now"'
check "it is not taken unasked" has "$BODY" "--steal"
say "$ANN" /ops 'lock staging "mine now" --steal'
check "but when asked" has "$BODY" '*D3*: `staging` is locked'
check "the old one ends" wait_until 10 has_ended D1
check "and its owner is told" wait_until 10 world_says '[.slack.channels[].messages[] | select(.text | test("taken over by"))] | length == 1'
say "$BOB" /ops "unlock staging"
check "one who may unlocks it, whoever locked it" has "$BODY" "is unlocked; who had locked it is told"
say "$EVE" /ops "lock all fun"
check "a guest locks nothing" has "$BODY" "enied"

# ---- a halt while a canary runs, and a crash ----

say "$ANN" /deploy "api production v1.4.2"
wait_until 30 bakes_at D4 5
say "$BOB" /ops "halt something is on fire"
check "everything is halted" has "$BODY" "*D5*: everything is halted"
check "the canary is told of" has "$BODY" "1 rollout is at work"
check "and its card shows it" wait_until 10 card_shows D4 "everything is halted \\(D5\\)"
opsgate_kill
opsgate_up
say "$ANN" /ops "promote D4"
check "after a crash it holds as before" wait_until 20 is_so D4 '.body.held | tostring | contains("everything is halted (D5)")'
check "traffic is as it was" is_at "$PROD" D4 5
say "$ANN" /deploy "web production v1.4.2"
check "nothing else begins" has "$BODY" "halted everything"
say "$BOB" /ops unhalt
check "who may halt may not end it" has "$BODY" "enied"
say "$ANN" /ops unhalt
check "it is ended" has "$BODY" "The halt is over"
say "$ANN" /ops "retry D4"
check "and the canary goes on" wait_until 30 bakes_at D4 25

# ---- the way back is never held ----

say "$ANN" /ops 'lock all "an audit" --blocks all'
check "everything is locked" has "$BODY" "everything is locked for all changes"
say "$ANN" /ops "abort D4"
check "an abort takes the traffic back all the same" wait_until 30 has_ended D4
check "all of it" wait_until 10 is_at "$PROD" D4 0
say "$ANN" /ops "unlock all"
check "and the lock is ended" has "$BODY" "is unlocked"

# ---- from the host ----

check "halt is a command of its own" has "$("$BUILD/opsgate" -c "$CONFIG" halt a fire)" "everything is halted"
check "and so is unhalt" has "$("$BUILD/opsgate" -c "$CONFIG" unhalt)" "The halt is over"
check "the journal is one chain" journal_is_a_chain
finish

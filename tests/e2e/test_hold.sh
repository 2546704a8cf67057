#!/bin/sh
# Locks and the halt: who is held and told so, a canary that stays where it is, an owner killed meanwhile, and the way back,
# which nothing holds. A lock changes hands, and its owner leaves.
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

# ---- a lock changes hands ----

lock_says() { # lock_says PLACE FILTER: true of the record of the lock that holds it now
    "$BUILD/opsgate" -c "$CONFIG" ops list --json |
        jq -e --arg place "$1" "map(select(.kind == \"lock\" and .result == null and .body.environment == \$place))[-1] | $2" >/dev/null
}
says_once() { # says_once TEXT: in whatever channel
    world_says '[.slack.channels[].messages[] | select(.text | contains($text))] | length == 1' --arg text "$1"
}

say "$BOB" /ops 'lock staging "a handover"'
say "$BOB" /ops "lock staging --to @eve"
check "one who may not lock there cannot have a lock" has "$BODY" "may not lock"
say "$BOB" /ops "lock staging --to @nobody"
check "nor can nobody" has "$BODY" "is nobody"
say "$BOB" /ops "lock staging --to @ann"
check "its owner hands it over" has "$BODY" "the lock of \`staging\` is the one of <@$ANN> now"
check "and both are told" wait_until 10 says_once "is yours now, handed over by <@$BOB>"
say "$BOB" /deploy "api staging v1.4.1"
check "it holds who had it" has "$BODY" "now of <@$ANN>: a handover"
opsgate_kill
opsgate_up
check "and still after a crash" wait_until 20 lock_says staging ".body.owner.id == \"$ANN\""

# ---- its owner leaves ----

change_world "$(jq -cn --arg id "$ANN" '{ slack_user: { $id, deleted: true } }')"
say "$BOB" /ops "lock staging mine"
check "one who is away is asked for like anybody" has "$BODY" "ask them, or add"
check "Slack is asked whether the owner is still there, and then those are told who can end it" \
    wait_until 30 says_once "has left: their account in Slack is deactivated. It holds on."
say "$BOB" /ops "lock staging mine"
check "whoever asks then is told so" has "$BODY" "owner left"
say "$BOB" /ops locks
check "and so does the list of locks" has "$BODY" "owner left"
say "$BOB" /deploy "api staging v1.4.1"
check "it holds on until somebody acts" has "$BODY" "locked \`staging\`"
check "all that was told once" says_once "has left: "
change_world "$(jq -cn --arg id "$ANN" '{ slack_user: { $id, deleted: false } }')"
say "$BOB" /ops "lock staging mine"
check "who comes back has it again" wait_until 30 lock_says staging ".body.is_left == null"
change_world "$(jq -cn --arg id "$ANN" '{ slack_user: { $id, deleted: true } }')"
say "$BOB" /ops "lock staging mine"
check "and may leave once more" wait_until 30 lock_says staging ".body.is_left"
say "$BOB" /ops "lock staging --steal"
check "somebody else takes it, for the reason that it has" has "$BODY" "\`staging\` is locked"
check "which is whose it is now" wait_until 10 lock_says staging ".requester.id == \"$BOB\" and .body.reason == \"a handover\""
say "$BOB" /ops "unlock staging"
check "who ends it" has "$BODY" "is unlocked"
change_world "$(jq -cn --arg id "$ANN" '{ slack_user: { $id, deleted: false } }')"

# ---- explain knows what holds ----

say "$BOB" /ops 'lock api staging "a try"'
say "$ANN" /ops "explain deploy all staging v1.4.2"
check "explain judges each of several, and knows what is locked" has "$BODY" "api: *Not now*"
say "$ANN" /ops "explain rollback api nowhere"
check "and a slip gets the usage of what is explained" has "$BODY" "Usage: \`rollback"
say "$BOB" /ops "explain deploy api staging v1.4.2"
check "and whose lock it is" has "$BODY" "*Yes*"
say "$BOB" /ops "unlock api staging"

# ---- from the host ----

check "halt is a command of its own" has "$("$BUILD/opsgate" -c "$CONFIG" halt a fire)" "everything is halted"
check "and so is unhalt" has "$("$BUILD/opsgate" -c "$CONFIG" unhalt)" "The halt is over"
check "the journal is one chain" journal_is_a_chain
finish

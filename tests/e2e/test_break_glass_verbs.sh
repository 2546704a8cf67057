#!/bin/sh
# In an incident a rule denies what changes things: a failover, a run and a scale are refused, and done by whoever may break its
# glass, once each, announced and reviewed by somebody else; and what was broken stays so over a kill -9.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
sed "s|^runbooks:.*|&\n  - { name: mend, steps: [{ name: first, run: [mkdir, $RUN/first] }, { name: seen, manual: look }, { name: last, run: [mkdir, $RUN/last] }] }|
    s|on: { runbook: \[say-hello|on: { runbook: [mend, say-hello|
    s/^    - { allow: failover, to: release-manager }/    - { allow: [failover, approve], to: [release-manager, developer] }/" \
    "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
cat >>"$CONFIG" <<END
    - { require: { approvals: { from: developer } }, for: scale, on: { environment: staging } }
    - { deny: [failover, run, scale, lock], when: { incident_at_least: P2 }, break_glass: release-manager, reason: "an incident is open" }
END
opsgate_up || exit 1
wait_until 10 has_owner

asked() { # asked: the operation that the last answer names
    printf '%s\n' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1
}

records() { # records FILTER: of all operations, ended or not, as one list
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } | jq -r -s "$@"
}

review_of() { # review_of ID: the reviews of its broken glass, one a line
    records --arg id "$1" '.[] | select(.kind == "review" and .body.broken_by == $id) | .id'
}

has_a_review() { # has_a_review ID: one, and open
    saw=$(review_of "$1")
    [ "$(printf '%s\n' "$saw" | grep -c .)" = 1 ] && is_in_state "$saw" open
}

reviews() { # how many there are
    records '[.[] | select(.kind == "review")] | length'
}

announced() { # announced ID: where people look
    world_says 'any(.slack.channels[].messages[]; (.text // "") | contains("broke the glass") and contains($of))' --arg of "for $1"
}

is_about() { # is_about ID: its card names the reason
    card_shows "$1" "users wait"
}

scaling() {
    world '.run.services[] | select(.id == "api-service") | "\(.scaling.minInstanceCount // 0) \(.scaling.maxInstanceCount // 0)"'
}

is_scaled() {
    saw=$(scaling)
    [ "$saw" = "$1" ]
}

dies_and_comes_back() {
    opsgate_kill
    opsgate_up && wait_until 20 has_owner
}

told() { # told ID: its way, as the host shows it
    "$BUILD/opsgate" -c "$CONFIG" ops show "$1"
}

# ---- the file alone ----

check "lint names the verb that takes none" has "$("$BUILD/opsgate" -c "$CONFIG" policy lint)" "break_glass on lock passes nobody"
check "who could by a glass is told" has \
    "$("$BUILD/opsgate" -c "$CONFIG" policy who-can failover platform-prod-db --confirm platform-prod-db)" "With --break-glass:"

# ---- an incident, and a wall ----

say "$ANN" /incident "declare P2 half of it"
INCIDENT=$(asked)
check "an incident is open" wait_until 30 is_in_state "$INCIDENT" open
say "$ANN" /failover "platform-prod-db --confirm platform-prod-db"
check "nobody fails over" has "$BODY" "an incident is open"
check "and who could is told how" has "$BODY" 'You may break the glass: `--break-glass'
say "$BOB" /ops "run mend --break-glass 'users wait'"
check "without the role no glass is broken" has "$BODY" "It takes a release-manager to break the glass"
say "$ANN" /ops "lock api staging 'a migration'"
check "of what takes none that is said" has "$BODY" 'No glass is broken for it: `lock` takes no `--break-glass`'
say "$ANN" /ops "explain lock api staging x"
check "so does explain" has_not "$BODY" "unless you break the glass"
say "$ANN" /ops "explain scale api staging 3 9"
check "of what takes one it says that, too" has "$BODY" "unless you break the glass"
say "$ANN" /ops "run mend --break-glass ' '"
check "it takes a reason" has "$BODY" '`--break-glass` takes a reason'
check "nothing has come of that" same 0 "$(reviews)"
check_not "and nothing was run" test -d "$RUN/first"

# ---- a failover ----

say "$ANN" /failover "platform-prod-db --confirm platform-prod-db --break-glass 'users wait'"
FAILOVER=$(asked)
check "with it, it begins" has "$BODY" "by a broken glass: that is announced"
check "and ends well" wait_until 90 has_ended "$FAILOVER"
check "as done" same "done" "$(operation "$FAILOVER" .result)"
check "one review is left" wait_until 20 has_a_review "$FAILOVER"
check "it was said aloud" wait_until 20 announced "$FAILOVER"
check "and is on its card" wait_until 20 is_about "$FAILOVER"
check "the journal has the rule" has "$(told "$FAILOVER")" "failover.glass_broken"

# ---- a run, through a kill ----

say "$ANN" /ops "run mend --break-glass 'users wait'"
RUNNING=$(asked)
check "the run waits for a person" wait_until 30 is_in_state "$RUNNING" confirming
check "its first step was done" test -d "$RUN/first"
check "opsgate dies, and comes back" dies_and_comes_back
say "$ANN" /ops "promote $RUNNING"
check "it goes on past the same rule" wait_until 30 has_ended "$RUNNING"
check "to its end" same "done" "$(operation "$RUNNING" .result)"
check "its last step was done" test -d "$RUN/last"
check "one review is left of it" wait_until 20 has_a_review "$RUNNING"
check "in her name" same "$ANN" "$(operation "$(review_of "$RUNNING")" .requester.id)"
check "it was said aloud, too" wait_until 20 announced "$RUNNING"

# ---- a scale, which wants consent as well, through a kill ----

say "$ANN" /ops "scale api staging 3 9 --break-glass 'users wait'"
check "no glass passes what is required" has "$BODY" "once people consent"
SCALE=$(asked)
check "it waits for that" wait_until 30 is_in_state "$SCALE" awaiting-approval
check "the review is there before" wait_until 20 has_a_review "$SCALE"
check "opsgate dies once more" dies_and_comes_back
say "$BOB" /ops "approve $SCALE"
check "Bob consents" has "$BODY" "is approved"
check "and the service is scaled" wait_until 60 is_scaled "3 9"
check "and nobody else has to wait for that" wait_until 60 has_ended "$SCALE"
check "there is one review for each of the three" same 3 "$(reviews)"

# ---- reviewed ----

REVIEW=$(review_of "$SCALE")
say "$ANN" /ops "review $REVIEW 'all fine'"
check "who broke it does not close it" has "$BODY" "You broke that glass"
say "$BOB" /ops "review $REVIEW 'users waited'"
check "somebody else does" has "$BODY" "*$REVIEW* is closed"

# ---- the incident is over ----

say "$ANN" /incident "resolve $INCIDENT"
say "$ANN" /ops "run mend --dry-run --break-glass 'users wait'"
check "a dry run breaks none" has "$BODY" "nothing was run"
say "$ANN" /ops "scale api staging 2 8 --break-glass 'users wait'"
check "one that nothing needs is told so" has "$BODY" "No glass was needed, and none was broken"
check "and leaves no review" same 3 "$(reviews)"
finish

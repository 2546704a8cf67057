#!/bin/sh
# Addresses are kept away by Cloud Armor for a while: told, refused, blocked once through lost answers and a kill -9, let in again
# when their time is over, also when nobody was there then; what others changed is left alone. And the adaptive protection.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sed "s/local:root/local:$(id -un)/
    s/^runbooks:.*/&\n  - { name: shut-out, args: [{ name: who, type: cidr }], steps: [{ verb: \"block {who} for 1h\" }, { run: [\/bin\/echo, done] }] }/
    s/^    - { allow: \[block, unblock, ddos\].*/&\n    - { allow: [approve, abort], to: [release-manager, developer] }\n    - { require: { approvals: { from: developer } }, for: ddos }/" \
    "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml

policy() { # policy FILTER
    world ".armor.policies[0] | $1"
}

rules() { # how many there are of ours
    policy '[.rules[] | select(.priority >= 9000 and .priority < 10000)] | length'
}

has_rules() { # has_rules COUNT
    same "$1" "$(rules)"
}

rule() { # rule PRIORITY FILTER
    policy ".rules[] | select(.priority == $1) | $2"
}

sent() { # sent PATTERN: how often something came of it
    get "$SANDBOX_URL/_sandbox/calls" | jq --arg pattern "$1" '[.[] | select(.applied and (.path | test($pattern)))] | length'
}

asked() { # asked: the operation that the last answer names
    printf '%s\n' "$BODY" | grep -o 'D[0-9][0-9]*' | head -n 1
}

ends_as() { # ends_as ID RESULT
    wait_until 90 has_ended "$1" && same "$2" "$(operation "$1" .result)"
}

begins_again() { # kill -9, and the same once more
    opsgate_kill
    opsgate_up && wait_until 20 has_owner
}

refuses() { # refuses "WORDS" PART
    say "$ANN" /ops "$1"
    has "$BODY" "$2"
}

sandbox_up
change_world '{"armor":{"take_ms":200}}'
opsgate_up || exit 1
wait_until 10 has_owner

# ---- what is never blocked ----

check "a private range" refuses "block 10.1.2.3 for 1h" "never blocked"
check "one of never" refuses "block 198.51.100.9" "(\`never\`)"
check "what has a part of it" refuses "block 198.51.0.0/16" "(\`never\`)"
check "half of the world" refuses "block 0.0.0.0/1" "too wide"
check "the same of IPv6" refuses "block 2001:db8::/32" "too wide"
check "a range by another address" refuses "block 203.0.113.7/24" "by its first address"
check "no address" refuses "block 203.0.113.256" "expected an address"
check "a time that is none" refuses "block 203.0.113.7 for ever" "takes a duration"
check "longer than it may" refuses "block 203.0.113.7 for 30d" "max_for"
check "a name that is near" refuses "block edgr 203.0.113.7" "Did you mean \`edge\`"
check "an option that is none" refuses "block 203.0.113.7 --prview" "--preview"
check "what a rule blocks already" refuses "block 192.0.2.7" "rule 1000 blocks it already"
say "$EVE" /ops "block 203.0.113.7"
check "whoever may not is denied" has "$BODY" "*Denied*"
say "$ANN" /ops "block 203.0.113.7 for 1h --dry-run"
check "a dry run tells what would be" has "$BODY" "by rule 9000"
check "nothing came of any of that" has_rules 0

# ---- blocked once, through a lost answer and a kill ----

arm compute addRule drop_after 0
say "$ANN" /ops 'block 203.0.113.7 for 1h "a scanner"'
ID=$(asked)
check "it is told with its way back" has "$BODY" "Back: \`unblock 203.0.113.7/32\`"
check "whose answer was lost is found" wait_until 60 is_in_state "$ID" blocked
check "once" same 1 "$(sent addRule)"
check "denied by its address" same "deny(403) 203.0.113.7/32" "$(rule 9000 '.action + " " + .match.config.srcIpRanges[0]')"
check "the rule says by whom and why" has "$(rule 9000 .description)" "by slack:$ANN"
check "and why" has "$(rule 9000 .description)" "a scanner"
check "its card has a button" wait_until 20 card_shows "$ID" "a scanner"
check "a second one is refused" refuses "block edge 203.0.113.7/32" "*$ID* blocks"
change_world '{"armor":{"take_ms":3600000}}' # until it is told to be shorter
say "$ANN" /ops 'block 2001:db8:0:7::/64 --for 2h --preview'
TWO=$(asked)
check "another is on its way" wait_until 30 is_in_state "$TWO" verifying
check "opsgate dies, and comes again" begins_again
check "it waits still" wait_until 30 is_in_state "$TWO" verifying
change_world '{"armor":{"take_ms":200,"finish":true}}'
check "until it is seen" wait_until 60 is_in_state "$TWO" blocked
check "once" same 2 "$(sent addRule)"
check "as a preview" same true "$(rule 9001 .preview)"

# ---- what stands ----

change_world '{"armor":{"rule":{"priority":9002,"action":"deny(404)","description":"by hand","match":{"versionedExpr":"SRC_IPS_V1","config":{"srcIpRanges":["203.0.113.99"]}}}}}'
say "$BOB" /ops blocks
check "blocks lists ours" has "$BODY" "*$ID* \`203.0.113.7/32\` until"
check "for how long still" has "$BODY" "left), by"
check "and others' among them" has "$BODY" "rule 9002 is not opsgate's: deny(404) 203.0.113.99: by hand"

# ---- let in again ----

check "a slip is no guess" refuses "unblock 203.0.113.8" "Nothing blocks"
check "part of a range neither" refuses "unblock 192.0.2.7" "is blocked by rule 1000, as part of"
check "a stranger's takes its number" refuses "unblock 203.0.113.99" "--confirm 9002"
check "the right one" refuses "unblock 203.0.113.99 --confirm 9001" "--confirm 9002"
say "$BOB" /ops "unblock 203.0.113.7"
check "whoever may not is denied" has "$BODY" "*Denied*"
say "$ANN" /ops "unblock 203.0.113.7"
check "ours goes at once" ends_as "$ID" "done"
check "its end says so" has "$(operation "$ID" .summary)" "before its time"
check "and its card by whom" wait_until 20 card_shows "$ID" "Ended by"
check "its rule is gone" same "" "$(rule 9000 .priority)"
say "$ANN" /ops "unblock 203.0.113.99 --confirm 9002"
check "a stranger's, too, when it is confirmed" ends_as "$(asked)" "done"
check "its rule is gone" same "" "$(rule 9002 .priority)"

# ---- its time is over, and nobody was there ----

say "$ANN" /ops "block 203.0.113.20 for 10s"
ID=$(asked)
check "one for seconds ends by itself" ends_as "$ID" "done"
check "for that reason" has "$(operation "$ID" .summary)" "its time is over"
say "$ANN" /ops "block 203.0.113.21 for 25s"
ID=$(asked)
check "one more" wait_until 60 is_in_state "$ID" blocked
UNTIL=$(rule 9000 .description | sed 's/.*until \([^.]*\).*/\1/; s/[-T:]//g')
opsgate_kill
is_past() { [ "$(date -u +%Y%m%d%H%M%S)" -gt "$UNTIL" ]; }
wait_until 60 is_past
check "is still there when nobody ends it" has_rules 2
opsgate_up
check "and goes as soon as somebody does" ends_as "$ID" "done"

# ---- what others do meanwhile ----

say "$ANN" /ops "block 203.0.113.30 for 1h"
ID=$(asked)
check "one that somebody takes away" wait_until 60 is_in_state "$ID" blocked
change_world '{"armor":{"remove":9000}}'
say "$ANN" /ops "unblock 203.0.113.30"
check "is over" ends_as "$ID" "done"
check "and said to be gone already" has "$(operation "$ID" .summary)" "was gone already"
say "$ANN" /ops "block 203.0.113.31 for 1h"
ID=$(asked)
check "one that somebody changes" wait_until 60 is_in_state "$ID" blocked
change_world '{"armor":{"change":{"priority":9000,"match":{"versionedExpr":"SRC_IPS_V1","config":{"srcIpRanges":["203.0.113.31","203.0.113.32"]}}}}}'
say "$ANN" /ops "unblock 203.0.113.31"
check "is left alone" ends_as "$ID" failed
check "and said so" has "$(operation "$ID" .summary)" "somebody changed rule 9000"
check "it stands" same 9000 "$(rule 9000 .priority)"
change_world '{"armor":{"remove":9000,"deny":["compute.securityPolicies.update"]}}'
say "$ANN" /ops "block 203.0.113.40"
ID=$(asked)
check "without the permission it fails" ends_as "$ID" failed
check "and says which" has "$(operation "$ID" .summary)" "compute.securityPolicies.update"
change_world '{"armor":{"deny":[],"fail_next":"the policy is full"}}'
say "$ANN" /ops "block 203.0.113.41"
ID=$(asked)
check "an operation that fails is told" ends_as "$ID" failed
check "with Google's words" has "$(operation "$ID" .summary)" "the policy is full"

# ---- several at once; words that are no reason ----

change_world '{"armor":{"take_ms":2000}}' # and Google takes one change at a time
say "$ANN" /ops "block 203.0.113.44"
ID=$(asked)
say "$ANN" /ops "block 203.0.113.45"
TWO=$(asked)
check "one of two at once stands" wait_until 60 is_in_state "$ID" blocked
check "and so does the other" wait_until 60 is_in_state "$TWO" blocked
change_world '{"armor":{"take_ms":200}}'
say "$ANN" /ops "unblock 203.0.113.44"
say "$ANN" /ops "unblock 203.0.113.45"
check "both go" ends_as "$ID" "done"
check "one after the other" ends_as "$TWO" "done"
check "a second address is no reason" refuses "block 203.0.113.46 203.0.113.47 for 2h" "one range at a time"
check "nor is a time" refuses "block 203.0.113.46 a scanner for 2h" "right behind the addresses"

# ---- as a step of a runbook ----

say "$ANN" /ops "run shut-out who=203.0.113.55/32"
RUNS=$(asked)
check "a runbook goes on once its block stands" ends_as "$RUNS" "done"
check "which does" has "$(policy '[.rules[].match.config.srcIpRanges[]] | join(" ")')" "203.0.113.55/32"
say "$ANN" /ops "unblock 203.0.113.55"
check "until somebody ends it" ends_as "$(asked)" "done"

# ---- a halt does not hold it; consent ----

say "$ANN" /ops 'halt "a fire"'
say "$ANN" /ops "block 203.0.113.50"
ID=$(asked)
check "a halt holds no block" wait_until 60 is_in_state "$ID" blocked
say "$ANN" /ops unhalt
say "$ANN" /ops "ddos on"
ID=$(asked)
check "the adaptive protection waits for consent" wait_until 30 is_in_state "$ID" awaiting-approval
say "$BOB" /ops "approve $ID"
check "and is on" ends_as "$ID" "done"
check "at Google" same true "$(policy .adaptiveProtectionConfig.layer7DdosDefenseConfig.enable)"
check "its end tells the way back" has "$(operation "$ID" .summary)" "back: \`ddos off edge\`"
check "once more is nothing to do" refuses "ddos on" "is on already"
finish

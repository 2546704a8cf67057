#!/bin/sh
# What a version must have proved before it goes to production: that its commit is green on GitHub, that it was good in
# staging for a time; and that who consents has not written it, also where it is the first of all.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
CONFIG=$RUN/opsgate.yaml
sed "s|^  app: .*|&\n  webhook_secrets: [\"\${env:SANDBOX_GITHUB_SECRET}\"]|
    s|^  team: .*|&\n  channels: { deployments: \"#deployments\" }|
    s|{ name: ann, slack: U012AB3CD }|{ name: ann, slack: U012AB3CD, github: ann }|
    s|^services:|  - { name: bob, slack: $BOB, github: bob }\n  - { name: cid, local: $(id -un) }\n&|
    s|^  rules:|    - { name: approver, members: [\"slack:$BOB\", \"local:$(id -un)\"] }\n&|" "$ROOT/tests/e2e/github.yaml" >"$CONFIG"
cat >>"$CONFIG" <<RULES
    - { allow: deploy, to: approver, on: { environment: staging } }
    - { require: { checks: green, healthy_in: { environment: staging, for: 2s } }, for: deploy, on: { service: api, environment: production } }
    - { require: { approvals: { count: 1, from: approver, exclude_authors: true } }, for: deploy, on: { service: api, environment: staging }, when: { source: slack } }
    - { require: { approvals: { count: 1, from: approver, exclude_authors: true } }, for: deploy, on: { service: worker } }
RULES
sandbox_up
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
opsgate_up || exit 1
wait_until 10 has_owner

run() {
    "$BUILD/opsgate" -c "$CONFIG" run "$@"
}

checked() { # checked REF NAME STATUS [CONCLUSION]: a check run of that commit
    change_world "$(jq -cn --arg at "$1" --arg name "$2" --arg status "$3" --arg conclusion "${4:-}" \
        '{ github: { check: ({ $at, $name, $status } + if $conclusion == "" then {} else { $conclusion } end) } }')"
}

newest() { # newest TARGET: the last deploy of it, ended or not
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -sr --arg target "$1" '[.[] | select(.kind == "deploy" and .target == $target)] | max_by(.created_at_ms) | .id'
}

is_good_for_long() { # is_good_for_long VERSION SUMMARY: production is asked for until staging had it for long enough
    say "$ANN" /deploy "api production $1"
    asked=$(newest api/production)
    wait_until 60 has_moved_on "$asked" || return 1
    ! has_ended "$asked" || ! operation "$asked" .summary | grep -q "good in staging for"
}

has_moved_on() { # it has ended, or waits for its checks
    has_ended "$1" || is_in_state "$1" awaiting-checks
}

ends() { # ends ID RESULT
    wait_until 90 has_ended "$1"
    same "$2" "$(operation "$1" .result)" || { operation "$1" .summary; return 1; }
}

# ---- good in staging, and green ----

check "the first version goes to staging" has "$(run deploy api staging v1.4.1)" deploying
check "and is good there" ends "$(newest api/staging)" "done"
say "$ANN" /deploy "api production v1.4.2"
D=$(newest api/production)
check "another one is none that staging has" ends "$D" refused
check "and is told so" has "$(operation "$D" .summary)" "the same version good in staging for 2s (it is not)"
check "GitHub was not asked for what would not help" same 0 "$(get "$SANDBOX_URL/_sandbox/calls" |
    jq '[.[] | select(.service == "github" and (.path // .url | test("check-runs")))] | length')"
check "one of an old commit without any check" wait_until 30 is_good_for_long v1.4.1
D=$(newest api/production)
check "waits for none" ends "$D" refused
check "and is told that none will come" has "$(operation "$D" .summary)" "GitHub knows no check of"
checked v1.4.1 build completed success
checked v1.4.1 docs completed skipped
change_world '{"github":{"status":{"at":"v1.4.1","context":"ci/lint"}}}'
check "one that is good there for long enough may go on" wait_until 30 is_good_for_long v1.4.1
check "and green, is deployed" ends "$(newest api/production)" "done"

# ---- red ----

check "the next version goes to staging" has "$(run deploy api staging v1.4.2)" deploying
check "and is good there, too" ends "$(newest api/staging)" "done"
checked v1.4.2 build completed success
checked v1.4.2 slow-tests completed failure
check "it is good there for long enough" wait_until 30 is_good_for_long v1.4.2
D=$(newest api/production)
check "a red one is refused" ends "$D" refused
check "with the check that failed" has "$(operation "$D" .summary)" "1 of 2 failed: \`slow-tests\`"
check "and nothing was changed" has "$(operation "$D" .summary)" "Nothing was changed."

# ---- pending ----

checked v1.4.2 slow-tests in_progress
say "$ANN" /deploy "api production v1.4.2"
D=$(newest api/production)
check "one whose checks run waits for them" wait_until 20 is_in_state "$D" awaiting-checks
check "its card says for which, and how long" wait_until 20 card_shows "$D" "1 of 2 is not done"
opsgate_kill
opsgate_up
check "after a crash it waits as before" wait_until 20 is_in_state "$D" awaiting-checks
change_world '{"github":{"hook":{"secret":"sandbox-github-secret","events":["*"]}}}'
checked v1.4.2 slow-tests completed success
check "GitHub says that they have ended" wait_until 20 world_says 'any(.github.deliveries[]?; .event == "check_suite" and .status_code == 202)'
check "and it is deployed" ends "$D" "done"

# ---- who wrote it ----

change_world '{"github":{"commit":{"author":"bob","message":"Count twice"}}}'
HEAD=$(world '[.github.repositories[] | select(.full_name == "acme/platform") | .branches[] | select(.name == "main") | .sha][0]')
change_world "{\"tag\":{\"tag\":\"$HEAD\",\"version\":\"twice\",\"after_ms\":0}}"
say "$ANN" /deploy "api staging branch:main"
D=$(newest api/staging)
check "what somebody wrote waits for consent" wait_until 20 is_in_state "$D" awaiting-approval
say "$BOB" /ops "approve $D"
check "who wrote it cannot give it" has "$BODY" "does not count"
check "somebody else can" has "$(run approve "$D")" "is approved"
check "and it is deployed" ends "$D" "done"
say "$ANN" /deploy "worker staging branch:main"
D=$(newest worker/staging)
check "where nothing was deployed before" wait_until 20 is_in_state "$D" awaiting-approval
check "the card says that what came before is not known" wait_until 20 card_shows "$D" "Count twice .bob..*Those before are not known"
say "$BOB" /ops "approve $D"
check "whose the last commit is cannot give it" has "$BODY" "does not count"
check "somebody else can, there, too" has "$(run approve "$D")" "is approved"
change_world '{"github":{"commit":{"author":"zed","message":"From nowhere","no_account":true}}}'
HEAD=$(world '[.github.repositories[] | select(.full_name == "acme/platform") | .branches[] | select(.name == "main") | .sha][0]')
change_world "{\"tag\":{\"tag\":\"$HEAD\",\"version\":\"nowhere\",\"after_ms\":0}}"
say "$ANN" /deploy "api staging branch:main"
D=$(newest api/staging)
check "of an author whom nobody knows nobody can consent" ends "$D" refused
check "and it says so" has "$(operation "$D" .summary)" "the authors are not known"
check "the journal is one chain" journal_is_a_chain
finish

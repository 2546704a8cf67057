#!/bin/sh
# `opsgate policy`: what the policy of a file means, asked of the file alone; worked examples; exit codes.
# shellcheck disable=SC2119,SC2317 # functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"

cat >"$RUN/policy.yaml" <<'EOF'
slack: { bot_token: xoxb-1, signing_secrets: [secret], team: T0HOME }
services:
  - name: api
    artifact: "r.example.com/api:{version}"
    environments: [{ name: staging, driver: { cloud_run: { project: p, region: r, service: a } } },
      { name: production, driver: { cloud_run: { project: p, region: r, service: b } } }]
pagerduty: { webhook_secrets: [secret], api_token: token, from: ops@example.com }
incidents: { severities: [{ name: P1 }, { name: P2 }], open_on: [{ pagerduty: { urgency: high }, severity: P1 }] }
policy:
  roles:
    - { name: developer, members: ["slack:U0ADA", "slack-group:S0ENG"] }
    - { name: boss, members: "slack:U0BOB" }
  rules:
    - { allow: [deploy, rollback, pause, abort], to: developer }
    - { deny: deploy, on: { environment: production }, when: { incident_at_least: P1 }, break_glass: boss }
    - { require: { approvals: { count: 1, from: boss } }, for: deploy, on: { environment: production } }
    - { require: { window: "Mon-Thu 09:00-16:00 Europe/Berlin" }, for: deploy }
    - { allow: review, to: boss }
people: [{ name: ann, local: ann }, { name: Ada L, slack: U0ADA }, { name: eve, slack: U0EVE }, { name: eve, github: eve }]
EOF

cat >"$RUN/good.yaml" <<'EOF'
- who: slack:U0ADA
  asks: deploy api staging v1
  at: "2026-11-19T09:00:00Z"
  expect: allow
  rule: policy.yaml:14
- who: slack:U0ADA
  asks: deploy api staging v1
  at: "2026-11-19T16:00:00Z"
  expect: needs
  rule: policy.yaml:17
- who: slack:U0EVE
  asks: deploy api staging v1
  expect: deny
- who: slack:U0EVE
  asks: deploy api staging v1
  at: "2026-11-19T09:00:00Z"
  facts: { groups: { "slack-group:S0ENG": "slack:U0ANY slack:U0EVE" } }
  expect: allow
- who: slack:U0ADA
  asks: deploy api production v1
  at: "2026-11-19T09:00:00Z"
  facts: { incident: P1, approvals: "slack:U0BOB" }
  expect: deny
- who: slack:U0ADA
  asks: deploy api production v1
  at: "2026-11-19T09:00:00Z"
  facts: { incident: P2, approvals: "slack:U0BOB" }
  expect: allow
- who: slack:U0ADA
  asks: deploy api production v1
  at: "2026-11-19T09:00:00Z"
  facts: { incident: none, approvals: "slack:U0ADA" }
  expect: needs
EOF
sed 's/expect: deny/expect: allow/' "$RUN/good.yaml" >"$RUN/wrong.yaml"
printf -- '- { who: slack:U0ADA, asks: deploy api staging v1, expect: perhaps }\n' >"$RUN/broken.yaml"
printf -- '- { who: nobody, asks: deploy api staging v1, expect: deny }\n' >"$RUN/nobody.yaml"
sed 's/members: \["slack:U0ADA", "slack-group:S0ENG"\]/members: "slack-group:S0ENG"/' "$RUN/policy.yaml" >"$RUN/groups.yaml"

policy() { # policy CODE TEXT WORD...: that exit code, and the text in what it says
    expected=$1 text=$2
    shift 2
    "$BUILD/opsgate" -c "${POLICY:-$RUN/policy.yaml}" policy "$@" >"$RUN/said" 2>&1
    code=$?
    case $(cat "$RUN/said") in
        *"$text"*) ;;
        *) code="$code, without '$text'" ;;
    esac
    if [ "$code" != "$expected" ]; then
        printf '     exit %s: ' "$code"
        cat "$RUN/said"
        return 1
    fi
}
policy_of_groups() {
    POLICY=$RUN/groups.yaml policy "$@"
}

sed 's|^    - { allow: \[deploy, rollback|    - { allow: review, to: boss }\n    - { allow: approve, to: "slack:U0ANY", on: { environment: staging } }\n&|' \
    "$RUN/policy.yaml" >"$RUN/approving.yaml"
sed '/allow: review/d' "$RUN/policy.yaml" >"$RUN/unreviewed.yaml"
policy_without_review() {
    POLICY=$RUN/unreviewed.yaml policy "$@"
}
policy_of_approving() {
    POLICY=$RUN/approving.yaml policy "$@"
}
sed 's|^    - { allow: \[deploy, rollback|    - { allow: deploy, to: boss }\n&|' "$RUN/policy.yaml" >"$RUN/glass.yaml"
policy_of_glass() {
    POLICY=$RUN/glass.yaml policy "$@"
}
policy_that_is_over() {
    POLICY=$RUN/over.yaml policy "$@"
}

policy_says_no() { # policy_says_no TEXT WORD...
    text=$1
    shift
    "$BUILD/opsgate" -c "$RUN/policy.yaml" policy "$@" >"$RUN/said" 2>&1
    ! grep -qF "$text" "$RUN/said"
}
policy_of_checks() {
    POLICY=$RUN/checks.yaml policy "$@"
}

check "a good policy has nothing against it" policy 0 "Nothing to say against this policy." lint
check "nobody named for the way back is told" policy_of_groups 1 "rollback, pause, abort of api in production" lint
check "without a store groups were not looked at" policy 0 "Groups, teams and schedules were not looked at: the store cannot be read" lint
check "nor are they offline" policy 0 "Groups, teams and schedules were not looked at: --offline." lint --offline
check "lint in JSON" policy 0 '{"findings":[],"groups":{"looked_at":false,"why_not":"--offline"}}' --json --offline lint
sed 's|^    - { require: { window|    - { deny: deploy, when: { during: "2025-12-20 - 2026-01-02 UTC" } }\n&|' "$RUN/policy.yaml" >"$RUN/over.yaml"
check "a freeze that is over is no fault" policy_that_is_over 0 "over.yaml:17: note: its time was over on 2026-01-02: it can go" lint
check "a refusal is explained, rule by rule" policy 1 "policy.yaml:15       deny     denies" explain slack:U0ADA deploy api production v1
check "who may does not depend on the version" policy 0 "slack:U0ADA                  " who-can deploy api staging
check "and the answer says that it is for any" policy 0 "No version was named: this is so for any." who-can deploy api staging
check "unless one is named" policy_says_no "No version was named" who-can deploy api staging v1
sed 's|^pagerduty:|github: { token: t }\n&|; s|require: { approvals: { count: 1, from: boss } }|require: { approvals: { count: 1, from: boss }, checks: green }|; /deny: deploy/d' "$RUN/policy.yaml" >"$RUN/checks.yaml"
check "what depends on which one is named" policy_of_checks 1 "No version was named. What depends on which one it is: green checks (checks.yaml:16). The rest is so for any." explain slack:U0ADA deploy api production
check "in JSON" policy_of_checks 0 '"for_any_version":true,"depends_on_version":"green checks (checks.yaml:16)"' --json who-can deploy api production
check "what is allowed is" policy 0 "allow: rollback of api in staging is allowed to developer" explain slack:U0ADA rollback api staging
check "in JSON" policy 1 '"verdict":"deny"' --json explain slack:U0EVE rollback api staging
check "who can" policy 0 "slack:U0ADA" who-can rollback api staging
sed 's|{ name: Ada L, slack: U0ADA }|{ name: Ada L, github: ada, slack: U0ADA }|; s|members: \["slack:U0ADA",|members: ["github:ada",|' "$RUN/policy.yaml" >"$RUN/named.yaml"
policy_of_named() {
    POLICY=$RUN/named.yaml policy "$@"
}
check "by what people in Slack are called, their other names behind" policy_of_named 0 "slack:U0ADA (github:ada)     allow" who-can rollback api staging
check "in JSON" policy_of_named 0 '"who":"slack:U0ADA","also":["github:ada"]' --json who-can rollback api staging
check "who can, and nobody can" policy 1 "Nobody whom the file names" who-can halt everything
check "nobody can where a glass is in the way" policy_of_glass 1 "Nobody whom the file names" who-can deploy api production v1
check "but by breaking it" policy_of_glass 1 "With --break-glass:
slack:U0BOB                  needs: deploy of api in production requires 1 approval" who-can deploy api production v1
check "which JSON tells apart" policy_of_glass 1 '"persons":[],"everyone_with_break_glass":false,"with_break_glass":[{' --json who-can deploy api production v1
check "who may approve somewhere: whom a requirement of the place names" policy 0 "slack:U0BOB                  allow" who-can approve api production
check "and not elsewhere" policy 1 "Nobody whom the file names" who-can approve api staging
check "but for whom an allow names" policy_of_approving 0 "slack:U0ANY                  allow" who-can approve api staging
roles_of() { # roles_of COUNT: so many of ten thousand each
    awk -v roles="$1" 'BEGIN { for (r = 0; r < roles; r++) {
        printf "    - { name: r%d, members: [", r
        for (i = 0; i < 10000; i++) printf "%s\"slack:U%d%05dX\"", i ? ", " : "", r, i
        print "] }" } }'
}
tells_all() {
    {
        sed '/^policy:/,$d' "$RUN/policy.yaml"
        printf 'policy:\n  roles:\n'
        roles_of 3
        printf '  rules:\n    - { allow: "*", to: [r0, r1, r2] }\n'
    } >"$RUN/many.yaml"
    "$BUILD/opsgate" -c "$RUN/many.yaml" policy --offline --json who-can deploy api staging v1 >"$RUN/many.json" &&
        same 30000 "$(jq '.persons | length' "$RUN/many.json")"
}
check "as many as there are, in JSON" tells_all
check "the place is read as ever" policy 2 "production" who-can approve api prodution
check "and is asked for" policy 2 "Where? Say the place, as in approve api production, or the operation." who-can approve
check "an operation is known to the running one alone" policy 2 "There is no operation D1042" who-can approve D1042
check "who may close a review" policy_of_approving 0 "slack:U0BOB                  allow" who-can review
check "and nobody, where nothing says so" policy_without_review 1 "Nobody whom the file names" who-can review
check "whether somebody may approve there" policy 0 "allow: " explain slack:U0BOB approve api production
check "and may not" policy 1 "deny: " explain slack:U0ADA approve api production
check "people are called by their names" policy 0 "is allowed to developer" explain "Ada L" rollback api staging
check "with or without the mark" policy 0 "is allowed to developer" explain "@Ada L" rollback api staging
check "wherever they are known" policy 1 "deny: " explain ann rollback api staging
sed '/require: { window/d; s|^    - { allow: \[deploy, rollback|    - { allow: deploy, to: "schedule:nightly" }\n&|' "$RUN/policy.yaml" >"$RUN/scheduled.yaml"
printf 'runbooks: [{ name: nightly, schedule: { cron: "0 2 * * *" }, steps: [{ wait: 1s }] }]\n' >>"$RUN/scheduled.yaml"
policy_of_schedule() {
    POLICY=$RUN/scheduled.yaml policy "$@"
}
check "a schedule may be asked about" policy_of_schedule 0 "allow: " explain schedule:nightly deploy api staging v1
check "one that there is not is nobody" policy_of_schedule 2 "there is no schedule nigtly; did you mean nightly?" explain schedule:nigtly deploy api staging v1
check "and may not what no rule lets it" policy_of_schedule 1 "deny: " explain schedule:nightly rollback api staging
check "a name of several is none" policy 2 "2 people are called eve: say which of slack:U0EVE, github:eve" explain eve rollback api staging
check "examples that hold" policy 0 "7 of 7 examples are as expected" test "$RUN/good.yaml"
check "examples that do not" policy 1 "expected allow, found deny by policy.yaml:15" test "$RUN/wrong.yaml"
check "examples that are none" policy 2 "broken.yaml:1:" test "$RUN/broken.yaml"
check "an example of nobody" policy 2 "'nobody' is nobody" test "$RUN/nobody.yaml"
check "a file that is not there" policy 2 "no such file" test "$RUN/nothing.yaml"
check "a verb that there is not" policy 2 "did you mean deploy" explain slack:U0ADA deply api staging
check "somebody who is nobody" policy 2 "expected a name of people, or SYSTEM:ID" explain ada deploy api staging
check "a word that there is not" policy 2 "Usage" lynt
finish

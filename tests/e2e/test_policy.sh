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
    environments:
      - { name: staging, driver: { cloud_run: { project: p, region: r, service: a } } }
      - { name: production, driver: { cloud_run: { project: p, region: r, service: b } } }
incidents: { severities: [{ name: P1 }, { name: P2 }] }
policy:
  roles:
    - { name: developer, members: ["slack:U0ADA", "slack-group:S0ENG"] }
    - { name: boss, members: "slack:U0BOB" }
  rules:
    - { allow: [deploy, rollback, pause, abort], to: developer }
    - { deny: deploy, on: { environment: production }, when: { incident_at_least: P1 }, break_glass: boss }
    - { require: { approvals: { count: 1, from: boss } }, for: deploy, on: { environment: production } }
    - { require: { window: "Mon-Thu 09:00-16:00 Europe/Berlin" }, for: deploy }
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
    if [ "$code" != "$expected" ] || ! grep -qF -- "$text" "$RUN/said"; then
        printf '     exit %s: ' "$code"
        cat "$RUN/said"
        return 1
    fi
}
policy_of_groups() {
    POLICY=$RUN/groups.yaml policy "$@"
}

check "a good policy has nothing against it" policy 0 "Nothing to say against this policy." lint
check "nobody named for the way back is told" policy_of_groups 1 "rollback, pause, abort of api in production" lint
check "lint in JSON" policy 0 '{"findings":[]}' --json lint
check "a refusal is explained, rule by rule" policy 1 "policy.yaml:15       deny     denies" explain slack:U0ADA deploy api production v1
check "what is allowed is" policy 0 "allow: rollback of api in staging is allowed to developer" explain slack:U0ADA rollback api staging
check "in JSON" policy 1 '"verdict":"deny"' --json explain slack:U0EVE rollback api staging
check "who can" policy 0 "slack:U0ADA" who-can rollback api staging
check "who can, and nobody can" policy 1 "Nobody whom the file names" who-can halt everything
check "examples that hold" policy 0 "7 of 7 examples are as expected" test "$RUN/good.yaml"
check "examples that do not" policy 1 "expected allow, found deny by policy.yaml:15" test "$RUN/wrong.yaml"
check "examples that are none" policy 2 "broken.yaml:1:" test "$RUN/broken.yaml"
check "an example of nobody" policy 2 "'nobody' is nobody" test "$RUN/nobody.yaml"
check "a file that is not there" policy 2 "no such file" test "$RUN/nothing.yaml"
check "a verb that there is not" policy 2 "did you mean deploy" explain slack:U0ADA deply api staging
check "somebody who is nobody" policy 2 "expected SYSTEM:ID" explain ada deploy api staging
check "a word that there is not" policy 2 "Usage" lynt
finish

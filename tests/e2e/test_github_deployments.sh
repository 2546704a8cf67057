#!/bin/sh
# GitHub is told of each rollout: one deployment, whatever happens to the answers and to opsgate, its statuses in order, each
# once; and a rollback is a deployment of its own. Nothing waits for any of it.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
CONFIG=$RUN/opsgate.yaml
sed "s|^  team: .*|&\n  channels: { deployments: \"#deployments\" }|
    s|deadline: 30s|deadline: 10m|; s|^services:|links: { operation: \"https://ops.acme.example/{operation}\" }\n&|" "$ROOT/tests/e2e/github.yaml" >"$CONFIG"
sandbox_up
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
opsgate_up || exit 1
wait_until 10 has_owner

deployments() { # deployments FILTER: of all that opsgate made
    world "[.github.deployments[] | select(.payload | type == \"object\" and has(\"opsgate\"))] | $1"
}

of() { # of ID FILTER: of the one deployment of that operation; "none" and "many" where there is not one
    world '[.github.deployments[] | select(.payload.operation? == $id)]
        | if length == 1 then .[0] elif length == 0 then "none" else "many" end
        | if type == "string" then . else '"$2"' end' --arg id "$1"
}

states() { # states ID: in order
    of "$1" '[.statuses[].state] | join(" ")'
}

is_over() { # though it stays among those at work as long as GitHub was not told of its end
    is_so "$1" '.result != null'
}

ends() { # ends ID RESULT
    wait_until 90 is_over "$1"
    same "$2" "$(operation "$1" .result)" || { operation "$1" .summary; return 1; }
}

tells() { # tells ID STATES: in the end
    wait_until 40 is_telling "$1" "$2" || same "$2" "$(states "$1")"
}

is_telling() {
    [ "$(states "$1")" = "$2" ]
}

is_out() { # is_out PATH: GitHub was asked to change that, and nobody has its answer
    [ "$(get "$SANDBOX_URL/_sandbox/calls" | jq --arg path "$1" \
        'any(.[]; .service == "github" and .method == "POST" and (.path // .url | endswith($path)) and .status == null)')" = true ]
}

says_once() { # says_once ID: no two statuses of it are the same
    same "" "$(of "$1" '[.statuses[] | "\(.state) \(.description)"] | group_by(.) | map(select(length > 1)[0]) | join("; ")')"
}

DEPLOYMENTS=/repos/acme/platform/deployments

# slowly ID USER COMMAND TEXT: asked for, and held until GitHub was told that it is at work: what has ended by then is told alone
slowly() {
    arm run PATCH status 503 100000
    say "$2" "$3" "$4"
    check "GitHub hears of $1 while it is at work" wait_until 30 is_telling "$1" in_progress
    disarm
}

# ---- as it should be ----

slowly D1 "$ANN" /deploy "api production v1.4.1"
check "a rollout is done" ends D1 "done"
check "and GitHub was told how it went" tells D1 "in_progress success"
check "of its commit" same 5d2a81f7469c0be3d8f57a1246e90cb38d14f7a3 "$(of D1 .sha)"
check "in its environment" same "production deploy" "$(of D1 '"\(.environment) \(.task)"')"
check "by the App" same 12345 "$(of D1 .performed_via_github_app.id)"
check "with a way to its log" same https://ops.acme.example/D1 "$(of D1 '.statuses[-1].log_url')"
check "and to what runs" has "$(of D1 '.statuses[-1].environment_url')" /app/api-prod-service
slowly D2 "$ANN" /deploy "api production v1.4.2"
check "the next one is done" ends D2 "done"
check "and told of" tells D2 "in_progress success"
check "the one before is active no more" tells D1 "in_progress success inactive"
check "its card says what it brings, and whose that is" wait_until 20 card_shows D2 "Brings.*Say which item is sold out .eve."

# ---- lost answers ----

# blind: what was made and lost is not found before `disarm`, so that its rollout is over by then
blind() {
    arm github "GET $DEPLOYMENTS" status 503 100000
}

blind
arm github "POST $DEPLOYMENTS" drop_after 0 2
say "$ANN" /deploy "api production v1.4.1"
check "a rollout does not wait for GitHub" ends D3 "done"
disarm
check "a lost answer: the deployment is found again, and told how it has gone by then" tells D3 success
arm github /statuses drop_after 0
slowly D4 "$ANN" /deploy "api production v1.4.2"
check "the next one is done, too" ends D4 "done"
check "a lost answer of a status: found again" tells D4 "in_progress success"
check "and told once" says_once D4
check "lists that lag change nothing" change_world '{"github":{"list_lag_ms":4000}}'
blind
arm github "POST $DEPLOYMENTS" drop_after 0
say "$ANN" /deploy "api production v1.4.1"
check "behind one that lags, the rollout is done" ends D5 "done"
disarm
check "and told of once" tells D5 success

# ---- kill -9 ----

blind
arm github "POST $DEPLOYMENTS" delay_after 20000
say "$ANN" /deploy "api production v1.4.2"
check "GitHub has made one, and nobody has its answer" wait_until 20 is_out /deployments
opsgate_kill
opsgate_up
check "a kill -9 before the answer: the rollout goes on" ends D6 "done"
disarm
check "and GitHub hears of it once" tells D6 success

# ---- a way back, and an end that is none ----

say "$ANN" /ops "rollback api production"
check "a rollback is done" ends D7 "done"
check "it is a deployment of its own" tells D7 success
check "of the commit that it goes back to" same "rollback 5d2a81f7469c0be3d8f57a1246e90cb38d14f7a3" "$(of D7 '"\(.task) \(.sha)"')"
check "what it left has failed" tells D6 "success failure"
push 9.9.9
change_world '{"health":{"image":"v9.9.9","status":503},"github":{"tag":{"name":"v9.9.9","at":"main"}}}'
say "$ANN" /deploy "api production v9.9.9 --reason sick"
check "one that is ill is at work" wait_until 30 is_in_state D8 checking
check "and GitHub hears of it" wait_until 20 is_telling D8 in_progress
say "$ANN" /ops "abort D8"
check "an aborted one has ended" ends D8 aborted
check "as a failure" tells D8 "in_progress failure"

# ---- refused ----

arm github /deployments status 404 99
say "$ANN" /deploy "api staging v1.4.1"
check "without GitHub's leave a rollout is done all the same" ends D9 "done"
check "and nothing of it waits for that" wait_until 60 is_idle
disarm
check "nobody is told of it" same none "$(states D9)"
check "every rollout was told of once" same "D1 D2 D3 D4 D5 D6 D7 D8" "$(deployments '[.[].payload.operation] | sort | join(" ")')"
check "the journal is a chain" journal_is_a_chain
finish

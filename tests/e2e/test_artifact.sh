#!/bin/sh
# Versions that GitHub knows: a branch, a release whose image is still being built, what staging runs; settings alone; and
# all services at once.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
CONFIG=$ROOT/tests/e2e/github.yaml
sandbox_up
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
opsgate_up || exit 1
wait_until 10 has_owner

card_says() { # card_says TEXT: some card in the channel
    [ -n "$(world ".slack.channels[].messages[] | tostring" | grep -F -- "$1" | head -n 1)" ]
}

serving() { # serving SERVICE: the image that gets all traffic, without its repository
    world '.run.services[] | select(.id == $id) | . as $s
        | [.trafficStatuses[] | select(.percent == 100) | .revision][0] as $r
        | $s.revisions[] | select(.id == $r) | .image // .containers[0].image' --arg id "$1"
}

digest_of() { # digest_of TAG
    world '.registry.tags[] | select(.tag == $tag) | .digest' --arg tag "$1"
}

deploy_ends() { # deploy_ends ID RESULT
    wait_until 60 has_ended "$1"
    same "$2" "$(operation "$1" .result)" || { operation "$1" .summary; return 1; }
}

last_child() { # last_child PARENT NAME: its operation, ended or not: an ended one stays with the others until its card is shown
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } | jq -r --arg p "$1" --arg n "$2" 'select(.parent == $p and .parent_name == $n) | .id'
}

# ---- a branch ----

change_world '{"github":{"token_lag_ms":2000}}' # not all of GitHub knows a new token at once
HEAD=8c1f2e6b94d7a03f5e1c8b62d09a47f3e5b1c0d7
change_world "{\"tag\":{\"tag\":\"$HEAD\",\"version\":\"wish-list\",\"after_ms\":0}}"
say "$ANN" /deploy "api staging branch:main"
check "a branch is deployed" has "$BODY" 'deploying `branch:main`'
check "as the image that was built of its head" deploy_ends D1 "done"
check "a token that GitHub did not know at once was tried again" same 1 "$(get "$SANDBOX_URL/_sandbox/calls" |
    jq '[.[] | select(.service == "github" and .method == "POST" and (.path | endswith("/access_tokens")))] | length')"
check "the commit is on record" same "$HEAD" "$(operation D1 .body.commit.sha)"
check "its version names the commit" same "sha:8c1f2e6b94d7" "$(operation D1 .body.version)"
check "the journal has both" same "$HEAD $(operation D1 .body.image)" \
    "$(journal | jq -r 'select(.core.kind == "deploy.pinned") | "\(.core.body.commit) \(.core.body.image)"')"
check "its image serves" has "$(operation D1 .body.image)" "$(digest_of "$HEAD")"

# ---- a release whose image is not there yet ----

say "$ANN" /deploy "api staging release:v1.5.0"
check "without a wait a missing image is the end" deploy_ends D2 failed
check "and says which" has "$(operation D2 .summary)" 'no image tagged v1.5.0'
say "$ANN" /deploy "api staging release:latest --wait 10m"
check "with one it is waited for" wait_until 20 is_in_state D3 awaiting-artifact
check "the card says so" wait_until 10 card_says 'waiting for the image `v1.5.0` since'
opsgate_kill
opsgate_up
change_world '{"tag":{"tag":"v1.5.0","version":"v1.5.0","after_ms":0}}'
check "it is deployed when it is there, after a kill -9 too" deploy_ends D3 "done"
check "the release's tag is its version" same v1.5.0 "$(operation D3 .body.version)"

# ---- what staging runs ----

say "$ANN" /deploy "api production"
check "production without a version proposes what staging runs" has "$BODY" 'runs `v1.5.0`'
command=$(printf '%s' "$BODY" | jq -r '.. | objects | select(has("value")) | .value' | head -n 1)
check "with a button that names its digest" has "$command" "api production v1.5.0@$(digest_of v1.5.0)"
change_world '{"tag":{"tag":"v1.5.0","version":"moved","after_ms":0}}'
say "$ANN" /deploy "api production v1.5.0@$(operation D3 .body.image | sed 's/.*@//')"
check "which is deployed, wherever the tag has gone" deploy_ends D4 "done"
check "the very same image" same "$(operation D3 .body.image)" "$(operation D4 .body.image)"

# ---- settings alone ----

say "$ANN" /deploy "api staging --set-env GREETING=hello --set-env TOKEN=very-secret"
check "settings alone are deployed" deploy_ends D5 "done"
check "with the image that serves" same "$(operation D3 .body.image)" "$(operation D5 .body.image)"
check "the revision has them" same hello "$(world '.run.services[] | select(.id == "api-service") | .revisions[]
    | select(.id == $r) | [.. | objects | select(.name? == "GREETING") | .value][0]' --arg r "$(operation D5 .body.revision)")"
check "no journal entry has a value" has_not "$(redis --raw xrange "$(key journal)" - +)" very-secret
check "nor any card or reply" has_not "$(world '.slack | .channels[].messages, .ephemerals[].text' -c)" very-secret
check "nor opsgate ops show" has_not "$("$BUILD/opsgate" -c "$CONFIG" ops show D5)" very-secret

# ---- all of them ----

change_world '{"foreign":{"service":"worker-service"}}'
say "$ANN" /deploy "all production v1.4.2"
check "services without the environment are left out, and said" has "$BODY" "Left out, for want of that environment: worker"
check "and the others are deployed as one" deploy_ends D6 "done"
say "$ANN" /deploy "all staging v1.4.1"
check "a service that cannot be deployed fails the group" deploy_ends D8 failed
check "what it needs went first" same "done" "$(operation "$(last_child D8 api)" .result)"
check "the journal is a chain" journal_is_a_chain
finish

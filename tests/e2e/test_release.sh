#!/bin/sh
# A release is one rollout: told three times, or by GitHub's log alone, or while opsgate is killed. A pre-release goes to
# staging, and to production when it is made a full one. Two services are one group, and whoever published does not consent
# to it. What is not rolled out is said, with what to type.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
kills=$([ -n "${OPSGATE_E2E_FULL:-}" ] && echo 5 || echo 2)
CONFIG=$RUN/opsgate.yaml
cp "$ROOT/tests/e2e/release.yaml" "$CONFIG"
sandbox_up
change_world '{"github":{"hook":{"kind":"app","secret":"sandbox-github-secret"}}}'
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
opsgate_up || exit 1
wait_until 10 has_owner

release() { # release TAG [JSON]: published by Ann, its image there already
    change_world "{\"tag\":{\"tag\":\"$1\",\"version\":\"${1#v}\"}}"
    change_world "$(jq -cn --arg tag "$1" --argjson more "${2:-{\}}" '{ github: { release: ({ $tag, author: "ann" } + $more) } }')"
}

deploys() { # deploys TARGET VERSION: ids of all that were begun there for it
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r --arg target "$1" --arg version "$2" \
            'select(.kind == "deploy" and .target == $target and (.body.wanted == "release:" + $version or .body.version == $version)) | .id' | sort -u # it may end between the two
}

has_deployed() { # has_deployed TARGET VERSION: one deploy, and it is done
    id=$(deploys "$1" "$2")
    [ -n "$id" ] && [ "$(operation "$id" .result)" = "done" ]
}

good() { # good TARGET: the newest good version there
    redis --raw hget "$(key targets)" "$1" | jq -r '.good[-1].version // empty'
}

said() { # said TEXT: in #deployments
    world_says 'any(.slack.channels[] | select(.name == "deployments") | .messages[]; tostring | contains($text))' --arg text "$1"
}

was_heard_again() { # a release was
    journal | jq -e -s 'any(.[].core; .kind == "event.repeated" and (.body.name // "" | startswith("release.")))' >/dev/null
}

# ---- told three times ----

release v1.7.0
check "a release rolls out" wait_until 60 has_deployed api/production v1.7.0
check "it was told more than once" wait_until 10 was_heard_again
check "and is one deploy" same 1 "$(deploys api/production v1.7.0 | wc -l)"
first=$(deploys api/production v1.7.0)
check "in the App's name" same "github-app:12345 github" "$(operation "$first" '"\(.requester.system):\(.requester.id) \(.source)"')"
check "the record knows who published it" same "ann release \`v1.7.0\` of acme/platform" \
    "$(operation "$first" '"\(.body.trigger.initiator.id) \(.body.trigger.what)"')"
check "so does the card" wait_until 10 said 'the release `v1.7.0` of acme/platform, by'
check "and the trigger is over" wait_until 10 is_idle
check "nothing else was begun" same "" "$(deploys web/production v1.7.0)"

# ---- an older one, and one that is no version ----

release v1.6.5
check "an older one is refused, and that is said" wait_until 40 said 'is older than the `v1.7.0` that serves'
check "with what to type" said 'deploy api production release:v1.6.5'
release v1.7.x
check "a tag that is no version is said" wait_until 40 said '`v1.7.x` is no version by semver.org'
check "what serves is as it was" same v1.7.0 "$(good api/production)"

# ---- a pre-release, then a release ----

release v1.8.0 '{"prerelease":true}'
check "a pre-release goes to staging" wait_until 60 has_deployed api/staging v1.8.0
check "and not to production" same v1.7.0 "$(good api/production)"
release v1.8.0 '{"prerelease":false}'
check "once it is a release it goes there" wait_until 60 has_deployed api/production v1.8.0
check "staging got it once" same 1 "$(deploys api/staging v1.8.0 | wc -l)"

# ---- two services, and consent ----

release v2.0.0
group() { redis --raw hvals "$(key operations)" | jq -r 'select(.kind == "group") | .id'; }
waits() { [ -n "$(group)" ] && is_in_state "$(deploys web/production v2.0.0)" awaiting-approval; }
check "two services are a group" wait_until 60 waits
say "$ANN" /ops "approve $(deploys web/production v2.0.0)"
check "whoever published it does not consent to it" has "$BODY" 'which is yours: somebody else has to consent'
say "$BOB" /ops "approve $(deploys web/production v2.0.0)"
check "somebody else does" wait_until 60 has_deployed web/production v2.0.0
check "both are done" wait_until 60 has_deployed api/production v2.0.0
check "by members of one group" same 1 "$({ operation "$(deploys web/production v2.0.0)" .parent; operation "$(deploys api/production v2.0.0)" .parent; } | sort -u | wc -l)"

# ---- killed meanwhile ----

round=0
while [ "$round" -lt "$kills" ]; do
    round=$((round + 1))
    release "v1.9.$round" '{"prerelease":true}'
    nap_ms "$(random_ms 0 700)"
    opsgate_kill
    opsgate_start
    wait_opsgate 30
    check "after kill $round it is rolled out all the same" wait_until 90 has_deployed api/staging "v1.9.$round"
    check "and once" same 1 "$(deploys api/staging "v1.9.$round" | wc -l)"
done

# ---- pushes, where some paths count ----

pushed() { # pushed SHA FILE: the build has made its image
    change_world "{\"tag\":{\"tag\":\"$1\",\"version\":\"push\"}}"
    change_world "$(jq -cn --arg sha "$1" --arg file "$2" '{ github: { commit: { $sha, message: "Work", files: { modified: [$file] } } } }')"
}

commit_deploys() { # commit_deploys SHA: ids of all that were begun for it
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r --arg wanted "sha:$1" 'select(.kind == "deploy" and .body.wanted == $wanted) | .id' | sort -u
}

has_deployed_commit() { # has_deployed_commit SHA
    id=$(commit_deploys "$1")
    [ -n "$id" ] && [ "$(operation "$id" .result)" = "done" ]
}

pushes_decided() { # pushes_decided TIMES: that a trigger was begun for, and is over
    [ "$(journal | jq -s '[.[].core | select(.kind == "event.received" and .body.name == "push" and .body.asks == "trigger")] | length')" -ge "$1" ] &&
        is_idle
}

change_world '{"service":{"id":"worker-service"}}'
one=1111111111111111111111111111111111111111 two=2222222222222222222222222222222222222222 three=3333333333333333333333333333333333333333
before=$(journal | jq -s '[.[].core | select(.kind == "event.received" and .body.name == "push" and .body.asks == "trigger")] | length')
pushed $one worker/main.c
check "a push rolls out" wait_until 60 has_deployed_commit $one
pushed $two docs/guide.md
check "one that touches nothing of it is looked at" wait_until 60 pushes_decided $((before + 2))
check "and does not" same "" "$(commit_deploys $two)"
pushed $three worker/main.c
check "the next one that does brings both" wait_until 60 has_deployed_commit $three

# ---- refused ----

say "$ANN" /ops 'lock api production "a migration"'
release v2.1.0
refusal_has() { # refusal_has TEXT: the message that it does not roll out; the lock's own card says why it is locked, too
    world_says 'any(.slack.channels[] | select(.name == "deployments") | .messages[] | tostring;
        contains("*The release `v2.1.0` of acme/platform*") and contains("does not roll out") and contains($text))' --arg text "$1"
}
check "while it is locked, that it does not roll out is said, with the reason" wait_until 40 refusal_has 'a migration'
check "and what to type" refusal_has 'deploy api production release:v2.1.0'
say "$ANN" /ops 'unlock api production'
check "nothing was begun" same "" "$(deploys api/production v2.1.0)"

# ---- its webhook is lost ----

lose() { # lose RELEASE-TAG: none of its webhooks comes
    for action in created published released; do
        change_world "{\"github\":{\"hook_fault\":{\"event\":\"release\",\"action\":\"$action\",\"fault\":\"lost\"}}}"
    done
    release "$@"
}
lose v1.9.9 '{"prerelease":true}'
check "one that was told in part is one rollout" wait_until 90 has_deployed api/staging v1.9.9
lose v2.2.0
check "one whose webhooks were all lost is read from GitHub's log" wait_until 120 has_deployed api/production v2.2.0
check "and is one rollout" same 1 "$(deploys api/production v2.2.0 | wc -l)"

# ---- found too late ----

sed -i 's/max_event_age: 1h/max_event_age: 1s/' "$CONFIG"
say "$ANN" /ops reload
check "the file is read again" wait_until 10 log_has configuration.reloaded
lose v2.3.0
check "one that is found late is said" wait_until 120 said 'and automation acts on nothing that is older than 1 s'
check "and not rolled out" same "" "$(deploys api/production v2.3.0)"
check "no event was decided twice" same 0 "$(redis xlen "$(key dead)")"
check "the journal is a chain" journal_is_a_chain
finish

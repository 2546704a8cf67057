#!/bin/sh
# A deployment that somebody made on GitHub rolls its commit out, once: told twice, or by GitHub's log alone. How it goes GitHub
# is told on that very deployment. Those that opsgate makes itself come back as events, and begin nothing.
# shellcheck disable=SC2016,SC2119,SC2317 # jq has variables of its own; functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
CONFIG=$RUN/opsgate.yaml
sed 's|release: { on: github-release, tags: "v\*.\*.\*" }|release: { on: github-deployment, environment: Live }|
    s|release: { on: github-release, tags: "v2.\*.\*" }|release: { on: github-deployment, environment: shop }|
    s|release: { on: github-push, branch: main, paths: "worker/\*\*" }|release: { on: github-deployment, environment: shop }|' \
    "$ROOT/tests/e2e/release.yaml" >"$CONFIG"
sandbox_up
change_world '{"github":{"hook":{"kind":"app","secret":"sandbox-github-secret"}},"service":{"id":"worker-service"}}'
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
opsgate_up || exit 1
wait_until 10 has_owner

commit() { # commit SHA: on main, and the build has made its image
    change_world "{\"tag\":{\"tag\":\"$1\",\"version\":\"push\"}}"
    change_world "$(jq -cn --arg sha "$1" '{ github: { commit: { $sha, message: "Work" } } }')"
}

make() { # make SHA ENVIRONMENT [JSON]: a deployment by Ann
    change_world "$(jq -cn --arg sha "$1" --arg to "$2" --argjson more "${3:-{\}}" \
        '{ github: { deployment: ({ ref: $sha, environment: $to, creator: "ann" } + $more) } }')"
}

deploys() { # deploys SHA: ids of all that were begun for it
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r --arg wanted "sha:$1" 'select(.kind == "deploy" and .body.wanted == $wanted) | .id' | sort -u # it may end between the two
}

has_deployed() { # has_deployed SHA: one deploy, and it is done
    id=$(deploys "$1")
    [ -n "$id" ] && [ "$(operation "$id" .result)" = "done" ]
}

of() { # of SHA FILTER: of GitHub's deployments of it, as a list
    world '[.github.deployments[] | select(.sha == $sha)] | '"$2" --arg sha "$1"
}

states() { # states SHA: of each of its deployments, in order
    of "$1" '[.[] | [.statuses[].state] | join(" ")] | join("; ")'
}

is_telling() { # is_telling SHA STATES
    [ "$(states "$1")" = "$2" ]
}

tells() {
    wait_until 40 is_telling "$1" "$2" || same "$2" "$(states "$1")"
}

heard() { # heard KIND: times that the journal tells so of a deployment
    journal | jq -s --arg kind "$1" '[.[].core | select(.kind == $kind and .body.name == "deployment.created")] | length'
}

has_heard() { # has_heard KIND TIMES
    [ "$(heard "$1")" -ge "$2" ]
}

said() { # said TEXT: in #deployments
    world_says 'any(.slack.channels[] | select(.name == "deployments") | .messages[]; tostring | contains($text))' --arg text "$1"
}

one=1111111111111111111111111111111111111111 two=2222222222222222222222222222222222222222
three=3333333333333333333333333333333333333333 four=4444444444444444444444444444444444444444
five=5555555555555555555555555555555555555555 six=6666666666666666666666666666666666666666

tell() { # tell FILE: as GitHub does, signed, by a delivery of its own; prints the status
    "$BUILD/opsgate" -c "$CONFIG" sign github <"$1" >"$RUN/headers"
    curl -s --noproxy '*' --max-time 60 -o "$RUN/answer" -w '%{http_code}' -H @"$RUN/headers" -H "X-GitHub-Event: deployment" \
        -H 'Content-Type: application/json' --data-binary @"$1" "http://$OPSGATE_LISTEN/github/webhook"
}

# ---- told twice ----

commit $one
make $one live
check "a deployment on GitHub rolls out" wait_until 60 has_deployed $one
world '.github.deployments[0] | { action: "created", deployment: del(.statuses, .made_at_ms, .repository), workflow: null, workflow_run: null,
    repository: { id: 42, full_name: "acme/platform", default_branch: "main" }, sender: { login: "ann", id: 7, type: "User" } }
    | tojson' >"$RUN/told.json"
check "when it is told again" same 202 "$(tell "$RUN/told.json")"
check "that is known" wait_until 20 has_heard event.repeated 1
check "and is one deploy" same 1 "$(deploys $one | wc -l)"
check "where GitHub's name for it is ours" same api/production "$(operation "$(deploys $one)" .target)"
check "in the App's name" same "github-app:12345 github" \
    "$(operation "$(deploys $one)" '"\(.requester.system):\(.requester.id) \(.source)"')"
check "the record knows who made it" same ann "$(operation "$(deploys $one)" .body.trigger.initiator.id)"
check "how it goes stands on that deployment, and none is made beside it" tells $one "in_progress success"
check "the trigger is over" wait_until 10 is_idle

# ---- those that opsgate makes ----

before=$(heard event.received)
say "$ANN" /deploy "api production v1.4.1"
check "a person's rollout is told to GitHub" wait_until 60 world_says \
    'any(.github.deployments[]; (.payload | type == "object" and has("opsgate")) and .environment == "Live" and ([.statuses[].state] | last) == "success")'
check "its deployment comes back as an event" wait_until 20 has_heard event.received $((before + 1))
check "and begins nothing" same 0 "$(journal | jq -s --argjson skip "$before" \
    '[[.[].core | select(.kind == "event.received" and .body.name == "deployment.created")][$skip:][] | select(.body.asks)] | length')"
check "what was there before is active no more" tells $one "in_progress success inactive"

# ---- its webhook is lost ----

commit $two
change_world '{"github":{"hook_fault":{"event":"deployment","fault":"lost"}}}'
make $two LIVE
check "one whose webhook was lost is read from GitHub's log" wait_until 120 has_deployed $two
check "and is one deploy" same 1 "$(deploys $two | wc -l)"
check "that is told of on it" tells $two "in_progress success"

# ---- what begins nothing ----

commit $three
before=$(heard event.received)
make $three live '{"task":"migrate"}'
make $three elsewhere
make $three live '{"payload":"{\"opsgate\":\"somebody\"}"}'
check "another task, another environment, one that calls itself ours" wait_until 20 has_heard event.received $((before + 3))
check "begin nothing" same "" "$(deploys $three)"
check "and nothing is told of them" same "; ; " "$(states $three)"
jq -c --arg sha $three '.deployment.sha = $sha | .deployment.id = 31337777' "$RUN/told.json" >"$RUN/forged.json"
check "one that GitHub does not know is heard" same 202 "$(tell "$RUN/forged.json")"
check "and waited for, a while" wait_until 30 said 'has not confirmed it yet'
check "and begins nothing" same "" "$(deploys $three)"
say "$ANN" /ops 'lock api production "a migration"'
make $three live
check "one that is refused is told so" wait_until 40 is_telling $three "; ; ; failure"
check "without why, for anybody may read it" same true "$(of $three '.[-1].statuses[0].description | contains("the log of opsgate says why")')"
refusal_has() { # refusal_has TEXT: the message that it does not roll out; the lock's own card says why it is locked, too
    world_says 'any(.slack.channels[] | select(.name == "deployments") | .messages[] | tostring;
        contains("of acme/platform") and contains("does not roll out") and contains($text))' --arg text "$1"
}
check "which is said in Slack" wait_until 20 refusal_has 'a migration'
say "$ANN" /ops 'unlock api production'
check "nothing was begun" same "" "$(deploys $three)"
change_world "{\"tag\":{\"tag\":\"$six\",\"version\":\"push\"}}"
change_world "$(jq -cn --arg sha $six '{ github: { commit: { $sha, branch: "work", from: "main", message: "Not merged" } } }')"
make $six live
check "one of a commit that the branch does not contain is told so" tells $six failure
check "and why in Slack" wait_until 20 refusal_has 'does not contain its commit'
check "and begins nothing" same "" "$(deploys $six)"

# ---- of two services ----

commit $four
make $four shop
waits() { [ "$(deploys $four | wc -l)" = 2 ] && is_in_state "$(deploys_at web/production $four)" awaiting-approval; }
deploys_at() { # deploys_at TARGET SHA
    for id in $(deploys "$2"); do [ "$(operation "$id" .target)" != "$1" ] || echo "$id"; done
}
check "a deploy in each place that it goes to" wait_until 60 waits
check "GitHub is told by whom" wait_until 20 is_telling $four in_progress
say "$ANN" /ops "approve $(deploys_at web/production $four)"
check "whoever made it does not consent to it" has "$BODY" 'which is yours: somebody else has to consent'
say "$BOB" /ops "approve $(deploys_at web/production $four)"
check "when all are done that is told, once" tells $four "in_progress success"
check "and none was made beside it" same 1 "$(of $four length)"

# ---- found too late ----

sed -i 's/max_event_age: 1h/max_event_age: 1s/' "$CONFIG"
say "$ANN" /ops reload
check "the file is read again" wait_until 10 log_has configuration.reloaded
commit $five
change_world '{"github":{"hook_fault":{"event":"deployment","fault":"lost"}}}'
make $five live
check "one that is found late is said" wait_until 120 said 'and automation acts on nothing that is older than 1 s'
check "and told there, for whoever made it waits for an answer" tells $five error
check "with what to do" same true "$(of $five '.[0].statuses[0].description | contains("found too late") and contains("Make another one")')"
check "and not rolled out" same "" "$(deploys $five)"
check "no event was decided twice" same 0 "$(redis xlen "$(key dead)")"
check "the journal is a chain" journal_is_a_chain
finish

#!/bin/sh
# `.deploy staging` on a pull request: asked, deployed and reacted to; and all whom it does not obey: strangers, forks, pushes
# after the question, edits, options, quotes, forged events.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
CONFIG=$RUN/opsgate.yaml
sed "s|^  app: .*|&\n  webhook_secrets: [\"\${env:SANDBOX_GITHUB_SECRET}\"]|
    s|^  team: .*|&\n  channels: { deployments: \"#deployments\" }|
    s|{ name: ann, slack: U012AB3CD }|{ name: ann, slack: U012AB3CD, github: ann }|
    s|^    - { allow: \"\*\", to: release-manager }|&\n    - { allow: deploy, to: \"github:bob\", on: { environment: production } }|
    0,/default_version: tag:main/s|^\( *\)default_version: tag:main|&\n\1comments: true|" \
    "$ROOT/tests/e2e/github.yaml" >"$CONFIG"
sandbox_up
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
opsgate_up || exit 1
wait_until 10 has_owner
change_world '{"github":{"hook":{"secret":"sandbox-github-secret","content_type":"json","events":["*"]}}}'

comment() { # comment USER BODY [MORE-JSON]: on the pull request; sets ASKED to its id
    change_world "$(jq -cn --arg user "$1" --arg body "$2" --argjson more "${3:-{\}}" \
        '{ github: { comment: ({ $user, $body } + $more) } }')"
    ASKED=$(comments 'map(select(.app | not)) | last | .id')
}

comments() { # comments FILTER: of the repository
    world "[.github.repositories[] | select(.full_name == \"acme/platform\") | .comments[]] | $1"
}

reactions() { # reactions ID: to a comment
    comments "map(select(.id == $1)) | last | [.reactions[].content] | join(\" \")"
}

answer() { # the last one of opsgate
    comments 'map(select(.app)) | last | .body'
}

answers() {
    comments 'map(select(.app)) | length'
}

is_reacted() { # is_reacted ID REACTIONS
    [ "$(reactions "$1")" = "$2" ]
}

is_answered() { # is_answered COUNT TEXT
    [ "$(answers)" = "$1" ] && has "$(answer)" "$2" >/dev/null
}

deploys() {
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } | jq -s '[.[] | select(.kind == "deploy")] | length'
}

image_of() { # image_of SHA: it is built
    change_world "{\"tag\":{\"tag\":\"$1\",\"version\":\"wish-list\",\"after_ms\":0}}"
}

refused() { # refused SENTENCE TEXT: the last comment was, in those words, and nothing was begun
    told=$((told + 1))
    check "$1" wait_until 60 is_answered $told "$2"
    check "it gets a thumb down" wait_until 60 is_reacted "$ASKED" "-1"
    check "and began nothing" same "$begun" "$(deploys)"
}

HEAD=c83b5e2f71d6094ae3f8b1c72d50a96e4fb3d728
image_of $HEAD

# ---- a stranger ----

told=0
begun=0
comment eve ".deploy staging api"
is_passed_by() { # is_passed_by WHY: so stands in the journal of a comment
    [ "$(journal | jq -s --arg why "$1" '[.[].core | select(.kind == "event.received" and .body.name == "issue_comment.created" and .body.why_not == $why)] | length')" -ge 1 ]
}
check "a stranger is a line of the journal" wait_until 60 is_passed_by "whoever wrote it may deploy nowhere"
check "and is not answered" same "0 " "$(answers) $(reactions "$ASKED")"
comment bob ".deploy staging api"
refused "who may deploy elsewhere alone is refused" 'Nothing was deployed to **staging**:'
check "and told why, for the repository is private" has "$(answer)" '```text'

# ---- asked, deployed, reacted to ----

comment ann ".deploy staging
for the demo"
check "a comment is answered" wait_until 60 is_answered 2 "**D1** deploys \`c83b5e2f71d6\` to **staging** (api)."
check "it is seen, and done" wait_until 90 is_reacted "$ASKED" "eyes rocket"
check "the pull request's head was deployed" same "$HEAD" "$(operation D1 .body.commit.sha)"
check "in the name of who asked" same "github ann" "$(operation D1 '.requester | "\(.system) \(.id)"')"
check "and rolled out" same "done" "$(operation D1 .result)"
check "the answer of opsgate is no question to it" same 2 "$(answers)"
begun=1
comment ann ".deploy staging"
check "the same again is nothing to do" wait_until 60 is_answered 3 "it serves there already"
check "and begins nothing" same 1 "$(deploys)"
told=3

# ---- refused ----

comment ann ".deploy production"
refused "a place that takes no comments" "no such place takes that from a comment"
comment ann ".deploy staging --now"
refused "an option is not passed over" 'ask `.deploy ENVIRONMENT` or `.deploy ENVIRONMENT SERVICE`, and nothing else'
comment ann ".deploy staging" '{"ago_ms":7200000}'
refused "a comment that was found late" "opsgate acts on nothing that is older than"
change_world "$(jq -cn '{ github: { comment: { user: "ann", body: ".deploy staging" }, comment_edit: { body: ".deploy staging api" } } }')"
ASKED=$(comments 'map(select(.app | not)) | last | .id')
refused "a comment that was edited" "your comment was edited"
change_world '{"github":{"pull":{"action":"synchronize","branch":"feature/wish-list","fork":true}}}'
comment ann ".deploy staging"
refused "a fork" "of forks nothing is deployed"
change_world '{"github":{"pull":{"action":"synchronize","branch":"feature/wish-list"}}}'
change_world '{"github":{"commit":{"branch":"feature/wish-list","dated_ms_ago":86400000}}}'
comment ann ".deploy staging" '{"ago_ms":60000}'
refused "a push after the question, whatever date the commit says" "its head was pushed after you asked"

# ---- not spoken to ----

comment ann "> .deploy staging"
comment ann '```
.deploy staging
```'
comment ann "    .deploy staging"
comment ann "please
.deploy staging"
comment ann ".deployment staging"
comment "dependabot[bot]" ".deploy staging"
comment ann ".deploy staging" '{"issue":true}'
change_world "$(jq -cn '{ github: { event: { event: "issue_comment", action: "created", sender: "ann", members: {
    issue: { number: 128, state: "open", title: "x", user: { login: "joe" }, pull_request: { url: "x" } },
    comment: { id: 3399999999, body: ".deploy staging", user: { login: "ann", id: 7, type: "User" },
        created_at: (now | todate), updated_at: (now | todate), author_association: "MEMBER" } } } } }')"
is_taken() { # each delivery of a comment was taken
    world '[.github.deliveries[] | select(.event == "issue_comment") | .status_code] | all(. == 202)' | grep -qx true
}
check "quotes, code, bots, issues and what was made up are taken" wait_until 60 is_taken
told=$((told + 1))
sleep 1.1 # whoever asks in the second of a push is answered that, whatever is asked
comment ann ".deploy nowhere"
check "the next question is answered" wait_until 60 is_answered $told "no such place"
check "and nobody else was: one answer more" same $told "$(answers)"
check "nothing was begun" same 1 "$(deploys)"

# ---- in public ----

change_world '{"github":{"repository":{"name":"acme/platform","public":true}}}'
change_world '{"github":{"pull":{"action":"synchronize","branch":"main"}}}'
comment bob ".deploy staging" '{"ago_ms":60000}'
told=$((told + 1))
check "where anybody reads along a refusal is answered" wait_until 60 is_answered $told "Nothing was deployed"
check_not "without what policy says" has "$(answer)" "allow"

# ---- an answer that is lost ----

post "$SANDBOX_URL/_sandbox/faults" '{"service":"github","match":"/issues/128/comments","fault":"drop_after","count":1}' >/dev/null
comment ann ".deploy somewhere"
told=$((told + 1))
check "an answer of GitHub's that was lost" wait_until 90 is_answered $told "Nothing was deployed"
comment ann ".deploy anywhere"
told=$((told + 1))
check "makes no second comment" wait_until 90 is_answered $told "Nothing was deployed"
finish

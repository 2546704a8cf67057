#!/bin/sh
# An environment that a workflow on GitHub changes: dispatched once whatever happens to the answer, followed, cancelled, and
# taken back.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
CONFIG=$ROOT/tests/e2e/github.yaml
sandbox_up
GITHUB_APP_KEY=$(get "$SANDBOX_URL/_sandbox/github-app.pem")
export GITHUB_APP_KEY
opsgate_up || exit 1
wait_until 10 has_owner

workflow() { # workflow MORE-JSON: deploy.yml, which shows who dispatched it
    change_world "$(jq -cn --argjson more "$1" '{ github: { workflow: ({ file: "deploy.yml",
        run_name: "deploy ${{ inputs.version }} ${{ inputs.opsgate }}",
        inputs: { version: { required: true }, image: {}, sha: {}, environment: {}, opsgate: {} } } + $more) } }')"
}

runs() { # runs FILTER: of all runs that were dispatched
    world "[.github.repositories[] | .runs[]? | select(.event == \"workflow_dispatch\")] | $1"
}

deploy_ends() { # deploy_ends ID RESULT
    wait_until 90 has_ended "$1"
    same "$2" "$(operation "$1" .result)" || { operation "$1" .summary; return 1; }
}

dispatch_is_out() { # GitHub has been asked, and nobody has its answer
    [ "$(get "$SANDBOX_URL/_sandbox/calls" | jq 'any(.[]; .service == "github" and (.path // .url | test("dispatches")) and .status == null)')" = true ]
}

run_is_seen() {
    [ "$(operation D5 .body.workflow.status)" = in_progress ]
}

workflow '{"run_ms":3000}'
say "$ANN" /deploy "api edge v1.4.2"
check "a workflow is dispatched" has "$BODY" 'deploying `v1.4.2`'
check "its run is the deploy" deploy_ends D1 "done"
check "it got what it asked for" same "v1.4.2 $(operation D1 .body.image) edge" \
    "$(runs '.[0].inputs | "\(.version) \(.image) \(.environment)"')"
check "the deploy has its number and page" has "$(operation D1 .body.workflow.url)" "$(operation D1 .body.workflow.run)"

# ---- lost answers ----

arm github dispatches drop_after 0 9
say "$ANN" /deploy "api edge v1.4.1"
check "a lost answer: the run is found again" deploy_ends D2 "done"
disarm
check "and was dispatched once" same 2 "$(runs length)"

arm github dispatches delay_after 60000
say "$ANN" /deploy "api edge v1.4.2"
wait_until 20 is_in_state D3 dispatching
wait_until 20 dispatch_is_out
opsgate_kill
opsgate_up
disarm
check "a kill -9 before the answer: the run is found again" deploy_ends D3 "done"
check "and was dispatched once" same 3 "$(runs length)"

# ---- failing, cancelling ----

workflow '{"run_ms":2000,"conclusion":"failure"}'
say "$ANN" /deploy "api edge v1.4.1"
check "a run that fails fails the deploy" deploy_ends D4 failed
check "which names the step" has "$(operation D4 .summary)" ': Deploy`'
check "and says what is not known" has "$(operation D4 .summary)" "It may have changed anything"

workflow '{"run_ms":600000,"conclusion":"success"}'
say "$ANN" /deploy "api edge v1.4.1"
wait_until 20 is_in_state D5 running
wait_until 20 run_is_seen
say "$ANN" /ops "abort D5"
check "an abort cancels the run" has "$BODY" "its run on GitHub is cancelled"
check "and waits for its end" deploy_ends D5 aborted
check "which GitHub confirms" same cancelled "$(runs '.[-1].conclusion')"

# ---- the way back ----

workflow '{"run_ms":1000,"conclusion":"success"}'
say "$ANN" /ops "rollback api edge"
check "a rollback runs the workflow with the version before" deploy_ends D6 "done"
check "which is v1.4.2 again" same "v1.4.2" "$(runs '.[-1].inputs.version')"
check "the journal is a chain" journal_is_a_chain
finish

#!/bin/sh
# Somebody else has changed the template of a service, and it does not serve: whoever asks how it is, or deploys, reads so before
# the rollout leaves it out.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up

say "$ANN" /deploy "api production v1.4.2"
rush D1
say "$ANN" /ops "status api production"
check "as long as nobody did there is nothing to tell" has_not "$BODY" "its template"
change_world "{\"foreign\":{\"service\":\"$PROD\",\"by\":\"terraform@acme.example\",\"env\":{\"LOG_LEVEL\":\"debug\",\"DB_URL\":\"psst\"},\"scaling\":{\"minInstanceCount\":2}}}"
is_told() { # by status, once the new revision is there
    say "$ANN" /ops "status api production"
    case $BODY in *"+LOG_LEVEL"*"that do not serve"*) return 0 ;; esac
    return 1
}
check "status tells what does not serve" wait_until 30 is_told
check "and by whom" has "$BODY" "terraform@acme.example"
check "scaling is the service's" has "$BODY" "scaling belongs to the service as a whole"
check "what serves is as it was" serves $PROD D1
push 1.5.0
say "$ANN" /deploy "api production v1.5.0"
check "the card of the next deploy tells it" wait_until 30 card_shows D2 'its template has settings .*LOG_LEVEL.* that do not serve .*this rollout leaves that out'
check_not "names alone" card_shows D2 'psst'
rush D2
check "it goes on all the same" same "done" "$(operation D2 .result)"
check "and leaves it out" world_says '[.run.services[] | select(.id == $service) | .revisions[] | select(.id | contains("-d2-"))
    | .containers[0].env // [] | map(.name) | index("LOG_LEVEL")] == [null]' --arg service $PROD
check "nobody's scaling is changed" world_says '[.run.services[] | select(.id == $service) | .revisions[] | select(.id | test("-d[12]-"))
    | .scaling.minInstanceCount // 0] | unique | length == 1' --arg service $PROD
check "the journal has it" eval 'journal | jq -e -s "any(.[].core; .kind == \"deploy.drift\")" >/dev/null'
say "$ANN" /ops "status api production"
check "then the template is our own" has_not "$BODY" "its template"
check "the journal is a chain" journal_is_a_chain
finish

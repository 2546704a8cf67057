#!/bin/sh
# What the doors and the verbs answer to what they should not be asked, and to a world that does not do its part.
# shellcheck disable=SC1010,SC2016,SC2119,SC2317 # "done" is a result, backticks are Slack's, functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"

# staging as ever, and an environment whose service Cloud Run does not know
sed 's/^      - name: production$/      - name: ghost\
        driver: { cloud_run: { project: acme, region: us-central1, service: nobody-made-it } }\
        strategy: all-at-once\
        default_version: tag:main\
      - name: production/
    s/on: { environment: staging } }/&\
    - { allow: deploy, to: release-manager, on: { environment: ghost } }/
    s/deadline: 30s/deadline: 10s/' "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
CONFIG=$RUN/opsgate.yaml
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner
url=http://$OPSGATE_LISTEN
first_pid=$OPSGATE_PID

operations_begun() {
    journal | jq -s '[.[] | select(.core.kind == "operation.begun" and (.core.operation | startswith("D")))] | length'
}

# ---- people ----

say "$ANN" /ops help
check "help is answered" same 200 "$STATUS"
check "help names the verbs" has "$BODY" "deploy"
for text in --help -h help "api production --help"; do
    say "$ANN" /deploy "$text"
    check "/deploy $text is answered with its usage" has "$BODY" "*deploy*: "
    check "and not with a complaint" has_not "$BODY" "Nothing was done"
done
say "$ANN" /ops "abort -h"
check "/ops abort -h tells of abort" has "$BODY" "*abort*: "
check "and of nothing internal" has_not "$BODY" look
say "$BOB" /deploy "api production v1.4.2"
check "a denied deploy is answered with 200" same 200 "$STATUS"
check "it says which rule" has "$BODY" "opsgate.yaml:"
check "it says who may" has "$BODY" "release-manager"
say "$EVE" /deploy staging
check "a guest may not deploy" has "$BODY" "enied"
say "$ANN" /ops frobnicate
check "an unknown verb is named" has "$BODY" "frobnicate"
say "$ANN" /ops "deplyo staging"
check "a typo of a verb gets the nearest one" has "$BODY" '`deploy`'
say "$ANN" /deploy "apo staging"
check "a typo of a service gets the nearest one" has "$BODY" '`api`'
say "$ANN" /deploy stagign
check "a typo of an environment gets the nearest one" has "$BODY" '`staging`'
say "$ANN" /deploy 'staging "v1'
check "an open quote is an error in words" has "$BODY" "quot"
say "$ANN" /deploy "staging v1/2;rm -rf"
check "a version that is none is an error in words" same 200 "$STATUS"
say "$ANN" /deploy "staging <script>*x*"
check "what was typed does not come back as markup" has_not "$BODY" "<script>"
check "and nothing of all this began an operation" same 0 "$(operations_begun)"

# ---- signatures ----

say "$ANN" /deploy staging '{"no_signature":true}'
check "unsigned: 401" same 401 "$STATUS"
say "$ANN" /deploy staging '{"bad_signature":true}'
check "forged: 401" same 401 "$STATUS"
check "an error is a problem document" has "$BODY" '"status":401'
check "and shows no signature" has_not "$BODY" "v0="
say "$ANN" /deploy staging '{"skew_s":-310}'
check "five minutes old: 401" same 401 "$STATUS"
say "$ANN" /deploy staging '{"skew_s":310}'
check "five minutes ahead: 401" same 401 "$STATUS"
say "$ANN" /ops help '{"skew_s":-280}'
check "a little less than five minutes old is fine" same 200 "$STATUS"
say "$ANN" /ops help '{"skew_s":280}'
check "a little less than five minutes ahead is fine" same 200 "$STATUS"
check "and nothing of all this began an operation" same 0 "$(operations_begun)"

# ---- bytes; signed well, so that only the bytes are wrong ----

form deploy "api+production" >"$RUN/body"
check "a good body, to begin with" same 200 "$(send "$RUN/body")"
check "wrong content type: 415" same 415 "$(send "$RUN/body" application/json)"
check "no content type: 415" same 415 "$(send "$RUN/body" '')"
form deploy "$(head -c 70000 /dev/zero | tr '\0' a)" >"$RUN/body"
check "larger than 64 KiB: 413" same 413 "$(send "$RUN/body")"
{ form deploy staging; printf '\377\376'; } >"$RUN/body"
check "bytes that are no UTF-8: 400" same 400 "$(send "$RUN/body")"
{ form deploy staging; printf '\000x'; } >"$RUN/body"
check "a NUL byte: 400" same 400 "$(send "$RUN/body")"
form deploy "staging%FF" >"$RUN/body"
check "escaped bytes that are no UTF-8 are refused in some words" one_of "200 400" "$(send "$RUN/body")"
form deploy "staging%00" >"$RUN/body"
check "an escaped NUL is refused in some words" one_of "200 400" "$(send "$RUN/body")"
printf 'text=nothing+else' >"$RUN/body"
check "a form without its fields: 400" same 400 "$(send "$RUN/body")"
: >"$RUN/body"
check "an empty body: 400 or 401" one_of "400 401" "$(send "$RUN/body")"
form deploy staging >"$RUN/body"
"$BUILD/opsgate" -c "$CONFIG" sign slack <"$RUN/body" >"$RUN/headers"
curl -s --noproxy '*' --max-time 1 -o /dev/null -H @"$RUN/headers" -H 'Content-Type: application/x-www-form-urlencoded' \
    -H 'Content-Length: 5000' --data-binary @"$RUN/body" "$url/slack/commands"
check "a body that stops half-way is not taken" same 28 $?
check "another method: 405" same 405 "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' "$url/slack/commands")"
check "another path: 404" same 404 "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' "$url/slack/nothing")"
check "huge headers: 431" same 431 \
    "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' -H "X-Long: $(head -c 40000 /dev/zero | tr '\0' a)" "$url/health/live")"
check "details are for admins: 401" same 401 "$(curl -s --noproxy '*' -o /dev/null -w '%{http_code}' "$url/health/detailed")"
check "and nothing of all this began an operation" same 0 "$(operations_begun)"

# ---- twice ----

say "$ANN" /deploy staging '{"repeat":3}'
check "a delivery that comes three times is answered three times with 200" same "200 200 200" \
    "$(answer '[.answers[].status] | join(" ")')"
has_words_once() { # where opsgate is slow just now, none of them has any, and they came by the response_url
    worded=$(answer '[.answers[] | select((.body | length) > 0 and (.body | contains("*Unknown*: ") | not))] | length')
    [ "$worded" = 1 ] || { [ "$worded" = 0 ] && has "$BODY" "*D1*"; }
}
check "with words once" has_words_once
check "and begins one operation" same 1 "$(operations_begun)"
check "which ends" wait_until 20 has_ended D1
check "well" same done "$(operation D1 .result)"

# ---- a world that does not do its part ----

say "$ANN" /deploy ghost
check "a deploy of a service that Cloud Run does not know is begun" has "$BODY" D2
check "and ends" wait_until 20 has_ended D2
check "as failed" same failed "$(operation D2 .result)"
check "naming the service" has "$(operation D2 .summary)" nobody-made-it

change_world '{"expire_tokens":true,"reconcile_ms":600000}'
say "$ANN" /deploy "staging v1.4.2"
check "another one is at work" wait_until 20 is_in_state D3 starting
change_world '{"expire_tokens":true,"reconcile_ms":200,"settle":true}'
check "a deploy outlives its Google tokens" wait_until 20 has_ended D3
check "and ends well" same done "$(operation D3 .result)"

arm slack chat. ok_false '"channel_not_found"' 50
say "$ANN" /deploy "staging v1.4.1"
check "a deploy is answered though Slack takes no messages" has "$BODY" D4
check "and ends" wait_until 20 has_ended D4
check "well: a card is only advisory" same done "$(operation D4 .result)"
disarm

arm registry HEAD status 500 3
say "$ANN" /deploy "staging v1.4.2"
check "a registry that fails for a while does not stop a deploy" wait_until 40 has_ended D5
check "which ends well" same done "$(operation D5 .result)"
say "$ANN" /deploy "staging v9.9.9"
check "a version that the registry does not have ends the deploy" wait_until 20 has_ended D6
check "and is named" has "$(operation D6 .summary)" v9.9.9
say "$ANN" /deploy "staging v1.4.3-broken"
check "a revision that is not healthy ends the deploy" wait_until 60 has_ended D7
check "as failed" same failed "$(operation D7 .result)"
check "with traffic where it was" same done \
    "$(world '[.run.services[] | select(.id == "api-service") | .trafficStatuses[] | select(.percent == 100) | .revision][0]' |
        grep -q -- -d5- && echo done)"

# ---- Redis gone ----

store_pid=$(redis_pid)
kill -STOP "$store_pid"
type_in "$ANN" /deploy staging
kill -CONT "$store_pid"
check "a store that stands still: 200, in words" same 200 "$STATUS"
check "that do not claim anything" has "$BODY" "nknown"
check "it is answered within Slack's three seconds" in_time "$(answer .took_ms)" 3000
wait_until 20 is_idle

break_store
say "$ANN" /deploy staging
check "a store that is gone: 200" same 200 "$STATUS"
check "and NOT accepted" has "$BODY" "NOT accepted"
check "opsgate lives" is_live
check "and is ready to say so" is_ready "$url"
mend_store
store_is_new() {
    new_pid=$(redis_pid) && [ -n "$new_pid" ] && [ "$new_pid" != "$store_pid" ]
}
check "a new redis-server comes by itself" wait_until 20 store_is_new
helped() {
    type_in "$ANN" /ops help
    has "$BODY" deploy >/dev/null
}
check "and commands are answered again" wait_until 10 helped
wait_until 20 is_idle
check "every operation ended" same "" "$(redis --raw hkeys "$(key operations)" | grep -v '^L')" # what always stands
check "the journal is a chain" journal_is_a_chain
check "nothing is a dead letter but what could not be read" same "" \
    "$(redis --raw xrange "$(key dead)" - + | grep '^{' | jq -r .why | grep -v -e quote -e UTF-8)"

check "it is the same process as at first" same "$first_pid" "$OPSGATE_PID"
check "and it lives" is_alive "$first_pid"
opsgate_stop
check "and ends with 0" same 0 "$STATUS"

finish

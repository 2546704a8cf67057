#!/bin/sh
# Who is in a group, a team or a schedule is read, kept with its age, and decides who may: read anew by Slack's word at once, by
# the clock otherwise. What cannot be read is said once and gets older, until it counts for nothing but the safe direction; it
# outlives whoever read it.
# shellcheck disable=SC1010,SC2016,SC2119,SC2317 # "done" is a result, jq has variables of its own, functions are called by name
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
CONFIG=$RUN/opsgate.yaml
TEAM=github-team:acme/engineering SCHEDULE=pagerduty-schedule:PSCHED1 GROUP=slack-group:S0ENG
MAX_AGE_S=60 # two readings, nearly
sed "s|members: \[\"slack:U0456EFGH\"\]|members: [\"$GROUP\", \"$TEAM\"], max_age: ${MAX_AGE_S}s|
    s|^  roles:|&\n    - { name: oncall, members: [\"$SCHEDULE\"] }|
    s|^policy:|&\n  refresh: 30s|
    s|github: [a-z]*, ||" "$ROOT/deploy/sandbox.yaml" >"$CONFIG"
echo "    - { allow: [deploy, rollback, pause, abort], to: oncall, on: { environment: staging } }" >>"$CONFIG"
opsgate_up || exit 1
wait_until 10 has_owner

detailed() {
    curl -s --noproxy '*' --unix-socket "$OPSGATE_DATA/opsgate.sock" http://opsgate/health/detailed
}

seen() { # seen SOURCE: what /health/detailed tells of it
    detailed | jq -c --arg source "$1" '.members[]? | select(.source == $source)'
}

has_members() { # has_members SOURCE COUNT
    [ "$(seen "$1" | jq 'if .read_at > 0 then .members else -1 end')" = "$2" ]
}

read_at() { # read_at SOURCE: unix ms
    seen "$1" | jq .read_at
}

was_read_after() { # was_read_after SOURCE UNIX-MS
    now_read_at=$(read_at "$1")
    [ "${now_read_at:-0}" -gt "$2" ]
}

is_older() { # is_older SOURCE SECONDS
    age_s=$(seen "$1" | jq .age_s)
    [ "${age_s:-0}" -gt "$2" ]
}

has_problem() { # has_problem SOURCE
    [ "$(seen "$1" | jq '.problem != null')" = true ]
}

has_no_problem() {
    [ "$(seen "$1" | jq '.problem != null')" = false ]
}

has_changes() { # has_changes SOURCE "CAME/WENT...": each change that the journal has, in order
    [ "$(journal | jq -r --arg source "$1" '.core | select(.kind == "members.changed" and .body.source == $source)
        | "\(.body.came)/\(.body.went)"' | paste -sd ' ')" = "$2" ]
}

in_journal() { # in_journal KIND SOURCE: how often
    journal | jq -s --arg kind "$1" --arg source "$2" \
        '[.[] | select(.core.kind == $kind and .core.body.source == $source)] | length'
}

said_in_alerts() { # said_in_alerts TEXT TIMES: messages that have it
    [ "$(world '[.slack.channels[] | select(.name == "alerts") | .messages[] | select(.text | contains($text))] | length' \
        --arg text "$1")" = "$2" ]
}

is_over() { # is_over OPERATION RESULT
    journal | jq -e -s --arg id "$1" --arg result "$2" \
        'any(.[].core; .kind == "operation.ended" and .operation == $id and .body.result == $result)' >/dev/null
}

deploys() { # deploys SENTENCE USER VERSION OPERATION: and it comes to a good end
    say "$2" /deploy "api staging $3"
    check "$1" has "$BODY" "$4"
    check "and it is done" wait_until 60 is_over "$4" done
}

tell_group() { # tell_group ADDED REMOVED: Slack changes the group, and tells of it; lists in JSON
    post "$SANDBOX_URL/_sandbox/slack/event" "$(jq -cn --argjson added "$1" --argjson removed "$2" '{
        type: "subteam_members_changed", fields: { subteam_id: "S0ENG", team_id: "T0SANDBOX", added_users: $added,
        removed_users: $removed, added_users_count: ($added | length | tostring),
        removed_users_count: ($removed | length | tostring), date_previous_update: 1700000000, date_update: 1700000001 } }')" >/dev/null
}

policy() { # policy CODE TEXT WORD...: `opsgate policy WORD...` exits so, and says that
    expected=$1 text=$2
    shift 2
    "$BUILD/opsgate" -c "$CONFIG" policy "$@" >"$RUN/said" 2>&1
    code=$?
    [ "$code" = "$expected" ] && grep -qF -- "$text" "$RUN/said" && return
    printf '     exit %s: ' "$code"
    cat "$RUN/said"
    return 1
}

# ---- each is read at the start, and decides ----

check "a Slack group is read at the start" wait_until 30 has_members "$GROUP" 2
check "so is a GitHub team" wait_until 30 has_members "$TEAM" 2
check "so is a PagerDuty schedule" wait_until 30 has_members "$SCHEDULE" 1
check "and that is in the journal" wait_until 5 has_changes "$GROUP" 2/0
check "nothing is said while all is well" said_in_alerts "Members of" 0
deploys "somebody in the group deploys" "$BOB" v1.4.2 D1
check "the policy's tools know who that is" policy 0 "slack:$BOB" who-can deploy api staging v1
check "and say how old that is" policy 0 "Groups as they were last read: " who-can deploy api staging v1
check "so does explain" policy 0 "allow: deploy of api in staging" explain "slack:$BOB" deploy api staging v1
check "by the file alone nobody is in a group" policy 1 "were not looked at: --offline" --offline explain "slack:$BOB" deploy api staging v1

# ---- changes ----

tell_group '[]' "[\"$BOB\"]"
check "a group that Slack tells of is read at once" wait_until 20 has_members "$GROUP" 1
check "the journal has that one went" wait_until 5 has_changes "$GROUP" "2/0 0/1"
journal | jq -c '.core | select(.kind == "members.changed")' >"$RUN/changes"
check_not "who that was stands apart, where it can be erased" grep -q "$BOB" "$RUN/changes"
say "$BOB" /deploy "api staging v1.4.1"
check "who has gone is refused" has "$BODY" "*Denied*"

change_world "$(jq -cn --arg bob "$BOB" '{
    slack_user: { id: $bob, email: "bob@example.com" },
    pagerduty: { schedule: { id: "PSCHED1", users: ["PUSER02"] } },
    github: { team: { slug: "engineering", members: [range(250) | "dev-\(.)"] } } }')"
check "a schedule changes hands, and whoever is on call is known in Slack by the address" wait_until 60 has_members "$SCHEDULE" 2
check "both in the journal" wait_until 5 has_changes "$SCHEDULE" "1/0 1/1 1/0"
check "a team of several pages is read whole" wait_until 60 has_members "$TEAM" 250
deploys "who is on call deploys" "$BOB" v1.4.1 D2
change_world '{"pagerduty":{"schedule":{"id":"PSCHED1","users":[]}},"slack_group":{"id":"S0ENG","add":["'"$BOB"'"]}}'
check "what Slack does not tell of is read by and by" wait_until 60 has_members "$GROUP" 2
check "a schedule without anybody is empty" wait_until 60 has_members "$SCHEDULE" 0
check "which lint notes" policy 0 "note: nobody is in the role oncall now: nobody is on call by $SCHEDULE" lint

# ---- what cannot be read ----

scopes=app_mentions:read,channels:history,channels:read,chat:write,commands,groups:history,groups:read,im:history,users:read.email
change_world "{\"slack_scopes\":\"$scopes\"}"
tell_group '[]' '[]'
check "a scope that is missing is told" wait_until 60 has_problem "$GROUP"
check "by its name" has "$(seen "$GROUP" | jq -r .problem)" "usergroups:read"
check "it is said in the alerts' channel" wait_until 20 said_in_alerts "Members of* \`$GROUP\` cannot be read" 1
known=$(read_at "$GROUP")
check "what is known of it stays" has_members "$GROUP" 2
check "one that cannot be read stops no other" wait_until 60 was_read_after "$TEAM" "$known"

# ---- its age outlives whoever read it ----

opsgate_kill
opsgate_up || exit 1
wait_until 10 has_owner
check "another one knows what was read" wait_until 20 has_members "$GROUP" 2
check "and when" same "$known" "$(read_at "$GROUP")"
check "it reads what can be read" wait_until 60 was_read_after "$SCHEDULE" "$known"
check "what was said is not said again" said_in_alerts "Members of* \`$GROUP\` cannot be read" 1

# ---- until it is too old ----

check "it gets older" wait_until 120 is_older "$GROUP" "$MAX_AGE_S"
say "$BOB" /deploy "api staging v1.4.1"
check "what is older than max_age counts for nothing" has "$BODY" "*Denied*"
check "which is said" has "$BODY" "$GROUP was last read"
say "$BOB" /rollback "api staging"
check "but for the way back" has "$BODY" D3
check "and loudly" has "$BODY" "Allowed by \`$GROUP\` as it was read"
check "it is done" wait_until 60 is_over D3 done
change_world "{\"slack_scopes\":\"$scopes,usergroups:read\"}"
tell_group '[]' '[]'
check "with the scope it is read again" wait_until 60 has_no_problem "$GROUP"
check "which is said as well" wait_until 20 said_in_alerts "Members of* \`$GROUP\` can be read again" 1
check "the journal has both" same "1 1" "$(in_journal members.unseen "$GROUP") $(in_journal members.seen "$GROUP")"
deploys "and who is in it deploys" "$BOB" main D4

finish

# rollouts.sh - a rollout on its way, and what people see of it. A part of lib.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2034,SC2120,SC2154,SC2317 # as in lib.sh, which takes it in

PROD=api-prod-service

# rollout_up [SED-SCRIPT]: opsgate with many users and a production that bakes 3 s a step; the script changes more of
# sandbox.yaml. Where this user is an operator, so that `opsgate run` can be asked too.
rollout_up() {
    sed "s/bake: 8s, watch: 10s/bake: 3s, watch: 3s/; s/local:root/local:$(id -un)/; ${1:-}" \
        "$ROOT/deploy/sandbox.yaml" >"$RUN/opsgate.yaml"
    CONFIG=$RUN/opsgate.yaml
    sandbox_up
    change_world '{"metrics":{"scrape_ms":500}}'
    users_come 200
    opsgate_up || exit 1
    wait_until 10 has_owner
}

push() { # push VERSION: an image of its own under the tag vVERSION
    change_world "{\"tag\":{\"tag\":\"v$1\",\"version\":\"$1\"}}"
}

behave() { # behave TAG JSON: of all revisions with that image
    change_world "$(jq -cn --arg image "$1" --argjson how "$2" '{ behaviour: ({ $image } + $how) }')"
}

bakes_at() { # bakes_at ID PERCENT: it looks at its numbers there
    is_in_state "$1" baking watching && is_at "$PROD" "$1" "$2"
}

is_so() { # is_so ID FILTER: true of its record, ended or not
    saw=$(operation "$1" "\"\\($2) \\(.)\"")
    is_true
}

rush() { # rush ID: Ann promotes it until it has ended
    wait_until 60 has_ended_or_promoted "$1"
}

has_ended_or_promoted() {
    ! has_ended "$1" || return 0
    ! is_in_state "$1" baking watching || type_in "$ANN" /ops "promote $1"
    return 1
}

# click USER ID LABEL: once the card has that button; sets ANSWER, STATUS and BODY of opsgate's answer to Slack.
click() {
    wait_until 20 has_button "$2" "$3"
    ANSWER=$(press "$1" "$2" "$3")
    STATUS=$(answer .status)
    BODY=$(answer .body)
}

was_told() { # was_told USER TEXT: to that person alone
    world_says 'any(.slack.ephemerals[]; .for == $user and (.text | contains($text)))' --arg user "$1" --arg text "$2"
}

has_cards() { # the sandbox is there, and somebody saw a card
    [ -n "${SANDBOX_URL:-}" ] && world_says 'any(.slack.channels[].messages[]; .blocks[0].type? == "header")' 2>/dev/null
}

notifications_are_lines() { # of each card: the thing first, then how it stands
    world_says '[.slack.channels[].messages[] | select(.blocks[0].type? == "header")
        | { text: (.text | gsub("[`*]"; "")), title: .blocks[0].text.text }] | length > 0
        and all(.[]; (.text | contains("\n") | not) and (.text | length) <= 600 and ((.title | test("[&<>]")) or (.title as $title | .text | index($title) // 99) < 6))'
}

own_channel() { # own_channel ID WORDS: what the channel of an incident with that title is called, by the day on which it was opened
    opened_ms=$(operation "$1" .body.opened_at_ms)
    echo "inc-$(date -u -d "@$((${opened_ms:-0} / 1000))" +%Y%m%d)-$2"
}

has_form() { # has_form USER TEXT: a modal is open for them that says so
    world_says 'any(.slack.views[]; .is_open and .user == $user and (.view | tostring | contains($text)))' --arg user "$1" --arg text "$2"
}

wanted_times() { # of SERVICE: at_ms and our share of ID at each change, one a line
    world '.run.services[] | select(.id == $service) | .history[] | select(.kind == "wanted")
        | "\(.at_ms) \([.traffic[] | select(.revision // "" | contains("-" + $id + "-")) | .percent // 0] | add // 0)"' \
        --arg service "$1" --arg id "$(echo "$2" | tr D d)"
}

reached_ms() { # reached_ms SERVICE ID PERCENT: when it was first asked for
    wanted_times "$1" "$2" | awk -v percent="$3" '$2 == percent { print $1; exit }'
}

patches() { # how often Cloud Run was asked to change anything, whatever came of it
    get "$SANDBOX_URL/_sandbox/calls" | jq '[.[] | select(.service == "run" and .method == "PATCH")] | length'
}

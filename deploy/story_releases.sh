# story_releases.sh - the story's chapters 9 and 10: releases that roll out by themselves; read with `.` by story.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154,SC2317 # jq's variables are jq's; the caller sets ours; most functions are called by name, through verdict

# ---- 9 ----

publish() { # publish VERSION: Ann does, on GitHub; once its image is awaited, that is there 3 s later
    change_world "$(jq -cn --arg tag "v$1" '{ github: { release: { $tag, name: $tag, author: "ann" } } }')"
    await awaits "v$1" artifact # a webhook counts as lost only after half a minute
    change_world "$(jq -cn --arg version "$1" '{ tag: { tag: ("v" + $version), $version, after_ms: 3000 } }')"
    await awaits "v$1" approval
}

rollout_of() { # rollout_of VERSION: what was begun for it in production, one ID a line
    { redis --raw hvals "$(key operations)"; redis --raw hvals "$(key ended)"; } |
        jq -r --arg version "$1" 'select(.kind == "deploy" and .target == "api/production" and .body.version == $version) | .id' |
        sort -u # one that ended between the two was in both
}

awaits() { # awaits VERSION WHAT
    is_in_state "$(rollout_of "$1")" "awaiting-$2"
}

deliveries() { # "3 0": webhooks about releases since the chapter began, by GitHub's own log, and how many of them arrived
    world '[.github.deliveries[] | select(.event == "release" and .sent_at_ms > $since)]
        | "\(length) \([.[] | select(.status_code == 202)] | length)"' --argjson since "$chapter_ms"
}

github_shows() { # github_shows ID STATE: its one deployment there, and what it was told last
    world_says '[.github.deployments[] | select(.payload | tostring | contains($id))] | length == 1 and .[0].statuses[-1].state == $state' \
        --arg id "$1" --arg state "$2"
}

bake_for "$BAKE_S"
type_command U012AB3CD /rollback "api production" >/dev/null # what chapter 8 left there
await has_settled D8

chapter "9. 22:00: Ann publishes v1.6.0 and goes home. Its webhooks are lost; its image comes a little later"
for action in created published released; do
    change_world "{\"github\":{\"hook_fault\":{\"event\":\"release\",\"action\":\"$action\",\"fault\":\"lost\"}}}"
done
publish 1.6.0
id=$(rollout_of v1.6.0 | head -n 1)
consent=$(type_command U0456EFGH /ops "approve $id")
await has_settled "$id"
tell_what_was_seen
tell_redis "$id"
verdict "none of GitHub's three webhooks reached anybody" test "$(deliveries)" = "3 0"
verdict "and the release is one rollout" test "$(rollout_of v1.6.0 | wc -l)" = 1
verdict "the image was not there yet, and was waited for" journal_says "$id" 'any(.[]; .body.to == "awaiting-artifact")'
verdict "Ann published it, so somebody else consented: Bob" answer_has "$consent" "$id"
verdict "traffic went up in the steps of the plan, each judged, and nobody pressed anything" shares_were $PROD "$id" "5 25 50 100"
verdict "it runs the very image that the registry has as 'v1.6.0'" runs_image_of $PROD v1.6.0
verdict "GitHub shows it as one deployment, and that it succeeded" github_shows "$id" success
verdict "the card in #deployments is one message, and tells the end" card_says "$id" "serves all traffic"
verdict "Redis: it has ended as done, and its version is the newest good one" target api/production '.good[-1].version == "v1.6.0"'

# ---- 10 ----

chapter "10. v1.7.0 is published, and breaks at 25 %: it is taken back by itself"
change_world '{"behaviour":{"image":"v1.7.0","error_rate":0.2,"from_percent":25}}'
publish 1.7.0
id=$(rollout_of v1.7.0 | head -n 1)
type_command U0456EFGH /ops "approve $id" >/dev/null
await has_settled "$id"
broken_ms=$(first_served_ms 25)
returned_ms=$(last_wanted_ms)
tell_what_was_seen
tell_redis "$id"
echo "  $((returned_ms - broken_ms)) ms from the first failing request to the call that takes the traffic back"
verdict "it was told by webhook, more than once, and is one rollout" \
    test "$(deliveries) $(rollout_of v1.7.0 | wc -l)" = "3 3 1"
verdict "it was never given more than 25 %, and then nothing" shares_were $PROD "$id" "5 25 0"
verdict "within $((15 * HASTE)) seconds" test $((returned_ms - broken_ms)) -lt $((15000 * HASTE))
verdict "production runs the image of v1.6.0 again, with all traffic" runs_image_of $PROD v1.6.0
verdict "GitHub shows that it failed" github_shows "$id" failure
verdict "the card has the numbers that did it" card_shows "$id" '[0-9.]+ % of (about )?[0-9,]+ requests failed'
verdict "Redis: its version is remembered as bad" target api/production '[.bad[] | .version] | index("v1.7.0") != null'
answer=$(type_command U012AB3CD /ops "dora api production")
verdict "the four numbers count this evening: 4 of 6 deploys failed" answer_has "$answer" "Change failure rate: 4 of 6"
verdict "Redis: every entry of the journal names the one before it" journal_is_a_chain

# verdict.sh - what became of everything, by Redis' journal and the sandbox; and which kills count. For crash.sh; that it
# can tell what is wrong is shown by ../test_verdict.sh.
# shellcheck shell=sh
# shellcheck disable=SC2016,SC2154,SC2317 # jq has variables of its own; functions are called by name

counted_kills=0

# rest_and_judge NAME: the load ends, all comes to rest, and is looked at
rest_and_judge() {
    failed_before=$failures
    load_down
    wait_opsgate 30
    check "$1: it comes to rest" wait_until 120 is_idle
    judge "$1"
    [ "$failures" -eq "$failed_before" ] || keep_data "$1"
}

keep_data() { # what a failure is understood from
    kept=$(mktemp -d /tmp/opsgate-crash.XXXXXX)
    cp -r "$RUN/judged" "$RUN/ledger" "$kept"
    for log in "$RUN"/*/log; do
        name=$(basename "$(dirname "$log")")
        cp "$log" "$kept/log-$name"
        cp "$RUN/$name/data/redis/redis.log" "$kept/redis-$name" 2>/dev/null
    done
    echo "     what it was judged by is kept in $kept ($1)"
}

# The journal with the time of its commit in front: ms, tab, the entry.
timed_journal() {
    redis --raw xrange "$(key journal)" - + | awk '/^[0-9]+-[0-9]+$/ { split($0, id, "-"); ms = id[1] } /^{/ { print ms "\t" $0 }'
}

gather() {
    at=$RUN/judged
    rm -rf "$at"
    mkdir "$at"
    timed_journal >"$at/timed"
    cut -f 2 "$at/timed" >"$at/journal"
    get "$SANDBOX_URL/_sandbox/calls" >"$at/calls"
    get "$SANDBOX_URL/_sandbox/state" >"$at/state"
    redis --raw keys 'og:*:seen:*' | sed 's/^og:[^:]*:seen://' | sort >"$at/seen"
    # when, and which
    jq -rR 'split("\t") | .[0] as $ms | .[1:] | join("\t") | fromjson
        | select(.core.kind | startswith("event.")) | [$ms, .core.body.id] | @tsv' "$at/timed" >"$at/events"
    cut -f 2 "$at/events" | sort >"$at/applied"
    deliveries | awk '$5 >= 200 && $5 < 300 { print $2 }' | sort -u >"$at/acknowledged"
    deliveries | cut -f 2 | sort -u >"$at/sent"
    awk '$1 == "kill" || $1 == "note"' "$RUN/ledger" >"$at/struck" # when somebody was killed, or something else happened
    # in the order of their arrival: service, operation, effect
    jq -r '.[] | select(.service == "run" and .method == "PATCH" and .applied)
        | (.body.template.annotations // .body.annotations // {}) as $by
        | [(.path | sub(".*/"; "")), $by["opsgate.dev/operation"] // "-", $by["opsgate.dev/effect"] // "-", .n] | @tsv' \
        "$at/calls" >"$at/changes"
    # whatever came of them: service, since when and until when they were in hand, which call
    jq -r '.[] | select(.service == "run" and .method == "PATCH")
        | (.body.template.annotations // .body.annotations // {}) as $by
        | [(.path | sub(".*/"; "")), .at_ms, .ended_at_ms // 9e15, .n, $by["opsgate.dev/operation"] // "-"] | @tsv' \
        "$at/calls" >"$at/in-hand"
    # when a change was called off, for a way back that waits for nothing
    jq -rR 'split("\t") | .[0] as $ms | .[1:] | join("\t") | fromjson | .core
        | select(.kind == "effect.ended" and .body.kind == "run.traffic" and .body.end == "unknown"
            and .body.error == "it was called off") | $ms' "$at/timed" >"$at/called-off"
}

by_sender() { # how many of each were sent
    deliveries | awk '!($2 in seen) { seen[$2]; n[$1]++ } END { for (s in n) print n[s], s }' | sort -nr | paste -s -d , | sed 's/,/, /g'
}

deliveries() { # the ledger's lines of them
    awk '$1 != "kill" && $1 != "note"' "$RUN/ledger"
}

journalled() { # journalled KIND: the operations of these entries, but for what is always at work and never ends
    jq -r --arg kind "$1" 'select(.core.kind == $kind and (.core.request_id // "" | startswith("watch.") | not))
        | .core.operation' "$at/journal" | sort
}

began() { # all of them
    jq -r 'select(.core.kind == "operation.begun") | .core.operation' "$at/journal" | sort
}

requests() { # of people in Slack, by their request's id
    jq -r 'select(.core.kind | startswith("request.")) | .core.request_id' "$at/journal" | sort
}

interleaved() { # services whose changes are one operation's, another's, and the first one's again
    awk -F '\t' '$2 != last[$1] { if (($1, $2) in seen) print $1 ": " $2 " at call " $4; seen[$1, $2] = 1; last[$1] = $2 }' "$at/changes"
}

# overlapping: changes of one service that were in hand at once, by call, though nothing had befallen whoever sent the first.
# What was in hand when its owner died stays there for a while: then an effect id, an etag and a split keep it from harm. So
# does an increase that a rollback has called off, which does not wait for the answer: that is another operation.
overlapping() {
    awk -F '\t' 'FILENAME ~ /struck$/ { struck[++n] = $3; next }
        FILENAME ~ /called-off$/ { off[++offs] = $1; next }
        {
            service = $1
            if ($2 < until[service]) {
                excused = 0
                for (i = 1; i <= n; i++) excused = excused || (struck[i] >= since[service] && struck[i] <= $2)
                for (i = 1; i <= offs && $5 != by[service]; i++)
                    excused = excused || (off[i] >= since[service] && off[i] <= $2)
                if (!excused) print service ": call " $4 " while " call[service] " was in hand"
            }
            if ($3 > until[service]) until[service] = $3
            since[service] = $2
            call[service] = $4
            by[service] = $5
        }' "$at/struck" "$at/called-off" "$at/in-hand"
}

judge() {
    gather
    check "$1: every acknowledged delivery was applied ($(wc -l <"$at/acknowledged") of $(wc -l <"$at/sent") sent: $(by_sender))" \
        same "" "$(comm -23 "$at/acknowledged" "$at/applied" | head)"
    check "$1: no delivery was applied twice" same "" "$(uniq -d "$at/applied" | head)"
    check "$1: what is in the store is what was applied, answered or not" same "" \
        "$({ sed -n 's/^github://p; s/^pagerduty-event://p; s/^alertmanager://p' "$at/seen" | sort | comm -3 - "$at/applied"; } | head)"
    check "$1: nothing was applied that nobody sent" same "" "$(uniq "$at/applied" | comm -13 "$at/sent" - | head)"
    check "$1: every accepted command was decided ($(grep -c '^slack:.*:command:' "$at/seen"))" \
        same "$(grep -c '^slack:.*:command:' "$at/seen")" "$(requests | wc -l)"
    check "$1: no command was decided twice" same "" "$(requests | uniq -d | head)"
    check "$1: nothing is a dead letter" same 0 "$(redis xlen "$(key dead)")"
    check "$1: every operation that began has ended, once ($(journalled operation.begun | wc -l))" \
        same "$(journalled operation.begun)" "$(journalled operation.ended)"
    check "$1: none began twice" same "" "$(began | uniq -d)"
    check "$1: the sandbox remembers every call" same 1 "$(jq '.[0].n' "$at/calls")"
    check "$1: no service had two writers ($(wc -l <"$at/changes") changes)" same "" "$(interleaved)"
    check "$1: nor two changes in hand at once" same "" "$(overlapping)"
    check "$1: no effect changed anything twice" same "" "$(cut -f 3 "$at/changes" | grep -v '^-$' | sort | uniq -d)"
    check "$1: every change says whose it is" same "" "$(awk -F '\t' '$2 == "-" || $3 == "-"' "$at/changes")"
    check "$1: the journal is a chain" journal_is_a_chain
    check "$1: nothing is left over" is_idle
    count_kills "$1"
}

# What was in flight when each of them was made, by who kept their own record of it:
#   accepts  deliveries that had left and were not answered: the load's ledger, by the order of its lines
#   commits  deliveries that were acknowledged before and committed after it, while the owner was at it (a commit within the
#            last 100 ms): the ledger, and the times that Redis gave the journal's entries
#   effects  changes and messages that the world had in hand, of an owner that lived until then: the sandbox' calls
count_kills() {
    jq -r '.[] | select(.method != "GET" and .service != "opsgate" and .service != "metadata")
        | [.at_ms, .ended_at_ms // 9e15, .service] | @tsv' "$at/calls" >"$at/outside"
    awk -F '\t' -v name="$1" '
        FILENAME ~ /outside$/ { calls++; from[calls] = $1; to[calls] = $2; next }
        FILENAME ~ /events$/ { committed[$2] = $1; times[++entries] = $1; next }
        $1 == "kill" { kills++; victim[kills] = $2; when[kills] = $3; next }
        $1 == "note" { next }
        { sent++; id[sent] = $2; ended[sent] = $4; status[sent] = $5; gone[sent] = $6; before[sent] = $8; until[sent] = kills }
        END {
            for (k = 1; k <= kills; k++) {
                t = when[k]; accepts = commits = effects = busy = 0
                if (k > 1 && victim[k - 1] ~ /opsgate|both|owner/) born = when[k - 1]
                for (e = 1; e <= entries; e++) busy += times[e] <= t && times[e] > t - 100
                for (s = 1; s <= sent; s++) {
                    accepts += gone[s] && before[s] < k && until[s] >= k
                    commits += busy && status[s] == 202 && ended[s] <= t && committed[id[s]] > t
                }
                for (c = 1; c <= calls; c++) effects += from[c] < t && to[c] > t && from[c] > born
                counts = accepts + commits + effects > 0
                printf "%s\t%s\t%s\t%d\t%d\t%d\t%d\n", name, victim[k], t, accepts, commits, effects, counts
            }
        }' "$at/outside" "$at/events" "$RUN/ledger" >"$at/kills"
    cat "$at/kills" >>"$RUN/kills"
    awk -F '\t' 'NR == 1 { first = $3 }
        { printf "     kill -9 of %-8s at %6.1f s: %2d accepts, %2d commits, %d effects in flight%s\n", $2, ($3 - first) / 1000, $4, $5, $6,
            $7 ? "" : " - does not count" }' "$at/kills"
}

tell_counts() {
    awk -F '\t' '{ all[$2]++; counted[$2] += $7; accepts[$2] += $4 > 0; commits[$2] += $5 > 0; effects[$2] += $6 > 0 }
        END { for (who in all) printf "kill -9 of %-8s %4d times, %4d count: with an accept in flight %d, a commit %d, an effect %d\n",
                  who, all[who], counted[who], accepts[who], commits[who], effects[who] }' "$RUN/kills" | sort
    counted_kills=$(awk -F '\t' '{ n += $7 } END { print n + 0 }' "$RUN/kills")
    told_counts
    check "at least $wanted_kills kills count: $counted_kills of $(wc -l <"$RUN/kills")" test "$counted_kills" -ge "$wanted_kills"
}

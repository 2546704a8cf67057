# transcript.jq - the sandbox's own state as lines for people: what was typed, what Slack shows, what Cloud Run serves.
#
# jq -r -L deploy 'include "transcript"; news($since)' state.json

def channels: [.slack.channels[] | { key: .id, value: ("#" + .name) }] | from_entries;
def names: channels + ([.slack.users[] | { key: .id, value: .name }] | from_entries); # of people and of channels

# Slack's markup without its marks.
def plain($names):
    gsub("<!date[^>|]*[|](?<text>[^>]*)>"; .text) | gsub("<@(?<id>[A-Z0-9]+)>"; "@" + ($names[.id] // .id)) | gsub("[*`]"; "")
    | gsub("<(?<id>#[A-Z0-9]+)>"; $names[.id | ltrimstr("#")] // .id)
    | if test("(\n.*){4}") then . else gsub("\n"; " ") end # what is long keeps its lines
    | gsub("&lt;"; "<") | gsub("&gt;"; ">") | gsub("&amp;"; "&");

# Revisions without the service's name in front; one that only has a tag is told when it has no traffic besides.
def split($service):
    [.traffic[]? | { percent: (.percent // 0), name: (.revision // "the latest" | ltrimstr($service + "-")) }]
    | [.[] | select(.percent > 0)] as $serving
    | [$serving[] | "\(.percent) % \(.name)"]
      + ([.[].name] | unique - [$serving[].name] | map("\(.) without traffic")) | join(", ");

# An event is Slack's own, of nobody and of no time: the message that it tells of stands in its channel.
def typed: names as $n | channels as $c | .slack.deliveries[] | select(.user != null and .at_ms != null)
    | { at: .at_ms, order: 0, who: "\($n[.user]) in \($c[.channel])",
        what: (if .command then "\(.command) \(.text | plain($n))" elif .button then "presses [\(.button)]" else .kind end) };

def told: names as $n | .slack.ephemerals[]
    | { at: (.ts | tonumber * 1000 | floor), order: 1, who: "opsgate to \($n[.for])", what: (.text | plain($n)) };

# A card counts while it looks: what differs in nothing else is said once.
def uncounted: gsub("(?<what>baked|watched) [0-9a-z ]+ of"; "\(.what) … of");
def without_repeats: . as $all | [range(length) | select(. == 0 or ($all[.].what | uncounted) != ($all[. - 1].what | uncounted))
    | $all[.]];

# A message that was edited had several texts: each begins when the one before it ends.
def said: names as $n | .slack.channels[] | ("#" + .name) as $channel | .messages[]
    | ([(.ts | tonumber * 1000 | floor)] + [.edits[]?.until_ms]) as $begins
    | ([.edits[]?.text] + [.text]) as $texts
    | [range($texts | length) | { at: $begins[.], order: 2, who: $channel, what: ($texts[.] | plain($n)) }]
    | without_repeats[];

def served: .run.services[] | .id as $service | .history[] | select(.generation > 1)
    | { at: .at_ms, order: 3, who: "Cloud Run \($service)",
        what: ((if .kind == "served" then "serves " else "is asked for " end) + split($service)) };

# What GitHub was told to do, and what it shows: a release, a webhook of it that reached nobody, the states of a deployment.
def published: .github.repositories[]?.releases[]? | select(.published_at_ms)
    | { at: .published_at_ms, order: 0, who: "GitHub", what: "\(.author) publishes \(.tag)" };
def lost: .github.deliveries[]? | select(.event == "release" and (.status_code // 0) >= 300)
    | { at: .sent_at_ms, order: 1, who: "GitHub", what: "its webhook \(.about) reaches nobody" };
def deployed: .github.deployments[]? | .environment as $environment | .statuses[]
    | { at: (.created_at | fromdateiso8601 * 1000 + 999), order: 2, who: "GitHub \($environment)", what: "\(.state): \(.description)" };

# What PagerDuty shows of a page now, and the notes on it; what the public reads.
def unix_ms: (sub("[.][0-9]+Z$"; "Z") | fromdateiso8601 * 1000) + (capture("[.](?<ms>[0-9]{3})Z$") // { ms: "0" } | .ms | tonumber);
def paged: .pagerduty.incidents[]? | { at: (.last_status_change_at | unix_ms), order: 2, who: "PagerDuty",
    what: "#\(.incident_number) \(.title) (\(.service.summary)): \(.status)\(if .status == "triggered" then "" else ", by \(.last_status_change_by.summary)" end)" };
def noted: .pagerduty.notes[]?[]? | { at: (.created_at | unix_ms), order: 2, who: "PagerDuty", what: "a note of \(.user.summary): \(.content)" };
def public: .statuspage.incidents[]?.incident_updates[]?
    | { at: (.created_at | unix_ms), order: 2, who: "Status page", what: "\(.status): \(.body)" };

def clock: . / 1000 | floor | strflocaltime("%H:%M:%S");
def pad($n): . + (" " * ([$n - length, 1] | max));

# A line as wide as the terminal; 0: as it is.
def cut($width): if $width > 1 and length > $width then .[:$width - 1] + "…" else . end;

# Everything after $since (unix ms), in the order in which it happened.
def news($since):
    [typed, told, said, served, published, lost, deployed, paged, noted, public] | map(select(.at > $since)) | sort_by(.at, .order)[]
    | ["  \(.at | clock)  \(.who | pad(26))", (.what / "\n")] | .[0] + .[1][0], (.[1][1:][] | (" " * 38) + .);

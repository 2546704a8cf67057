#!/bin/sh
# Many deploys leave no crowd of tags on the service: the one that serves and the one before keep theirs, people's own stay.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
sandbox_up
opsgate_up || exit 1
wait_until 10 has_owner

service() { # service FILTER [JQ-OPTION...]
    service_filter=$1
    shift
    world ".run.services[] | select(.id == \"api-service\") | $service_filter" "$@"
}

tags() {
    service '[.traffic[].tag // empty] | sort | join(" ")'
}

token() {
    curl -s --noproxy '*' -H 'Metadata-Flavor: Google' \
        "$SANDBOX_URL/metadata/computeMetadata/v1/instance/service-accounts/default/token" | jq -r .access_token
}

tag_by_hand() { # tag_by_hand TAG: on the revision that is ready
    curl -s --noproxy '*' -X PATCH -H "Authorization: Bearer $(token)" -H 'Content-Type: application/json' \
        -d "$(service '{ traffic: (.traffic + [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION",
            revision: (.latestReadyRevision | split("/") | last), tag: $tag }]) }' --arg tag "$1")" \
        "$SANDBOX_URL/run/v2/projects/acme/locations/us-central1/services/api-service?updateMask=traffic" >"$RUN/patched"
}

deploy() { # deploy ID VERSION
    say "$ANN" /deploy "staging $2"
    check "$1 ends" wait_until 60 has_ended "$1"
    check "$1 ends well" same "done" "$(operation "$1" .result)"
    wait_until 20 is_idle
}

tag_by_hand blue
check "somebody tags a revision by hand" same blue "$(tags)"
deploy D1 v1.4.1
check "the first deploy leaves its tag" same "blue d1" "$(tags)"
deploy D2 v1.4.2
check "the second keeps the one before in reach" same "blue d1 d2" "$(tags)"
deploy D3 v1.4.1
check "the third takes the first one's tag away, and nobody else's" same "blue d2 d3" "$(tags)"
check "only what serves is expected by the next" same 1 "$(operation D3 '.body.before | length')"
check "it says which tag it took" same d1 "$(operation D3 '.body.remove_tags | join(" ")')"
finish

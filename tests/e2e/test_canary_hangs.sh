#!/bin/sh
# A canary whose requests never end: none is counted, so its metrics do not exist, while those of what served before do. It
# is not waited for until max_bake, nor called good: it goes back once nothing that was late can come any more.
# shellcheck disable=SC2016,SC2119,SC2317
. "$(dirname "$0")/lib.sh"
begin "$1"
rollout_up 's/bake: 3s/bake: 20s/; s/max_bake: 60s/max_bake: 30m/' # it looks every 2 s: a gap of 6 s begins it anew

push 1.5.0
behave v1.5.0 '{"hangs":true}'
say "$ANN" /deploy "api production v1.5.0"
check "it gets its first share" wait_until 30 bakes_at D1 5
check "it ends" wait_until 600 has_ended D1
check "as failed" same failed "$(operation D1 .result)"
check "it never had more, and then nothing" shares_were $PROD D1 "5 0"
check "not before what is late would have come" test 60000 -le \
    $(($(wanted_times $PROD D1 | tail -n 1 | cut -d ' ' -f 1) - $(reached_ms $PROD D1 5)))
check "the card says what is known" card_shows D1 'none of its requests was counted, and [0-9,]+ of the old version'
check "what was there before serves" runs_image_of $PROD v1.4.1
check "the version is marked as bad" target api/production '[.bad[] | .version] | index("v1.5.0") != null'
finish

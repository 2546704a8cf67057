#!/bin/sh
# Builds opsgate with warnings as errors and runs every test: sh tests/run.sh [PRESET [CTEST-OPTION...]]
# On a fresh Debian 12, as root or with sudo: installs what it needs. Ends with ctest's own closing line.
set -eu
cd "$(dirname "$0")/.."
preset=${1:-debug}
[ $# -eq 0 ] || shift

# shellcheck disable=SC2046 # one word for each package
sh deploy/packages.sh $(cat deploy/packages.txt) binutils lld chromium valgrind shellcheck libmimalloc-dev prometheus \
    nginx-light systemd python3-jsonschema lintian yamllint

cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" -j "$(nproc)"
# most tests wait for most of their time; those that compute say so (PROCESSORS, in their CMakeLists.txt)
ctest --test-dir "build/$preset" --output-on-failure -j "$((4 * $(nproc)))" "$@"

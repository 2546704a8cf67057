#!/bin/sh
# Builds opsgate with warnings as errors and runs every test: sh tests/run.sh [PRESET]
# On a fresh Debian 12, as root or with sudo: installs what it needs. Ends with ctest's own closing line.
set -eu
cd "$(dirname "$0")/.."
preset=${1:-debug}

sh deploy/packages.sh build-essential cmake ninja-build pkg-config libmicrohttpd-dev libcurl4-openssl-dev libhiredis-dev \
    libcjson-dev libssl-dev libuv1-dev libfyaml-dev uthash-dev redis-server libcmocka-dev \
    curl jq redis-tools binutils chromium valgrind

cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" -j "$(nproc)"
ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)"

#!/bin/sh
# The program of all pure libraries needs none of the libraries that touch the world.
set -eu
needed=$(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for library in libuv libhiredis libcurl libmicrohttpd libwebsockets libfyaml; do
    case "$needed" in
    *"$library"*)
        echo "the pure libraries need $library:"
        echo "$needed"
        exit 1
        ;;
    esac
done
echo "needed:" $needed

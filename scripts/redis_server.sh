#!/bin/sh
# Looks for redis-server, on which the model tests run besides the embedded server; installs it where that is simple.
# Never fails: without it those tests are skipped.
set -eu

if command -v redis-server >/dev/null; then
    exit 0
fi
# Under systemd Debian's package would start a service that nobody asked for.
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && [ ! -d /run/systemd/system ]; then
    echo "Installing the second server that the tests use: apt-get install redis-server"
    if apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server >/dev/null; then
        exit 0
    fi
fi
echo "No redis-server on PATH: the tests run on the embedded server only."

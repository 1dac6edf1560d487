#!/bin/sh
# Makes sure that the tests find a RabbitMQ, and openssl for certificates; prints nothing when both are there.
# Where they cannot be installed, the tests that need them are skipped and say so.
set -eu

wanted=
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || wanted="$wanted rabbitmq-server"
command -v openssl >/dev/null || wanted="$wanted openssl"
[ -n "$wanted" ] || exit 0

skipped() {
    echo "Tests that need$wanted are skipped. On Debian and Ubuntu: sudo apt-get install$wanted" >&2
    exit 0
}

[ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || skipped

# The package starts a server when it is installed, unless this file says no: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

echo "Installing what the tests of other brokers need: apt-get install$wanted"
apt-get update -qq || skipped
# shellcheck disable=SC2086 -- several names
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $wanted >/dev/null || skipped

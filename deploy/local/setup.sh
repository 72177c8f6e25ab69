#!/bin/sh
# Makes .venv from the hash-locked packages, installs the workspace's members, fetches Kafka's and Zipkin's jars.
# Every failure ends with one line that says what to do. Details: .venv/setup.log
set -eu
cd "$(dirname "$0")/../.."

NEEDED_MB=1500

fail() { # code, message, what to do
    printf 'error [%s] %s\n  what to do: %s\n' "$1" "$2" "$3" >&2
    exit 1
}

is_python_3_11() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3 python; do
        if [ -n "$candidate" ] && is_python_3_11 "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

explain_pip() { # why pip failed, from its log
    if grep -qi 'no space left' .venv/setup.log; then
        fail setup.disk-full "no space left while installing packages" "free about $NEEDED_MB MB and run make setup again"
    elif grep -qi 'do not match the hashes' .venv/setup.log; then
        fail setup.hash-mismatch "a package is not the one in requirements.lock; it was refused" \
            "run make setup again; if it stays, the package index or a proxy serves a changed file"
    elif grep -qiE 'connection|timed out|name resolution|retrying|no matching distribution' .venv/setup.log; then
        fail setup.network "the Python packages could not be fetched (the first run needs the network)" \
            "check connection, proxy and pip's index settings, then run make setup again; details: .venv/setup.log"
    fi
    tail -n 5 .venv/setup.log >&2
    fail setup.packages "the Python packages could not be installed" "see .venv/setup.log"
}

[ -w . ] || fail setup.not-writable "the folder $(pwd) cannot be written to" "clone into a folder of your own"

python=$(find_python)
[ -n "$python" ] || fail setup.no-python "Python 3.11 was not found" \
    "install Python 3.11, or name it: make setup PYTHON=/path/to/python3.11"
"$python" -c 'import venv, ensurepip' 2>/dev/null || fail setup.no-venv "this Python 3.11 comes without venv" \
    "install it (Debian and Ubuntu: the package python3.11-venv)"

if ! { [ -x .venv/bin/python ] && is_python_3_11 .venv/bin/python; }; then
    free_mb=$(df -Pk . | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free_mb" -ge "$NEEDED_MB" ] || fail setup.disk-full "only $free_mb MB are free here; $NEEDED_MB MB are needed" \
        "free some space and run make setup again"
    echo "setup: making .venv"
    rm -rf .venv
    "$python" -m venv .venv || fail setup.venv "the virtual environment could not be made" "see the lines above"
fi

echo "setup: fetching Python packages (about half a minute with a good network)"
.venv/bin/python -m pip install --disable-pip-version-check --no-input --no-deps --require-hashes \
    -r requirements.lock >.venv/setup.log 2>&1 || explain_pip

echo "setup: installing the workspace's members"
members=$(sed -n 's/^  "\(\(shared\|services\|deploy\)\/[a-z0-9-]*\)",$/-e \1/p' pyproject.toml)
# shellcheck disable=SC2086  # the list is meant to be split
.venv/bin/uv pip install --quiet --offline --python .venv/bin/python --no-deps --no-build-isolation $members \
    >>.venv/setup.log 2>&1 || { tail -n 5 .venv/setup.log >&2; fail setup.members "a member could not be installed" "see .venv/setup.log"; }

echo "setup: fetching Kafka and Zipkin"
.venv/bin/local-stack jars

#!/bin/sh
# All tests, in two halves side by side, since each half waits most of its time: one runs the whole system (journeys and
# chaos), the other the parts. Two halves on one machine disturb each other's clocks, so what failed beside the other half
# is run once more alone, and that run decides; both are printed.
set -u
cd "$(dirname "$0")/.."
mkdir -p build

system() { .venv/bin/pytest -o cache_dir=build/cache-system tests/journeys tests/chaos "$@"; }
parts() { .venv/bin/pytest -o cache_dir=build/cache-parts --ignore=tests/journeys --ignore=tests/chaos "$@"; }
again="--last-failed --last-failed-no-failures=none"

system >build/test-system.txt 2>&1 &
job=$!
trap 'kill "$job" 2>/dev/null' INT TERM
parts
parts_status=$?
wait "$job"
system_status=$?
cat build/test-system.txt

# Only "tests failed" (1) may be tried again: an interrupt or an error of collection is final.
# shellcheck disable=SC2086  # the options are meant to be split
if [ "$parts_status" -eq 1 ]; then echo "what failed among the parts, alone:"; parts $again; parts_status=$?; fi
# shellcheck disable=SC2086
if [ "$system_status" -eq 1 ]; then echo "what failed in the system, alone:"; system $again; system_status=$?; fi
[ "$parts_status" -eq 0 ] && [ "$system_status" -eq 0 ]

#!/bin/sh
# All tests, in two halves side by side, since each half waits most of its time: one runs the whole system (journeys and
# chaos), the other the parts. Fails if either half fails. The system's output follows when both have ended.
set -u
cd "$(dirname "$0")/.."
mkdir -p build

.venv/bin/pytest -o cache_dir=build/cache-system tests/journeys tests/chaos >build/test-system.txt 2>&1 &
system=$!
trap 'kill "$system" 2>/dev/null' INT TERM

.venv/bin/pytest -o cache_dir=build/cache-parts --ignore=tests/journeys --ignore=tests/chaos
parts=$?
wait "$system"
whole=$?

cat build/test-system.txt
[ "$parts" -eq 0 ] && [ "$whole" -eq 0 ]

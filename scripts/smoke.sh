#!/usr/bin/env bash
# What is published is what was built here: wheel and sdist have the same bytes whenever they are built, and the wheel
# works in an environment of its own, away from this folder.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONPATH

into() { python3 -m venv --without-pip "$1" && python3 -m pip --python "$1/bin/python" install -q "${@:2}"; }

into "$work/tools" hatchling
for name in one two; do
  "$work/tools/bin/hatchling" build -d "$work/$name" >/dev/null 2>&1
  sleep 1 # a clock that crept in would show
done
(cd "$work/one" && sha256sum -- *) | tee "$work/sums"
(cd "$work/two" && sha256sum --check --quiet "$work/sums")

into "$work/venv" "$work"/one/*.whl
cd "$work"
for command in "init cards --topic llm" "--project cards extract" "--project cards check" "--project cards build"; do
  "$work/venv/bin/cardsmith" $command
done
test -s "$work/cards/dist/llm.apkg"

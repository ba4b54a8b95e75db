#!/usr/bin/env bash
# Whether the lower bounds in pyproject.toml are true: with just these versions what rests on them works, the decks
# pass every check, and their packages hold what was released. Needs nothing that is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

unset PYTHONPATH PYTEST_ADDOPTS
venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
python3 -m venv --without-pip "$venv"
python3 -m pip --python "$venv/bin/python" install -q --disable-pip-version-check \
  --constraint tests/lowest.txt '.[exact,fast,formats,model,pictures]' pytest hypothesis fpdf2 python-docx
"$venv/bin/python" -m pytest -q -p no:cacheprovider \
  tests/test_assistant.py tests/test_deckfile.py tests/test_formats.py tests/test_latex.py tests/test_mathjax.py tests/test_render.py tests/test_rules.py
"$venv/bin/cardsmith" check
"$venv/bin/cardsmith" build --locked --out "$venv/dist"

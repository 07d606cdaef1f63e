#!/usr/bin/env bash
# From bare Python to an environment that can run Pinzhi (`setup.sh base`) or its whole test suite (`setup.sh test`, `setup.sh bench`).
# Everything comes from the ordinary registries by hash-locked files; system packages are installed where we may, otherwise named.
set -euo pipefail
cd "$(dirname "$0")/.."
want="${1:-base}"
say() { printf '%s\n' "$*" >&2; }
fail() { say "setup: $1"; say "  what to do: $2"; exit 1; }

python=""
for candidate in python3.13 python3.12 python3.11 python3; do
  if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$candidate"; break; fi
done
[ -n "$python" ] || fail "no Python >= 3.11 on the PATH" "install python3.11 or newer, for example with the system's package manager"

apt_install() { # names of Debian packages
  command -v apt-get >/dev/null 2>&1 || return 1
  local sudo=""
  if [ "$(id -u)" != 0 ]; then command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && sudo="sudo -n" || return 1; fi
  say "setup: installing system packages: $*"
  $sudo apt-get update -qq >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

# 1. A tool environment of its own holds uv and the build backend.
if [ ! -x .tools/bin/python ] || ! cmp -s requirements/build.txt .tools/locked.txt; then
  rm -rf .tools
  "$python" -m venv .tools >/dev/null 2>&1 || { rm -rf .tools; apt_install python3-venv && "$python" -m venv .tools; } ||
    fail "this Python cannot make a virtual environment" "install the package python3-venv (or ensurepip) for $python"
  .tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt ||
    fail "uv could not be fetched" "check that this machine reaches its Python package registry"
  cp requirements/build.txt .tools/locked.txt
fi

# 2. The environment itself: exactly the lock, nothing else.
[ -x .venv/bin/python ] || .tools/bin/uv venv --quiet --python "$python" .venv
lock="requirements/$want.txt"
stamp=".venv/locked-$want.txt"
if ! cmp -s "$lock" "$stamp" || [ ! -x .venv/bin/pinzhi ]; then
  rm -f .venv/locked-*.txt
  cat "$lock" requirements/build.txt > .venv/all.txt
  .tools/bin/uv pip sync --quiet --require-hashes --python .venv .venv/all.txt
  .tools/bin/uv pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
  cp "$lock" "$stamp"
fi

# 3. Front-end assets by lock, into an ignored folder.
.venv/bin/python tools/assets.py

# 4. Translations from their sources.
.venv/bin/python tools/messages.py compile

# 5. What only the tests need from the system.
if [ "$want" != base ]; then
  missing=()
  command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1 || missing+=(chromium)
  { command -v fc-list >/dev/null 2>&1 && fc-list :lang=zh 2>/dev/null | grep -q .; } || missing+=(fonts-noto-cjk fontconfig)
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing+=(postgresql)
  command -v java >/dev/null 2>&1 || missing+=(default-jre-headless)
  .venv/bin/python tools/chain_node.py || say "setup: the tests on a real chain node say so and count as failed under CI=true"
  if [ "${#missing[@]}" -gt 0 ] && ! apt_install "${missing[@]}"; then
    say "setup: these system packages are missing and could not be installed here: ${missing[*]}"
    say "  what to do: install them by hand; the tests that need them say so and count as failed under CI=true"
  fi
fi

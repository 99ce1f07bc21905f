# Shared by run and drills; sourced, with `set -euo pipefail` on.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR=never NO_COLOR=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# Every crate is built once here: what helps the next build, or a debugger, would only fill the disk.
export CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0
target=${CARGO_TARGET_DIR:-target}
tools=$target/ci-tools
work=$(mktemp -d)
chmod 755 "$work" # the database server runs as somebody else
steps_passed=0 steps_failed=0 passed=0 failed=0

# step NAME COMMAND...: runs it, says how long it took; a failure is counted and the next step follows.
step() {
    local name=$1 began=$SECONDS code
    shift
    echo "== $name"
    # Not in a condition, where `set -e` would be off inside.
    set +e
    (set -e; "$@") </dev/null 2>&1 | tee "$work/last"
    code=${PIPESTATUS[0]}
    set -e
    count "$code"
    if [ "$code" -eq 0 ]; then
        steps_passed=$((steps_passed + 1))
        echo "-- $name: passed in $((SECONDS - began)) s"
    else
        steps_failed=$((steps_failed + 1))
        echo "-- $name: FAILED ($code) after $((SECONDS - began)) s"
    fi
}

# Adds up what the last step's own closing lines say; a step without any is one check, and one that failed has at least one failure.
count() {
    local lines p f
    read -r lines p f < <(awk '
        /^test result: /                 { lines++; p += $4; f += $6 }
        /^[0-9]+ passed, [0-9]+ failed$/ { lines++; p += $1; f += $3 }
        END                              { print lines + 0, p + 0, f + 0 }' "$work/last")
    [ "$lines" -gt 0 ] || [ "$1" -ne 0 ] || p=1
    [ "$f" -gt 0 ] || [ "$1" -eq 0 ] || f=1
    passed=$((passed + p)) failed=$((failed + f))
}

close() {
    echo "== steps: $steps_passed passed, $steps_failed failed; $SECONDS s in all"
    echo "$passed passed, $failed failed"
    [ "$steps_failed" -eq 0 ]
}

# packages COMMAND-OR-FILE=PACKAGE...: installs with apt-get what is not there yet; a file may be a pattern.
packages() {
    local pair missing=()
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || compgen -G "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
    done
    [ ${#missing[@]} -gt 0 ] || { echo "nothing is missing"; return; }
    echo "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$work/apt" || { tail -20 "$work/apt"; return 1; }
}

# python_tools FILE: a Python of our own with what FILE pins.
python_tools() {
    [ -x "$tools/bin/python" ] || python3 -m venv "$tools"
    # Not bin/pip, which installs where the folder lay when it was made.
    "$tools/bin/python" -m pip install -q -r "$1"
}

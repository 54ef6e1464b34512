#!/bin/sh
# Makes sure that the Debian packages which Qt and `python -m venv` need are there.
# Missing ones are installed through apt where this user may do that (root, or sudo without a password);
# else the exact line to run is printed, and the script fails only if the program cannot work without them.
# Extra package names can be given as arguments (`.ci/run` asks for xvfb).
set -eu
here=$(dirname "$0")

# Qt does not load without these, even offscreen.
needed="libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"
# Qt opens no window on X11 without these.
window="libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0"

[ "$(uname)" = Linux ] || exit 0
if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "Not a Debian system: should the window not open, install what Debian calls: $needed $window"
    exit 0
fi

missing_of() {
    for package in "$@"; do
        # A library renamed for 64-bit time (libglib2.0-0t64) counts as installed: it provides the old name.
        if ! dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' "$package" "${package}t64" 2>/dev/null |
            grep -q '^installed '; then
            echo "$package"
        fi
    done
}

python=$("$here/find_python.sh" 2>/dev/null) || python=""
if [ -z "$python" ] && [ -z "${PYTHON:-}" ]; then
    needed="$needed python3 python3-venv"
elif [ -n "$python" ] && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    needed="$needed python3-venv"
fi

# Package names hold no spaces, so word splitting is what is wanted here.
missing_needed=$(missing_of $needed)
missing=$(missing_of $needed $window "$@")
[ -n "$missing" ] || exit 0
missing=$(echo $missing)

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    as_root="no"
fi
if [ "$as_root" != no ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing system libraries: $missing"
    if $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq \
        --no-install-recommends $missing >/dev/null; then
        exit 0
    fi
    echo "apt-get did not succeed."
fi
echo "System libraries are missing. Run this once, then try again:"
echo "    sudo apt-get install -y $missing"
[ -z "$missing_needed" ]

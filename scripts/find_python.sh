#!/bin/sh
# Prints the path of a Python 3.10, 3.11 or 3.12 that can run: $PYTHON if set, else the machine's own python3 if it is
# one of these, else the newest of them. Each candidate is started, because a shim on PATH may point at nothing.
set -eu

path_of() {
    "$1" -c 'import sys; assert (3, 10) <= sys.version_info[:2] <= (3, 12); print(sys.executable)' 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    path_of "$PYTHON" && exit 0
    echo "PYTHON=$PYTHON is not a Python 3.10, 3.11 or 3.12 that runs." >&2
    exit 1
fi
for name in python3 python3.12 python3.11 python3.10; do
    path_of "$name" && exit 0
done
echo "No Python 3.10, 3.11 or 3.12 found. Install one, or name one: make run PYTHON=/path/to/python3.11" >&2
exit 1

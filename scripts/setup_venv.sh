#!/bin/sh
# Creates the virtual environment $VENV if need be and installs the program into it, in the tested versions.
# Usage: setup_venv.sh run | dev
#   run: what the program needs, and videos.
#   dev: also the tools, the exporters, and escnn (the oracle of the group convolutions in the tests).
# TORCH_INDEX may hold the address of a package index with CPU builds of PyTorch, to spare Linux the CUDA libraries.
set -eu
here=$(dirname "$0")
venv=${VENV:-.venv}
what=$1

python=$("$here/find_python.sh")
if ! [ -x "$venv/bin/python" ]; then
    echo "Creating $venv with $python ($("$python" --version))"
    "$python" -m venv "$venv"
fi
pip() { "$venv/bin/python" -m pip "$@"; }
install() {
    pip install --quiet --disable-pip-version-check -c constraints.txt \
        ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} "$@"
}

echo "Installing into $venv (the first time this takes a minute or more)"
case $what in
run)
    install -e '.[video]'
    ;;
dev)
    install -e '.[dev,escnn,onnx,openvino,video]'
    # escnn's metadata asks for py3nj, which needs a Fortran compiler and serves only 3-D groups that nobody uses here.
    install --no-deps escnn
    ;;
*)
    echo "Usage: $0 run | dev" >&2
    exit 2
    ;;
esac
touch "$venv/.installed-$what"
[ "$what" != dev ] || touch "$venv/.installed-run"

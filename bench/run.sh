#!/bin/sh
# bench/run.sh BUILD-FOLDER: every line is "name  ours  peer  ratio  who the peer is".
set -eu
"$1/figment_bench"
if [ ! -x "$1/figment-bench-neural" ]; then
  echo "the networks are not built: apt install libtorch-dev libopenblas0-openmp libhwy-dev libsentencepiece-dev libyaml-cpp-dev"
  exit 0
fi
/usr/bin/python3 -c "import torch" 2>/dev/null || echo "no PyTorch to compare the networks with: apt install python3-torch"
"$1/figment-bench-neural" codec
"$1/figment-bench-neural" text
"$1/figment-bench-neural" stems
"$1/figment-bench-neural" small q8
"$1/figment-bench-neural" small q4

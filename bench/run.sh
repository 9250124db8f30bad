#!/bin/sh
# bench/run.sh BUILD-FOLDER: every line is "name  ours  peer  ratio".
set -eu
exec "$1/figment_bench"

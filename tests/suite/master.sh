#!/bin/sh
# Masters every clip that lies beside the source tree to -14 LUFS, and like every other, judges the results with
# ffmpeg and a bank of filters, and prints the tables of docs/measured.md.
#
#   tests/suite/master.sh [-p PROGRAMS]      folder that holds figment_test   (build/release)
# Needs ffmpeg. Exit code 1 when a promise is not kept.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
programs=$root/build/release
while getopts p: option; do
  case $option in
    p) programs=$OPTARG ;;
    *) exit 2 ;;
  esac
done
log=$(mktemp "${TMPDIR:-/tmp}/figment-master.XXXXXX") || exit 1
trap 'rm -f "$log"' EXIT
FIGMENT_MASTER_TABLES=1 FIGMENT_DATA=$root "$programs/figment_test" --gtest_filter='MasterClips.*' >"$log" 2>&1
status=$?
sed -n 's/^TABLE //p' "$log"
grep -E 'Failure|SKIPPED|FAILED' -A 4 "$log" >&2
exit $status

#!/bin/sh
# fuzz/run.sh SECONDS: builds the libFuzzer targets with clang and runs each for so long, two at a time. Inputs that crash
# are kept in fuzz/crashes/TARGET and replayed by every test run from then on.
set -eu
seconds=${1:-60}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
[ -f build/fuzz/build.ninja ] || cmake --preset fuzz >/dev/null
cmake --build build/fuzz --target fuzz_targets >build/fuzz/build.log 2>&1 || { cat build/fuzz/build.log; exit 1; }
failed=0
run_one() {
  name=$1
  mkdir -p "build/fuzz/corpus/$name" "fuzz/crashes/$name"
  "build/fuzz/$name" -seed=1 -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
    -artifact_prefix="fuzz/crashes/$name/" "build/fuzz/corpus/$name" "fuzz/corpus/$name" >"build/fuzz/$name.log" 2>&1
}
set -- $(for s in fuzz/*_fuzz.cpp; do name=$(basename "$s" .cpp); [ ! -x "build/fuzz/$name" ] || echo "$name"; done)
while [ $# -gt 0 ]; do
  first=$1; shift
  run_one "$first" & one=$!
  second=""
  if [ $# -gt 0 ]; then second=$1; shift; run_one "$second" & two=$!; fi
  wait $one || failed="$failed $first"
  [ -z "$second" ] || wait $two || failed="$failed $second"
done
for log in build/fuzz/*_fuzz.log; do
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  echo "fuzz: $(basename "$log" .log): ${runs:-no} runs"
done
if [ "$failed" != 0 ]; then
  for name in $failed; do [ "$name" = 0 ] || tail -n 60 "build/fuzz/$name.log"; done
  echo "fuzz: crashed:$failed"
  exit 1
fi
find fuzz/crashes -type d -empty -delete 2>/dev/null || true

#!/bin/sh
# Makes every song of the prompt suite, judges it with other people's tools and prints the table of docs/measured.md.
#
#   tests/suite/run.sh [-p PROGRAMS] [-o FOLDER] [-k REGEX] [-s SEED]
#     -p  folder that holds figment and figment-judge   (build/release)
#     -o  where the songs go; those already there are kept   (a new folder in ${TMPDIR:-/tmp}, removed at the end)
#     -k  only the songs whose names match
#     -s  seed for all of them                           (each song's own)
# Needs ffmpeg. Exit code 1 when a song could not be made or judged, or a measure is missed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
programs=$root/build/release out= only=. seed=
while getopts p:o:k:s: option; do
  case $option in
    p) programs=$OPTARG ;;
    o) out=$OPTARG ;;
    k) only=$OPTARG ;;
    s) seed=$OPTARG ;;
    *) exit 2 ;;
  esac
done
if [ -z "$out" ]; then
  out=$(mktemp -d "${TMPDIR:-/tmp}/figment-suite.XXXXXX") || exit 1
  trap 'rm -rf "$out"' EXIT
fi
mkdir -p "$out" || exit 1
failed=0
: >"$out/judged.jsonl"
grep -v '^#' "$here/prompts.txt" | while IFS='|' read -r name bpm key metre length kind prompt; do
  name=$(echo $name)
  prompt=$(echo "$prompt" | sed 's/^ *//')
  [ -n "$name" ] || continue
  echo "$name" | grep -Eq -- "$only" || continue
  if [ ! -f "$out/$name/export/master.wav" ]; then
    begin=$(date +%s)
    if ! "$programs/figment" song "$prompt" -o "$out/$name" ${seed:+--seed "$seed"} --quiet >"$out/$name.log" 2>&1 </dev/null; then
      echo "NOT MADE  $name: $(tail -n 2 "$out/$name.log" | tr '\n' ' ')" >&2
      echo "$name" >>"$out/failed.txt"
      continue
    fi
    echo "made      $name in $(($(date +%s) - begin)) s" >&2
  fi
  # A song is judged once: the verdict lies beside it until it is made again.
  verdict=$out/$name/verdict.json
  if [ ! -f "$verdict" ] || [ "$out/$name/export/master.wav" -nt "$verdict" ] || [ "$programs/figment-judge" -nt "$verdict" ]; then
    if ! "$programs/figment-judge" --data "$root" "$out/$name" >"$verdict.new" </dev/null; then
      rm -f "$verdict.new"
      echo "NOT JUDGED $name" >&2
      echo "$name" >>"$out/failed.txt"
      continue
    fi
    mv "$verdict.new" "$verdict"
  fi
  cat "$verdict" >>"$out/judged.jsonl"
done
[ -s "$out/failed.txt" ] && failed=1
"$programs/figment-judge" --table "$out/judged.jsonl" --prompts "$here/prompts.txt" || failed=1
rm -f "$out/failed.txt"
exit $failed

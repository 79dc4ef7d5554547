#!/bin/sh
# What `make run` shows: a script and a native plugin, side by side, on real input. $1 is the built native example.
set -eu
cd "$(dirname "$0")/.."
library=$1

# Prints a command as one would type it, then runs it.
show() {
  printf '\n$ %s\n' "$1"
  sh -c "$1"
}

echo "A process plugin: a script that prints JSON becomes a command."
echo "The largest folders of this checkout:"
show "bin/osp --plugin-dir examples/disk-usage disk-usage . --top 5"

echo
echo "A native plugin: a shared library written in C, in a process of its own."
echo "What is in a CSV file:"
show "bin/osaurus tools call --library $library inspect --args '{\"path\":\"examples/csv-inspect/planets.csv\"}'"

echo
echo "An agent uses both kinds. Its model is a script here; any OpenAI-compatible server will do:"
rm -rf build/demo
mkdir -p build/demo
export OSAURUS_HOME="$PWD/build/demo" OSAURUS_KEY_PROTECTION=key-file
(cd build/demo && ../../bin/osaurus tools package org.example.csv-inspect 1.0.0 "../../$library") >/dev/null 2>&1
bin/osaurus tools install build/demo/org.example.csv-inspect-1.0.0.zip --allow-unsigned --consent >/dev/null 2>&1
bin/osaurus providers add demo --script examples/scripts/uses-both-kinds.json >/dev/null 2>&1
show "bin/osaurus --plugin-dir examples/disk-usage chat --yes 'What is in planets.csv, and in examples?'"
echo
echo "What it did, as Insights has it:"
show "bin/osaurus insights --limit 4"

cat <<TEXT

Try next:
  the same rows, for a program:
    bin/osp --plugin-dir examples/disk-usage disk-usage ~ --json
  what a library says about itself:
    bin/osaurus manifest extract $library
  a model that thinks, when one runs on this machine:
    bin/osaurus providers add ollama
  a plugin of your own, of either kind, in five minutes:
    docs/quick-start.md
TEXT

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

cat <<TEXT

Try next:
  the same rows, for a program:
    bin/osp --plugin-dir examples/disk-usage disk-usage ~ --json
  what a library says about itself:
    bin/osaurus manifest extract $library
  a plugin of your own, of either kind, in five minutes:
    docs/quick-start.md
TEXT

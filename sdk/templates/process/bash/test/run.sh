#!/usr/bin/env bash
# Runs the plugin as a host does: a process for each call, one JSON document on its standard output.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
passed=0 failed=0

# has "WHAT IT SHOWS" "PART OF THE ANSWER" WORD...: the plugin's answer to these words has this part in it.
has() {
  local title=$1 part=$2 answer status=0
  shift 2
  answer=$(./osp-{{name}} "$@" </dev/null) || status=$?
  if [[ $status == 0 && $answer == *"$part"* ]]; then
    passed=$((passed + 1))
    return
  fi
  failed=$((failed + 1))
  printf 'failed: %s\n  status %s, answered %s\n' "$title" "$status" "$answer" >&2
}

has "it describes itself" '"plugin_id":"{{plugin_id}}"' --describe
has "it describes its command" '"name":"{{name}}"' --describe
has "it greets the world" '"data":[{"greeting":"Hello, world!"}]' {{name}}
has "it greets a name given as argument" '"data":[{"greeting":"Hello, Ada!"}]' {{name}} Ada
has "it greets a name given as flag" '"data":[{"greeting":"Hello, Ada!"}]' {{name}} --name Ada
has "a name may have quotes in it" '"greeting":"Hello, \"Ada\"!"' {{name}} '"Ada"'
has "it refuses a name that is too long" '"code":"USAGE"' {{name}} "$(printf 'a%.0s' {1..101})"

printf '%s passed, %s failed\n' "$passed" "$failed"
((failed == 0))

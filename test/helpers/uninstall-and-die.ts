// A program for tests: uninstalls a plugin, and is killed at its n-th change of the file system. Prints whether it got that
// far as JSON. Arguments: the data folder, the plugin, n.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolvePaths } from "../../src/base/paths.ts";

const [data = "", pluginId = "", at = ""] = process.argv.slice(2);
let left = Number(at);

const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
const promised = fs.promises as unknown as Record<string, (...args: unknown[]) => unknown>;
const countIn = (owner: typeof functions, name: string) => {
  const original = owner[name]!;
  owner[name] = (...args) => {
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
    return original(...args);
  };
};
for (const name of ["writeFileSync", "renameSync", "linkSync", "rmSync"]) countIn(functions, name);
countIn(promised, "rm");
syncBuiltinESMExports();

const { createHost } = await import("../../src/host/create-host.ts");
const env = { OSAURUS_HOME: data, HOME: data };
const host = createHost({ paths: resolvePaths({ env, platform: "linux" }), env, cwd: data });
await (await host.installs()).uninstall(pluginId, {});
await host.stop();
process.stdout.write(JSON.stringify({ reached: left <= 0 }));

// A program for tests: makes a project, and at its n-th change of the file system is killed, or is told that the disk is
// full. Prints how it ended as JSON. Arguments: folder, name, language, n, "kill" or "full".

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { toHostError } from "../../src/protocol/errors.ts";

const [folder = "", name = "", language = "", at = "", how = ""] = process.argv.slice(2);
let left = Number(at);

const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const change of ["mkdirSync", "writeFileSync", "renameSync"] as const) {
  const original = functions[change]!;
  functions[change] = (...args) => {
    left -= 1;
    if (left === 0 && how === "kill") process.kill(process.pid, "SIGKILL");
    if (left === 0)
      throw Object.assign(new Error("no room"), { code: "ENOSPC", syscall: change, path: String(args[0]) });
    return original(...args);
  };
}
syncBuiltinESMExports();

const { createProject } = await import("../../src/workshop/create-project.ts");
const outcome = () => {
  try {
    createProject({ kind: "native", name, language, folder, env: process.env });
    return { ok: true };
  } catch (error) {
    return { ok: false, code: toHostError(error).code };
  }
};
process.stdout.write(JSON.stringify({ ...outcome(), reached: left <= 0 }));

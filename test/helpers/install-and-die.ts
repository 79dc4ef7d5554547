// A program for tests: installs a folder, and at its n-th change of the file system is killed, or is told that the disk
// is full. Prints how it ended as JSON. Arguments: tools folder, package folder, n, "kill" or "full".

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { toHostError } from "../../src/protocol/errors.ts";

const [tools = "", path = "", at = "", how = ""] = process.argv.slice(2);
let left = Number(at);

const CHANGES = ["mkdirSync", "writeFileSync", "renameSync", "symlinkSync", "linkSync", "fsyncSync", "rmSync"] as const;
const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const name of CHANGES) {
  const original = functions[name]!;
  functions[name] = (...args) => {
    left -= 1;
    if (left === 0 && how === "kill") process.kill(process.pid, "SIGKILL");
    // What removes things needs no room on the disk.
    if (left === 0 && name !== "rmSync") {
      throw Object.assign(new Error("no room"), { code: "ENOSPC", syscall: name, path: String(args[0]) });
    }
    return original(...args);
  };
}
syncBuiltinESMExports();

const { installPackage } = await import("../../src/plugins/native/install-store.ts");
const source = { kind: "folder", path, label: path, fromRegistry: false } as const;
const done = await installPackage(tools, source, { allowUnsigned: true, consentGiven: true }).then(
  () => ({ ok: true }),
  (error: unknown) => ({ ok: false, code: toHostError(error).code }),
);
process.stdout.write(JSON.stringify({ ...done, reached: left <= 0 }));

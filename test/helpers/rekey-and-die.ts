// A program for tests: encrypts all settings of a folder anew, and at its n-th change of the file system is killed, or is
// told that the disk is full. Prints how it ended as JSON, and each recovery key before that, a line each. Arguments: the
// folder, n, "kill" or "full", "rekey" or "ensure".

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { toHostError } from "../../src/protocol/errors.ts";

const [folder = "", at = "", how = "", what = ""] = process.argv.slice(2);
let left = Number(at);

const CHANGES = ["mkdirSync", "openSync", "writeFileSync", "renameSync", "linkSync", "fsyncSync", "rmSync"] as const;
const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const name of CHANGES) {
  const original = functions[name]!;
  functions[name] = (...args) => {
    if (name === "openSync" && args[1] !== "wx") return original(...args);
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

const { DataKeys } = await import("../../src/store/data-keys.ts");
const { rekey } = await import("../../src/store/change-data-keys.ts");
const { reencryption } = await import("../../src/store/secret-tree.ts");
const onRecoveryKey = (text: string) => void fs.writeSync(1, `${text}\n`);
const keys = new DataKeys({ folder, env: {}, onRecoveryKey });
const done = await (what === "rekey" ? rekey(keys, reencryption(folder, [])) : keys.ensure()).then(
  () => ({ ok: true }),
  (error: unknown) => ({ ok: false, code: toHostError(error).code }),
);
process.stdout.write(JSON.stringify({ ...done, reached: left <= 0 }));

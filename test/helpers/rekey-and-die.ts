// A program for tests: encrypts all settings of a folder anew, and at its n-th change of the file system is killed. Prints how
// it ended as JSON, and each recovery key before that, a line each. Arguments: "rekey" or "ensure", the folder, n.
//
// Without a folder, it is told of one after the other and of an n for each, and answers; it is then told that the disk is
// full. It lives on, so that one process is enough.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { toHostError } from "../../src/protocol/errors.ts";

const [what = "", killedIn, killedAt] = process.argv.slice(2);
let left = 0;

const CHANGES = ["mkdirSync", "openSync", "writeFileSync", "renameSync", "linkSync", "fsyncSync", "rmSync"] as const;
const functions = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const name of CHANGES) {
  const original = functions[name]!;
  functions[name] = (...args) => {
    if (name === "openSync" && args[1] !== "wx") return original(...args);
    left -= 1;
    if (left === 0 && killedIn !== undefined) process.kill(process.pid, "SIGKILL");
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

if (killedIn !== undefined) {
  const result = await change(killedIn, Number(killedAt), (text) => void fs.writeSync(1, `${text}\n`));
  process.stdout.write(JSON.stringify(result));
} else {
  process.on("message", async ({ folder, at }: { folder: string; at: number }) => {
    const recoveryKeys: string[] = [];
    const result = await change(folder, at, (text) => void recoveryKeys.push(text));
    process.send!({ result, recoveryKeys });
  });
}

async function change(folder: string, at: number, onRecoveryKey: (text: string) => void) {
  left = at;
  const keys = new DataKeys({ folder, env: {}, onRecoveryKey });
  const done = await (what === "rekey" ? rekey(keys, reencryption(folder, [])) : keys.ensure()).then(
    () => ({ ok: true }),
    (error: unknown) => ({ ok: false, code: toHostError(error).code }),
  );
  return { ...done, reached: left <= 0 };
}

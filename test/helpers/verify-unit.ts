// What systemd says of a unit that a page gives people to copy.

import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { tempDir } from "./temp-dir.ts";

/** The lines in which it complains about the unit, which is a service of this name; a user's, or the system's. */
export async function verifyUnit(name: string, unit: string, whose: "--user" | "--system"): Promise<string[]> {
  const folder = tempDir();
  const file = `${name}.service`;
  // Services of users have a folder there, also where nobody is signed in.
  const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder };
  writeFileSync(join(folder, file), unit);
  const args = ["verify", whose, "--man=no", join(folder, file)];
  const { stderr } = await promisify(execFile)("systemd-analyze", args, { env }).catch((error) => {
    if (error.code === "ENOENT") throw new Error("this test needs systemd-analyze (Debian: apt-get install systemd)");
    return error as { stderr: string };
  });
  return stderr.split("\n").filter((line) => line.includes(file));
}

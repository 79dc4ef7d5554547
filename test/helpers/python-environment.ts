// A virtual environment with the Python packages of test/fixtures/sdk/requirements.txt, made once and used again until
// that file or Python changes.

import { spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const REQUIREMENTS = join(ROOT, "test", "fixtures", "sdk", "requirements.txt");
const ENVIRONMENTS = join(ROOT, "build", "python");

/** The folder to put first in PATH: its `python3` has the packages. Throws when it cannot be made, and says why. */
export function pythonEnvironment(): string {
  const version = run("python3", "--version");
  const key = createHash("sha256").update(version).update(readFileSync(REQUIREMENTS)).digest("hex").slice(0, 16);
  const folder = join(ENVIRONMENTS, key);
  if (!existsSync(folder)) makeEnvironment(folder);
  return join(folder, "bin");
}

/** Made aside and moved when it is whole: of several test files that start at once, the first one to be ready wins. */
function makeEnvironment(folder: string): void {
  const aside = `${folder}.${randomBytes(6).toString("hex")}`;
  mkdirSync(ENVIRONMENTS, { recursive: true });
  try {
    run("python3", "-m", "venv", aside);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    run(join(aside, "bin", "python3"), ...pip, "--requirement", REQUIREMENTS);
    renameSync(aside, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function run(program: string, ...args: string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if ((error as NodeJS.ErrnoException | undefined)?.code === "ENOENT") {
    throw new Error(`"${program}" was not found: the tests of the helpers for Python need Python 3.9 or newer`);
  }
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`"${program} ${args.join(" ")}" ended with status ${status}:\n${stderr}${stdout}`);
  return stdout;
}

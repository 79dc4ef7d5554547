// Compiles what tests load, as far as it changed: the fixture plugins once before all tests, those in several languages
// only for the test that asks for them.

import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { installProgram } from "./program.ts";

const ROOT = join(import.meta.dirname, "../..");

export default function setup(): void {
  const folder = join(ROOT, "test/fixtures/native");
  const { status, stderr } = spawnSync("make", ["-s", "-j2", "-C", folder], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the fixture plugins do not compile:\n${stderr}`);
  installProgram();
}

/** Compilers that the plugins of test/fixtures/abi need, and how to get each. */
const COMPILERS: Readonly<Record<string, string>> = {
  cc: '"apt-get install gcc", or the command line tools of Xcode',
  "c++": '"apt-get install g++", or the command line tools of Xcode',
  rustc: '"apt-get install rustc", or rustup from https://rustup.rs',
  go: '"apt-get install golang-go", or an archive from https://go.dev/dl',
};

/**
 * Compiles the plugins of test/fixtures/abi, and the runner with AddressSanitizer. Fails with what to install when a
 * compiler is missing: a language that is left out would look like one that works.
 */
export async function buildAbiFixtures(): Promise<void> {
  const missing = Object.keys(COMPILERS).filter((name) => spawnSync(name, [versionFlag(name)]).error !== undefined);
  if (missing.length > 0) {
    const advice = missing.map((name) => `${name} (${COMPILERS[name]})`).join("; ");
    throw new Error(`the plugins in several languages cannot be compiled; install ${advice}`);
  }
  await Promise.all([
    make(["-C", join(ROOT, "test/fixtures/abi"), "-j2", "all"]),
    make(["-C", join(ROOT, "native"), "SANITIZE=address"]),
  ]);
}

function versionFlag(compiler: string): string {
  return compiler === "go" ? "version" : "--version";
}

async function make(args: readonly string[]): Promise<void> {
  const child = spawn("make", ["-s", ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status !== 0) throw new Error(`make ${args.join(" ")} failed:\n${said}`);
}

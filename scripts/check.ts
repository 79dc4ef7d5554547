// Everything that reads the code without running it. All checks run; the exit code says whether all passed.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findDashboardProblems, findImportProblems } from "./import-directions.ts";

const root = join(import.meta.dirname, "..");
let failed = 0;

function check(name: string, passed: boolean): void {
  console.log(`${passed ? "ok  " : "FAIL"}  ${name}`);
  if (!passed) failed++;
}

function run(program: string, ...args: string[]): boolean {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) process.stdout.write(`${stdout ?? ""}${stderr ?? ""}`);
  return status === 0;
}

check("format and lint (biome)", run("biome", "check", "--error-on-warnings"));
check("types (tsc)", run("tsc", "-p", "."));
check("types of the dashboard (tsc)", run("tsc", "-p", "dashboard"));
check("unused code (knip)", run("knip"));
check("files made from src/protocol", run("node", "scripts/generate-sdk.ts", "--check"));

const problems = [...findImportProblems(join(root, "src")), ...findDashboardProblems(join(root, "dashboard/src"))];
for (const problem of problems) console.log(problem);
check("import directions", problems.length === 0);

process.exitCode = failed > 0 ? 1 : 0;

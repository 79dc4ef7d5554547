// Runs every suite, prints what failed, and ends with one line for all of them: `N passed, N failed`.
//
//   node scripts/test.ts            everything
//   node scripts/test.ts native     the C tests only;  "typescript": the TypeScript tests only

import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

interface Count {
  passed: number;
  failed: number;
}

const root = join(import.meta.dirname, "..");
const wanted = process.argv.slice(2);
const total: Count = { passed: 0, failed: 0 };

if (wanted.length === 0 || wanted.includes("native")) {
  // Side by side: each has a folder of its own, and most of them wait for processes.
  const sanitizers = ["", "address", "undefined", "thread"];
  const counts = await Promise.all(sanitizers.map(native));
  for (const [index, sanitizer] of sanitizers.entries()) {
    add(`C tests${sanitizer && `, ${sanitizer} sanitizer`}`, counts[index]!);
  }
}
if (wanted.length === 0 || wanted.includes("typescript")) add("TypeScript tests", typescript());

console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function add(name: string, count: Count): void {
  console.log(`${name}: ${count.passed} passed, ${count.failed} failed`);
  total.passed += count.passed;
  total.failed += count.failed;
}

/** A suite that dies without counting is one failure. */
async function native(sanitizer: string): Promise<Count> {
  const args = ["-s", "-C", "native", "test", ...(sanitizer ? [`SANITIZE=${sanitizer}`] : [])];
  const run = await new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile("make", args, { cwd: root, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : 1, stdout, stderr });
    });
  });
  const counts = [...run.stdout.matchAll(/(\d+) passed, (\d+) failed$/gm)];
  const passed = counts.reduce((sum, match) => sum + Number(match[1]), 0);
  const failed = counts.reduce((sum, match) => sum + Number(match[2]), 0);
  const died = failed === 0 && (run.status !== 0 || passed === 0);
  if (run.status !== 0 || passed === 0) process.stdout.write(run.stdout + run.stderr);
  return { passed, failed: failed + (died ? 1 : 0) };
}

function typescript(): Count {
  const report = join(root, "build", "vitest.json");
  mkdirSync(join(root, "build"), { recursive: true });
  rmSync(report, { force: true });
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const run = spawnSync("vitest", args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  let count: Count;
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, "utf8"));
    count = { passed: numPassedTests, failed: numFailedTests };
  } catch {
    return { passed: 0, failed: 1 };
  }
  // A file that does not load, or a leftover that fails the run, has no failed test of its own.
  return run.status !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

// `make bench`: measures Osprey beside its counterparts and prints a table. See README.md beside this file.
//
// Usage: node bench/run.ts [SECTION...] [--quick]
//
// A target that is missed is printed, not punished: the exit code tells only whether everything could be measured.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import type { Row, Section } from "./bench.ts";
import { build } from "./built.ts";
import { isMet, tableHead, tableLine } from "./print-table.ts";
import { firstCpu } from "./process-facts.ts";
import { SECTIONS } from "./sections.ts";

const SECTION_MS_MAX = 120_000;

const args = process.argv.slice(2);
const names = args.filter((arg) => !arg.startsWith("-"));
const flags = args.filter((arg) => arg.startsWith("-"));
process.exitCode = await main();

async function main(): Promise<number> {
  const known = new Set(SECTIONS.map(({ name }) => name));
  if (flags.some((flag) => flag !== "--quick") || names.some((name) => !known.has(name))) {
    console.error(`usage: bench/run.ts [SECTION...] [--quick]\nsections: ${[...known].join(" ")}`);
    return 2;
  }
  if (!existsSync(join(import.meta.dirname, "peers/node_modules"))) {
    console.error(
      'error: the counterparts are not installed\nhelp: run "make bench", or "npm ci --prefix bench/peers"',
    );
    return 1;
  }
  await build();
  const canPin = process.platform === "linux" && spawnSync("taskset", ["--version"]).status === 0;
  console.log(
    `Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model.trim()}, load ${loadavg()[0]!.toFixed(2)}`,
  );
  if (!canPin) console.log("There is no taskset here: what should be pinned runs free, and its ratios swing.");

  const tally = { met: 0, missed: 0, broken: 0 };
  for (const [index, section] of SECTIONS.entries()) {
    if (names.length > 0 && !names.includes(section.name)) continue;
    const wasMeasured = await runSection(index, section, canPin, (row) => {
      console.log(tableLine(row));
      if (row.target) tally[isMet(row, row.target) ? "met" : "missed"]++;
    });
    if (!wasMeasured) tally.broken++;
  }
  console.log(`\n${tally.met} targets met, ${tally.missed} missed; ${tally.broken} sections could not be measured`);
  return tally.broken === 0 ? 0 : 1;
}

/** Runs one section in a process of its own, so that none is slowed or warmed by another. */
async function runSection(
  index: number,
  section: Section,
  canPin: boolean,
  onRow: (row: Row) => void,
): Promise<boolean> {
  const isPinned = section.placement === "pinned" && canPin;
  console.log(`\n${section.name} (${isPinned ? "pinned to one processor" : "free"})\n${tableHead()}`);
  const pin = isPinned ? ["taskset", "-c", firstCpu()] : [];
  const file = join(import.meta.dirname, "run-section.ts");
  const [command, ...rest] = [...pin, process.execPath, file, String(index), ...flags];
  const child = spawn(command!, rest, {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    timeout: SECTION_MS_MAX,
  });
  child.on("message", (row) => onRow(row as Row));
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (code === 0) return true;
  console.log(signal ? `  not measured: took longer than ${SECTION_MS_MAX} ms` : "  not measured: see above");
  return false;
}

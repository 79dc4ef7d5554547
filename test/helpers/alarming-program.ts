// A program in the place of the one that holds a database: it passes everything on to that, but for the first so many
// processes it says that the file is damaged whenever it is asked to check it, or runs a statement with ALARM in it.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DATABASE_PROGRAM } from "./key-ring.ts";
import { tempDir } from "./temp-dir.ts";

export const ALARM = "/* alarm */";

const SOURCE = `#!${process.execPath}
import { spawn } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { Socket } from "node:net";

const { program, note, alarming, alarm } = OPTIONS;
const CHECK = 5;
const CORRUPT = 5;
appendFileSync(note, "x");
const isAlarming = readFileSync(note, "utf8").length <= alarming;
const host = new Socket({ fd: 3 });
const child = spawn(program, [], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
const database = child.stdio[3];
const asked = new Set();

pass(host, database, (frame) => {
  if (frame[5] === CHECK || frame.includes(alarm)) asked.add(frame.readBigUInt64LE(8));
});
pass(database, host, (frame) => {
  if (isAlarming && asked.has(frame.readBigUInt64LE(8))) frame[5] = CORRUPT;
});
child.on("exit", (code) => process.exit(code ?? 1));

function pass(from, to, look) {
  let waiting = Buffer.alloc(0);
  from.on("data", (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32LE(0)) {
      const frame = waiting.subarray(0, 4 + waiting.readUInt32LE(0));
      waiting = waiting.subarray(frame.length);
      look(frame);
      to.write(frame);
    }
  });
  from.on("end", () => to.end());
}
`;

/** @param alarming How many processes of it say so; those that are started later do not. */
export function alarmingProgram(alarming: number): { program: string; started(): number } {
  const folder = tempDir();
  const note = join(folder, "started");
  const program = join(folder, "alarming-program.mjs");
  const options = { program: DATABASE_PROGRAM, note, alarming, alarm: ALARM };
  writeFileSync(
    program,
    SOURCE.replace("OPTIONS", () => JSON.stringify(options)),
    { mode: 0o755 },
  );
  return { program, started: () => readFileSync(note, "utf8").length };
}

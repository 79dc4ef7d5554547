// What Node's test runner tells "osaurus tools test": a line of JSON for each test that ended, and for what a file printed.

import { relative } from "node:path";
import { endGroupWith } from "./end-with-starter.mjs";

/** Of what a file printed, and of one failure. */
const TEXT_CHARS_MAX = 4000;

const { OSPREY_TESTS_OF: starter } = process.env;
if (starter !== undefined) endGroupWith(Number(starter));

export default async function* report(events) {
  /** What each file said last: where one fails as a whole, that says why. */
  const said = new Map();
  for await (const { type, data } of events) {
    if (type === "test:stderr") {
      said.set(data.file, `${said.get(data.file) ?? ""}${data.message}`.slice(-TEXT_CHARS_MAX));
      continue;
    }
    if (type !== "test:pass" && type !== "test:fail") continue;
    // A suite, or a whole file, fails with what is in it, and passes with it.
    const isWhole = data.details?.type === "suite";
    const cause = data.details?.error?.cause ?? data.details?.error;
    const isOfOthers = data.details?.error?.failureType === "subtestsFailed";
    if (isWhole || isOfOthers) continue;
    const line = {
      name: isFile(data) ? "the file itself" : data.name,
      file: data.file === undefined ? null : relative(process.cwd(), data.file),
      line: isFile(data) ? null : (data.line ?? null),
      passed: type === "test:pass",
      skipped: data.skip !== undefined || data.todo !== undefined,
      problem: type === "test:pass" ? null : isFile(data) ? (said.get(data.file) ?? textOf(cause)) : textOf(cause),
    };
    yield `${JSON.stringify(line)}\n`;
  }
}

/** A file that ended before or outside of its tests. */
function isFile({ details }) {
  return details?.error?.exitCode !== undefined;
}

function textOf(cause) {
  const text = cause instanceof Error || typeof cause?.message === "string" ? cause.message : String(cause);
  return text.slice(0, TEXT_CHARS_MAX);
}

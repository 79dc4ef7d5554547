// The files with tests of a project: `test/*.test.json`, which `osaurus tools test` runs itself, and `test/*.test.js` (`.mjs`,
// `.ts`), which Node's test runner does. docs/testing.md has every member.

import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import * as z from "zod/mini";
import type { ProjectKind } from "../projects/project.ts";
import { lengthCheck } from "../protocol/length-check.ts";
import { TESTS_MAX } from "../protocol/limits.ts";
import { parseWith } from "../protocol/parse-with.ts";
import { Exchanges, jsonFile, testInvalid } from "../testkit/exchange-file.ts";
import { expectationProblem } from "./match-expected.ts";

const Expected = z.unknown().check((context) => {
  const problem = expectationProblem(context.value);
  if (problem !== undefined) context.issues.push({ code: "custom", input: context.value, message: problem });
});
const Texts = z.record(z.string(), z.string());
const hasNoNul = z.regex(/^[^\0]*$/, "must not have a NUL in it");
/** What an environment and a command line can hold. */
const Word = z.string().check(hasNoNul);
const Env = z.record(z.string().check(z.regex(/^[^\0=]+$/, "is no name of a variable")), Word);

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** A tunnel is no request that is answered. */
const isMethod = (text: string) => TOKEN.test(text) && text.toUpperCase() !== "CONNECT";
const Headers = z.record(
  z.string().check(z.regex(TOKEN, "is no name of a header")),
  z.string().check(z.regex(/^[\t\x20-\x7e\x80-\xff]*$/, "has a character that no header can have")),
);
const hasPlainPath = z.regex(
  /^[\x21-\x7e\xa1-\xff]*$/,
  "must not have spaces or control characters: write them as in %20",
);
const Body = z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]);

const Test = z
  .strictObject({
    name: z.string().check(lengthCheck({ min: 1 })),
    /** One of these three is what the test does. */
    tool: z.optional(z.string()),
    route: z.optional(
      z.strictObject({
        method: z.optional(z.string().check(z.refine(isMethod, "is no method"))),
        path: z.string().check(
          z.refine((path) => path.startsWith("/"), "must begin with a slash"),
          hasPlainPath,
        ),
        headers: z.optional(Headers),
        body: z.optional(Body),
        as: z.optional(z.enum(["owner", "anybody"])),
      }),
    ),
    command: z.optional(z.string()),
    /** Of a tool. */
    args: z.optional(z.record(z.string(), z.unknown())),
    /** Of a command. */
    argv: z.optional(z.array(Word)),
    env: z.optional(Env),
    agent: z.optional(z.string()),
    consent: z.optional(z.enum(["given", "denied"])),
    /** Before the test: settings are changed, the clock is advanced. */
    config: z.optional(z.record(z.string(), z.nullable(z.string()))),
    advance_ms: z.optional(z.number().check(z.gte(0))),
    expect: z.optional(Expected),
    /** Of a command that gives no answer: the code of the failure. */
    error: z.optional(z.string()),
    host_calls: z.optional(z.array(Expected)),
    logs: z.optional(z.array(Expected)),
    /** What the plugin is told of its tasks; they are waited for. */
    events: z.optional(z.array(Expected)),
  })
  .check(
    z.refine(
      ({ tool, route, command }) => [tool, route, command].filter((one) => one !== undefined).length === 1,
      'must have one of "tool", "route" and "command"',
    ),
    z.refine(({ error, command }) => error === undefined || command !== undefined, '"error" is for commands'),
  );

const TestFile = z.strictObject({
  config: z.optional(Texts),
  agents: z.optional(z.array(z.string())),
  reaches: z.optional(z.array(z.string())),
  now: z.optional(z.string()),
  model: z.optional(z.unknown()),
  http: z.optional(Exchanges),
  tests: z.array(Test).check(lengthCheck({ min: 1, max: TESTS_MAX })),
});

export type ProjectTest = z.infer<typeof Test>;

/** For whoever holds the documents against them. */
export const TEST_MEMBERS = { file: Object.keys(TestFile.shape), test: Object.keys(Test.shape) };

export interface TestFile extends z.infer<typeof TestFile> {
  /** As it is shown: from the project's folder on. */
  readonly name: string;
}

export interface TestFiles {
  readonly json: readonly TestFile[];
  /** Of Node's runner: their paths. */
  readonly node: readonly string[];
}

/** Reads them all. Throws `test_invalid`, which names file and member. */
export function readTestFiles(folder: string, kind: ProjectKind): TestFiles {
  const paths = filesIn(join(folder, "test"));
  const json = paths.filter((path) => path.endsWith(".test.json"));
  const node = paths.filter((path) => /\.test\.(js|mjs|ts)$/.test(path));
  for (const path of [...json, ...node]) mustBeOfProject(folder, path);
  return { json: json.map((path) => readTestFile(folder, path, kind)), node };
}

/** Whatever is named like tests is run, or told why not: links are followed as long as they stay in the project. */
function mustBeOfProject(folder: string, path: string): void {
  if (!existsSync(path)) throw testInvalid(path, "it is a link to nothing");
  if (!statSync(path).isFile()) throw testInvalid(path, "it is no regular file");
  if (realpathSync(path).startsWith(`${realpathSync(folder)}${sep}`)) return;
  throw testInvalid(path, "it is a link that leads out of the project");
}

function readTestFile(folder: string, path: string, kind: ProjectKind): TestFile {
  const parsed = parseWith(TestFile, jsonFile(path));
  if ("problem" in parsed) throw testInvalid(path, parsed.problem);
  for (const [index, { command }] of parsed.data.tests.entries()) {
    const isForProcess = command !== undefined;
    if (isForProcess === (kind === "process")) continue;
    const what = isForProcess ? '"command" is for process plugins' : 'a process plugin is tested by "command"';
    throw testInvalid(path, `tests[${index}]: ${what}`);
  }
  return { ...parsed.data, name: relative(folder, path) };
}

/** In the order of their names; none when there is no such folder. */
function filesIn(folder: string): string[] {
  let entries: Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw testInvalid(folder, `it cannot be read: ${(error as Error).message}`);
  }
  return entries
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => join(folder, name))
    .sort();
}

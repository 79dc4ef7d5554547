// The documents are true: every command in them runs, every file that they name is there.

import { execFile } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { compilerEnv } from "../helpers/compiler-env.ts";
import { programFolder } from "../helpers/program.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const ROOT = join(import.meta.dirname, "../..");
const home = makeTempHome();
afterAll(() => home.remove());

const documents = ["*.md", "docs/**/*.md", "examples/*/*.md", "bench/*.md", "sdk/*.md"]
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .sort();

/**
 * Commands that this suite is a part of, or that take too long here: of these, only the make target is looked up. Behind a
 * `cd` it is another folder's make, and runs.
 */
const MAKE_TARGET = /^make ([a-z]+)$/;

const PATH = `${programFolder()}:${home.env["PATH"]}`;
// Whether optimized plugins work, test/e2e/projects.test.ts holds.
const env = { ...home.env, ...compilerEnv({ PATH }), CARGO_PROFILE_RELEASE_OPT_LEVEL: "0" };

/** Blocks that show commands, each behind `$ `, with what they print on both outputs; `...` stands for any lines. */
const transcripts = documents.flatMap((document) => {
  const text = readFileSync(join(ROOT, document), "utf8");
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap((match, index) =>
    [...match[1]!.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)].map(([, command, output], line) => ({
      name: `${document}, transcript ${index + 1}, command ${line + 1}`,
      command: command!,
      output: output!,
    })),
  );
});

const blocks = documents.flatMap((document) => {
  const text = readFileSync(join(ROOT, document), "utf8");
  return [...text.matchAll(/^```(sh|bash|zsh|fish)\n(.*?)^```$/gms)].map((match, index) => ({
    name: `${document}, block ${index + 1}`,
    document,
    shell: match[1]!,
    code: match[2]!,
  }));
});

test("there are documents with commands in them", () => {
  expect(documents).toContain("README.md");
  expect(blocks.length).toBeGreaterThan(5);
});

// In the order of the document: a later block may use what an earlier one made.
test.each(blocks)("$name runs", async ({ shell, code }) => {
  const makefile = readFileSync(join(ROOT, "Makefile"), "utf8");
  let isElsewhere = false;
  const lines = code.split("\n").filter((line) => {
    isElsewhere ||= line.startsWith("cd ");
    const target = isElsewhere ? undefined : MAKE_TARGET.exec(line)?.[1];
    if (target === undefined) return true;
    expect(makefile).toMatch(new RegExp(`^${target}:`, "m"));
    return false;
  });
  mkdirSync(join(home.env["HOME"]!, "projects"), { recursive: true });
  // Nobody's own start-up files; fish does not know the flags for stopping at a failure.
  const flags = { fish: ["--no-config"], zsh: ["-fe"] }[shell] ?? ["-eu"];
  await promisify(execFile)(shell, [...flags, "-c", lines.join("\n")], { cwd: ROOT, env });
});

test("there are transcripts", () => expect(transcripts.length).toBeGreaterThan(5));

// In the order of the documents, too: later commands see what earlier ones configured.
test.each(transcripts)("$name prints what the document says", async ({ command, output }) => {
  const run = promisify(execFile)("sh", ["-c", `{ ${command}\n} 2>&1`], { cwd: ROOT, env });
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  const quoted = output.split("\n").map((line) => (line === "..." ? "[^]*?" : RegExp.escape(line.trimEnd())));
  const printed = stdout.replace(/[ \t]+$/gm, "");
  expect(printed).toMatch(new RegExp(`^${quoted.join("\n").replaceAll("[^]*?\n", "[^]*?")}$`));
});

test.each(documents)("%s links to files that are there", (document) => {
  const text = readFileSync(join(ROOT, document), "utf8");
  const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!);
  for (const target of targets) {
    const path = join(ROOT, dirname(document), target);
    expect(existsSync(path), `${relative(ROOT, path)}, linked in ${document}`).toBe(true);
  }
});

test.each(documents)("%s names only files of the project that are there", (document) => {
  const text = readFileSync(join(ROOT, document), "utf8");
  const names = [...text.matchAll(/`((?:src|native|sdk|test|scripts|bench|examples|docs|bin)\/[\w./-]+)`/g)];
  for (const [, name] of names) expect(existsSync(join(ROOT, name!)), `${name}, named in ${document}`).toBe(true);
});

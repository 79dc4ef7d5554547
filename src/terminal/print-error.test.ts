import { describe, expect, test } from "vitest";
import { PLAIN_LOOK, recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { HostError } from "../protocol/errors.ts";
import type { CommandIo } from "./io.ts";
import { printError } from "./print-error.ts";

function shown(error: HostError, options: Partial<Parameters<typeof printError>[2]> = {}) {
  const io = { stdout: recordedOutput(), stderr: recordedOutput() };
  printError(io as unknown as CommandIo, error, { json: false, ...options });
  return { stdout: io.stdout.text, stderr: io.stderr.text };
}

describe("an error", () => {
  const root = new TypeError("the root\u001b[2J\nerror: of it");
  const error = new HostError("internal", "it broke", {
    hint: "try again",
    details: { path: "a\u009bb", list: [1] },
    cause: new Error("the way", { cause: root }),
  });
  const terse = "error: it broke [internal]\nhelp: try again\n";
  const causes = "caused by: the way\ncaused by: the root␛[2J\n  error: of it\n";
  const details = '  {\n    "path": "a\\u009bb",\n    "list": [\n      1\n    ]\n  }\n';

  test("is what happened and what to do next; -q leaves the latter out", () => {
    expect(shown(error)).toEqual({ stdout: "", stderr: terse });
    expect(shown(error, { verbosity: -1 }).stderr).toBe("error: it broke [internal]\n");
  });

  test("shows its causes with -v, its details with a second, the stack of its cause with a third", () => {
    expect(shown(error, { verbosity: 1 }).stderr).toBe(terse + causes);
    expect(shown(error, { verbosity: 2 }).stderr).toBe(terse + causes + details);
    const { stderr } = shown(error, { verbosity: 3 });
    expect(stderr.startsWith(`${terse}${causes}${details}  TypeError: the root␛[2J\n  error: of it\n      at `)).toBe(
      true,
    );
    expect(
      stderr
        .split("\n")
        .slice(2, -1)
        .every((line) => /^(caused by: | {2})/.test(line)),
    ).toBe(true);
  });

  test("has none of these when there is nothing to show, but a stack of its own", () => {
    const bare = new HostError("internal", "it broke");
    expect(shown(bare, { verbosity: 2 }).stderr).toBe("error: it broke [internal]\n");
    expect(shown(bare, { verbosity: 3 }).stderr).toMatch(/^error: .*\n {2}HostError: it broke\n {6}at /);
  });

  test("may be caused by anything, itself included", () => {
    const circle = new Error("round");
    circle.cause = new Error("and round", { cause: circle });
    expect(shown(new HostError("internal", "x", { cause: circle }), { verbosity: 1 }).stderr).toBe(
      "error: x [internal]\ncaused by: round\ncaused by: and round\n",
    );
    for (const cause of ["text", 5, { a: 1 }, Object.create(null), Symbol("s"), () => {}]) {
      expect(shown(new HostError("internal", "x", { cause }), { verbosity: 3 }).stderr).toContain("caused by: ");
    }
    let chain = new Error("deepest");
    for (let i = 0; i < 100; i++) chain = new Error(`level ${i}`, { cause: chain });
    const { stderr } = shown(new HostError("internal", "x", { cause: chain }), { verbosity: 1 });
    expect(stderr.match(/caused by/g)).toHaveLength(16);
  });

  test("is a document on stdout as well when JSON was asked for", () => {
    const { stdout, stderr } = shown(error, { json: true });
    expect(stderr).toBe(terse);
    expect(stdout.match(/\n/g)).toHaveLength(1);
    expect(stdout).not.toMatch(/[\u001b\u009b]/);
    const details = { path: "a\u009bb", list: [1] };
    expect(JSON.parse(stdout)).toEqual({
      error: { code: "internal", message: "it broke", hint: "try again", details },
    });
  });

  test("has a red label where there are colours", () => {
    const { stderr } = shown(error, { look: { ...PLAIN_LOOK, color: true } });
    expect(stderr).toBe("\u001b[31merror:\u001b[0m it broke [internal]\n\u001b[36mhelp:\u001b[0m try again\n");
  });
});

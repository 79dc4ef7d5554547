import { expect, test } from "vitest";
import { PLAIN_LOOK, recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { HostError } from "../protocol/errors.ts";
import type { CommandIo } from "./io.ts";
import { type Label, printLabelled } from "./labelled.ts";
import { type Look, lookOf } from "./look.ts";
import { printMessages } from "./messages.ts";
import { printError } from "./print-error.ts";

const LONG = "the configuration file cannot be read because it is no TOML (/home/somebody/.config/osp/secrets.toml)";

function shown(
  text: string,
  { label = "error" as Label, look = undefined as Partial<Look> | undefined, columns = 40 } = {},
) {
  const output = recordedOutput({ isTerminal: true, columns });
  printLabelled(output, label, text, look && { ...PLAIN_LOOK, ...look });
  return output.text;
}

test("on a terminal, sentences are broken at words and paths behind a slash, and go on indented", () => {
  expect(`\n${shown(LONG)}`).toBe(`
error: the configuration file cannot
  be read because it is no TOML
  (/home/somebody/.config/osp/
  secrets.toml)
`);
  expect(`\n${shown("it broke\nin two lines, of which the second is long", { label: "caused by" })}`).toBe(`
caused by: it broke
  in two lines, of which the second is
  long
`);
  expect(shown(LONG, { label: "help" })).toBe(`help: ${LONG}\n`);
  expect(shown("x".repeat(33))).toBe(`error: ${"x".repeat(33)}\n`);
  expect(shown("x".repeat(34))).toBe(`error:\n  ${"x".repeat(34)}\n`);
  expect(shown("東京".repeat(9))).toBe(`error:\n  ${"東京".repeat(9)}\n`);
});

test("nothing of a text is lost, and no line but the first begins like one of ours, at any width", () => {
  const text = `${LONG}\nhelp: run evil ${"word ".repeat(30)}${" ".repeat(60)}help: ${"x".repeat(200)}`;
  for (let columns = 20; columns <= 120; columns++) {
    const lines = shown(text, { columns }).split("\n").slice(0, -1);
    expect(lines.every((line) => line.length <= columns)).toBe(true);
    expect(lines.slice(1).every((line) => /^ {2}/.test(line))).toBe(true);
    expect(lines.join("").replaceAll(" ", "")).toBe(`error:${text}`.replaceAll(/\s/g, ""));
  }
});

test("the narrower of the terminal and the width that was chosen counts; a terminal too narrow breaks them itself", () => {
  const most = (given: Parameters<typeof shown>[1]) =>
    Math.max(
      ...shown(LONG, given)
        .split("\n")
        .map(({ length }) => length),
    );
  expect(most({ look: { columns: 30 } })).toBeLessThanOrEqual(30);
  expect(most({ look: { columns: 300 } })).toBeLessThanOrEqual(40);
  expect(shown(LONG, { columns: 19 })).toBe(`error: ${LONG}\n`);
  expect(shown(LONG, { columns: 0 })).toBe(`error: ${LONG}\n`);
});

test("in a pipe, a sentence is one line, also where a width was chosen", () => {
  const pipe = recordedOutput();
  const look = lookOf(pipe, {}, { width: 40, color: "always" });
  printLabelled(pipe, "warning", LONG, look);
  printMessages(pipe, [{ level: "warning", text: LONG }], { upTo: "info", look });
  expect(pipe.text).toBe(`\u001b[33mwarning:\u001b[0m ${LONG}\n`.repeat(2));
});

test("an error with its cause, its hint and the place in its pipeline can be read at 40 columns", () => {
  const stderr = recordedOutput({ isTerminal: true, columns: 40 });
  const error = new HostError("pipeline_invalid", "nothing is known by this name, as far as anybody can see", {
    hint: 'run "osp | H" for everything that is known',
    details: { pipeline: ` F ${"floor=3,".repeat(6)} | BAD x`, at: 54, to: 57 },
    cause: new Error("the verb was looked up in the table of verbs"),
  });
  printError({ stderr } as unknown as CommandIo, error, {
    json: false,
    verbosity: 1,
    look: lookOf(stderr, { NO_COLOR: "1", LANG: "C" }, {}),
  });
  expect(`\n${stderr.text}`).toBe(`
error: nothing is known by this name,
  as far as anybody can see
  [pipeline_invalid]
  ...=3,floor=3,floor=3,floor=3, | BAD x
                                   ^~~
help: run "osp | H" for everything that is known
caused by: the verb was looked up in
  the table of verbs
`);
});

test("a plugin's messages are broken in the same way, in every layout", () => {
  for (const layout of ["minimal", "plain", "compact", "grouped"] as const) {
    const output = recordedOutput({ isTerminal: true, columns: 40 });
    printMessages(output, [{ level: "success", text: LONG }], {
      upTo: "info",
      look: { ...PLAIN_LOOK, columns: 40 },
      layout,
    });
    expect(output.text).toContain("  secrets.toml)\n");
    expect(Math.max(...output.text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(40);
  }
});

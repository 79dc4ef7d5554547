import { describe, expect, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { type Look, lookOf, styled, terminalRows, valueStyle } from "./look.ts";

const screen = recordedOutput({ isTerminal: true, columns: 80, rows: 24 });
const pipe = recordedOutput();

test("a screen gets colours, line characters and its width, a pipe gets none", () => {
  const rest = { margin: 0, indent: 2, mediumListMax: 5, border: "round", overflow: "wrap", links: false };
  expect(lookOf(screen, { LANG: "C.UTF-8" }, {})).toMatchObject({ color: true, unicode: true, columns: 80, ...rest });
  expect(lookOf(screen, {}, { color: "auto", unicode: "auto", mode: "auto" }).unicode).toBe(true);
  expect(lookOf(pipe, { LANG: "C.UTF-8" }, {})).toMatchObject({
    color: false,
    unicode: false,
    columns: undefined,
    ...rest,
  });
});

test("NO_COLOR, a dumb terminal and the locale are honoured, the first variable that is set decides", () => {
  expect(lookOf(screen, { NO_COLOR: "" }, {}).color).toBe(false);
  expect(lookOf(screen, { NO_COLOR: "0" }, {})).toMatchObject({ color: false, unicode: true });
  expect(lookOf(screen, { TERM: "dumb" }, {})).toMatchObject({ color: false, unicode: false });
  expect(lookOf(screen, { TERM: "" }, {})).toMatchObject({ color: false, unicode: false });
  expect(lookOf(screen, { LC_ALL: "C", LANG: "C.UTF-8" }, {}).unicode).toBe(false);
  expect(lookOf(screen, { LC_ALL: "", LC_CTYPE: "en_US.utf8", LANG: "C" }, {}).unicode).toBe(true);
});

test("an explicit choice wins over all of these", () => {
  const env = { NO_COLOR: "1", LC_ALL: "C" };
  expect(lookOf(pipe, env, { color: "always", unicode: "always" })).toMatchObject({ color: true, unicode: true });
  expect(lookOf(screen, {}, { color: "never", unicode: "never" })).toMatchObject({ color: false, unicode: false });
});

describe("the mode", () => {
  test("plain wins over every other choice", () => {
    const wish = { mode: "plain", color: "always", unicode: "always" } as const;
    expect(lookOf(screen, {}, wish)).toMatchObject({ color: false, unicode: false });
  });

  test("rich leaves it to the stream and NO_COLOR, one by one", () => {
    expect(lookOf(pipe, {}, { mode: "rich" })).toMatchObject({ color: false, unicode: false });
    expect(lookOf(screen, { NO_COLOR: "" }, { mode: "rich" })).toMatchObject({ color: false, unicode: true });
    expect(lookOf(screen, { TERM: "dumb" }, { mode: "rich" })).toMatchObject({ color: true, unicode: false });
  });

  test("auto is plain without a screen, but one explicit choice does not bring the other along", () => {
    expect(lookOf(pipe, {}, { color: "always" })).toMatchObject({ color: true, unicode: false });
    expect(lookOf(pipe, {}, { unicode: "always" })).toMatchObject({ color: false, unicode: true });
  });
});

describe("the width", () => {
  const width = (output: typeof screen, env: Record<string, string>, wish = {}): Look["columns"] =>
    lookOf(output, env, wish).columns;

  test("is what was chosen, on a pipe as well; 72 means that nobody chose", () => {
    expect(width(screen, {}, { width: 100 })).toBe(100);
    expect(width(pipe, {}, { width: 100 })).toBe(100);
    expect(width(screen, {}, { width: 72 })).toBe(80);
    expect(width(pipe, {}, { width: 72 })).toBeUndefined();
  });

  test("of a terminal that does not tell is COLUMNS, else 72; COLUMNS means nothing for a pipe", () => {
    const silent = recordedOutput({ isTerminal: true, columns: 0 });
    expect(width(silent, { COLUMNS: "61" })).toBe(61);
    for (const wrong of ["", "0", "-3", "wide", "1e9"]) expect(width(silent, { COLUMNS: wrong })).toBe(72);
    expect(width(screen, { COLUMNS: "61" })).toBe(80);
    expect(width(pipe, { COLUMNS: "61" })).toBeUndefined();
  });

  test("loses the margin, and neither is beyond reason", () => {
    expect(lookOf(screen, {}, { margin: 3 })).toMatchObject({ margin: 3, columns: 77 });
    expect(lookOf(screen, {}, { margin: 1e12, indent: -5, mediumListMax: 0 })).toMatchObject({
      margin: 200,
      columns: 1,
      indent: 1,
      mediumListMax: 1,
    });
    expect(lookOf(screen, {}, { width: 1e12, margin: Number.NaN, indent: 41 })).toMatchObject({
      columns: 10_000,
      margin: 0,
      indent: 40,
    });
  });
});

test("the height is the terminal's, else LINES, and a pipe has none", () => {
  expect(terminalRows(screen, { LINES: "9" })).toBe(24);
  const silent = recordedOutput({ isTerminal: true });
  expect(terminalRows(silent, { LINES: "9" })).toBe(9);
  expect(terminalRows(silent, {})).toBeUndefined();
  expect(terminalRows(pipe, { LINES: "9" })).toBeUndefined();
});

test("truth, nothing and numbers are coloured, other text and empty text are not", () => {
  expect(["true", "false", "null", "-1.5e+3", "1.0", "x1", "", "1 2"].map(valueStyle)).toEqual([
    "success",
    "error",
    "muted",
    "value_number",
    "value_number",
    undefined,
    undefined,
    undefined,
  ]);
  expect(styled("", "error", { color: true })).toBe("");
  expect(styled("a", "error", { color: true })).toBe("\u001b[31ma\u001b[0m");
  expect(styled("a", "error", { color: false })).toBe("a");
});

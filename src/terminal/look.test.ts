import { expect, test } from "vitest";
import { lookOf } from "./look.ts";

const screen = { write() {}, isTerminal: true, columns: 80 };
const pipe = { write() {}, isTerminal: false, columns: undefined };
const auto = { color: "auto", unicode: "auto" } as const;

test("a screen gets colours, line characters and its width, a pipe gets none", () => {
  expect(lookOf(screen, { LANG: "C.UTF-8" }, auto)).toEqual({ color: true, unicode: true, columns: 80 });
  expect(lookOf(screen, {}, auto).unicode).toBe(true);
  expect(lookOf(pipe, { LANG: "C.UTF-8", COLUMNS: "40" }, auto)).toEqual({
    color: false,
    unicode: false,
    columns: undefined,
  });
});

test("NO_COLOR, a dumb terminal and the locale are honoured, the first variable that is set decides", () => {
  expect(lookOf(screen, { NO_COLOR: "" }, auto).color).toBe(false);
  expect(lookOf(screen, { TERM: "dumb" }, auto)).toMatchObject({ color: false, unicode: false });
  expect(lookOf(screen, { LC_ALL: "C", LANG: "C.UTF-8" }, auto).unicode).toBe(false);
  expect(lookOf(screen, { LC_ALL: "", LC_CTYPE: "en_US.utf8", LANG: "C" }, auto).unicode).toBe(true);
});

test("an explicit choice wins over all of these", () => {
  const env = { NO_COLOR: "1", LC_ALL: "C" };
  expect(lookOf(pipe, env, { color: "always", unicode: "always" })).toMatchObject({ color: true, unicode: true });
  expect(lookOf(screen, {}, { color: "never", unicode: "never" })).toMatchObject({ color: false, unicode: false });
});

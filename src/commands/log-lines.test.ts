import { expect, test } from "vitest";
import type { LogRecord } from "../protocol/plugin-log.ts";
import { logLines } from "./log-lines.ts";

const time = "2026-01-01T00:00:00.000Z";
const shown = (record: Omit<LogRecord, "time">) => logLines({ time, ...record }, { color: false });

test("a line has time, level and text; what was printed has the name of its stream", () => {
  expect(shown({ kind: "log", level: "warn", text: "odd", payload: '{"a":1}' })).toBe(`${time} warn   odd {"a":1}\n`);
  expect(shown({ kind: "output", stream: "stderr", text: "x" })).toBe(`${time} stderr x\n`);
  expect(shown({ kind: "load", level: "error", text: "x" })).toBe(`${time} error  x\n`);
});

test("a text of several lines does not look like several records", () => {
  const forged = `x\n${time} error  forged\r${time} error  forged`;
  expect(shown({ kind: "log", text: forged })).toBe(
    `${time} info   x\n  ${time} error  forged␍${time} error  forged\n`,
  );
});

test("what a terminal would obey is made harmless, in every member", () => {
  const evil = "\u001b]0;owned\u0007\u009b31m\u202e";
  const text = shown({
    kind: "crash",
    text: evil,
    plugin_id: evil,
    version: evil,
    signal: evil,
    entry: evil,
    load_step: evil,
    host_function: evil,
    stack: [evil],
    last_lines: [evil],
    payload: evil,
  });
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
});

test("a crash is a block that names everything that is known of it", () => {
  const record = {
    kind: "crash" as const,
    text: "crashed with SIGSEGV in invoke",
    plugin_id: "a.b",
    version: "1.0.0",
    signal: "SIGSEGV",
    entry: "invoke",
    host_function: "config_get",
    stack: ["#0 f at a.c:1 [a.so(+0x1)]"],
    last_lines: ["info one\ntwo"],
    restart_in_ms: 100,
  };
  expect(shown(record).split("\n")).toEqual([
    `${time} crash  a.b 1.0.0 crashed with SIGSEGV in invoke`,
    "  signal: SIGSEGV",
    "  in: invoke",
    "  while it called: config_get",
    "  stack:",
    "    #0 f at a.c:1 [a.so(+0x1)]",
    "  last lines:",
    "    info one",
    "      two",
    "  starts again in 100 ms",
    "",
  ]);
});

test("levels have colours where colours are wanted", () => {
  const record = { time, kind: "log", level: "error", text: "x" } as const;
  expect(logLines(record, { color: true })).toBe(`${time} \u001b[31merror\u001b[0m  x\n`);
});

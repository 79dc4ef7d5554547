import { expect, test } from "vitest";
import type { InsightRow } from "../protocol/insights-query.ts";
import { insightLines } from "./insight-lines.ts";

const TIME = "2026-01-01T00:00:00.000Z";
const ROW: InsightRow = {
  id: 1,
  time: 0,
  pluginId: "test.one",
  agentId: null,
  kind: "host",
  method: "GET",
  path: "/host-api/models",
  status: 200,
  durationMs: 1.26,
  request: '{"a":1}',
  response: null,
  errorCode: null,
  traceId: null,
  taskId: null,
};
const shown = (row: Partial<InsightRow>, isWhole = false) =>
  insightLines({ ...ROW, ...row }, TIME, { color: false, isWhole });

test("a row is one line; its texts follow when they are wanted", () => {
  expect(shown({})).toBe(`${TIME} 200 GET    /host-api/models (test.one, 1.3 ms)\n`);
  expect(shown({}, true)).toBe(`${shown({})}  request: {"a":1}\n`);
  expect(shown({ pluginId: null, errorCode: "not_found", status: 404 })).toBe(
    `${TIME} 404 GET    /host-api/models (not_found, 1.3 ms)\n`,
  );
});

test("a text of several lines does not look like several rows", () => {
  const forged = `x\n${TIME} 200 GET    /forged (test.one, 1 ms)`;
  expect(shown({ path: forged, method: forged, errorCode: forged, pluginId: forged }).trimEnd()).not.toContain("\n");
  for (const line of shown({ request: forged, response: forged }, true).trimEnd().split("\n").slice(1)) {
    expect(line).toMatch(/^ {2}/);
  }
});

test("what a terminal would obey is made harmless, in every member", () => {
  const evil = "\u001b]0;owned\u0007\u009b31m";
  const text = shown(
    { pluginId: evil, method: evil, path: evil, errorCode: evil, request: evil, response: evil },
    true,
  );
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

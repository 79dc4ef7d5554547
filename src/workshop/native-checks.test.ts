// How serious it is what the host noticed of a plugin.

import { expect, test } from "vitest";
import type { KitReport } from "../testkit/api.ts";
import { behaviourRows } from "./native-checks.ts";

const NOTHING: KitReport = { leaks: [], wrongReleases: [], foreignCalls: [], crashes: [], warnings: [] };

test.each([
  ["for the agent of the call", [true], "warn"],
  ["for no agent", [false], "fail"],
  ["once for no agent", [true, false], "fail"],
])("host calls on a foreign thread, %s", (_what, inContext, status) => {
  const foreignCalls = inContext.map((one) => ({ name: "log", count: 1, inContext: one }));
  const row = behaviourRows([NOTHING, { ...NOTHING, foreignCalls }]).find(({ code }) => code === "foreign_calls");
  expect(row).toMatchObject({ status, detail: expect.stringContaining("once: log") });
});

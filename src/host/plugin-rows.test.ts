import { expect, test } from "vitest";
import type { Activity } from "../protocol/activity.ts";
import { DEFAULT_AGENT_ID } from "../protocol/agent-id.ts";
import { outcomeOf, withEdited } from "../tools/call-tool.ts";
import { recordTool, startTimed } from "./plugin-rows.ts";

test("the row of a call has the arguments with which it was made, also when a person changed them", () => {
  const rows: Activity[] = [];
  const call = { tool: "t", input: '{"n":1}', agentId: DEFAULT_AGENT_ID };
  const outcome = outcomeOf({ ok: true, tool: "t", result: null }, undefined);
  for (const edited of [undefined, '{"n":2}']) {
    recordTool({ record: (row) => void rows.push(row) }, "p", call, startTimed(undefined), withEdited(outcome, edited));
  }
  expect(rows.map(({ request }) => request)).toEqual(['{"n":1}', '{"n":2}']);
});

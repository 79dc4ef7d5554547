import { expect, test } from "vitest";
import { TASKS_RUNNING_DEFAULT, TASKS_RUNNING_PER_AGENT_DEFAULT } from "../protocol/limits.ts";
import { taskLimits } from "./task-limits.ts";

test("where nothing is configured, so many tasks run as the interface says", () => {
  expect(taskLimits(undefined)).toEqual({
    runningMax: TASKS_RUNNING_DEFAULT,
    runningPerAgentMax: TASKS_RUNNING_PER_AGENT_DEFAULT,
  });
  expect([TASKS_RUNNING_DEFAULT, TASKS_RUNNING_PER_AGENT_DEFAULT]).toEqual([5, 5]);
});

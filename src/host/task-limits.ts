// How many tasks run at once, as it is configured.

import { type Config, configNumber } from "../config/config.ts";
import { TASKS_RUNNING_DEFAULT, TASKS_RUNNING_PER_AGENT_DEFAULT } from "../protocol/limits.ts";
import type { TaskLimits } from "./tasks-host.ts";

/** From `extensions.tasks.max_running` and `extensions.tasks.max_running_per_agent`. Throws `config_invalid`. */
export function taskLimits(config: Config | undefined): TaskLimits {
  const set = (key: string) => (config === undefined ? undefined : configNumber(config, `extensions.tasks.${key}`));
  return {
    runningMax: set("max_running") ?? TASKS_RUNNING_DEFAULT,
    runningPerAgentMax: set("max_running_per_agent") ?? TASKS_RUNNING_PER_AGENT_DEFAULT,
  };
}

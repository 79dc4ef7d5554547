// A plugin's part of the configuration, as variables of its environment.

import type { Config } from "../config/config.ts";
import { collisionError, pluginVariables } from "../config/plugin-variables.ts";

/** The variables by name. Throws `config_collision` when two keys with different values become the same one. */
export function configVariables(config: Config, pluginId: string): Record<string, string> {
  const found = pluginVariables(config, pluginId);
  const problem = collisionError(config, pluginId, found);
  if (problem !== undefined) throw problem;
  return Object.fromEntries(found.variables.map(({ name, value }) => [name, value]));
}

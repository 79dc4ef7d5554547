// What the configuration says of process plugins' commands as tools: whether they run unasked, how long they may take, and
// which values are secret.

import { type Config, configText } from "../config/config.ts";
import { pluginVariables } from "../config/plugin-variables.ts";
import type { RuntimeHints } from "../plugins/process/plugin-environment.ts";
import { runLimits } from "../plugins/process/plugin-limits.ts";
import type { PermissionPolicy } from "../protocol/manifest.ts";

export interface ProcessToolSettings {
  /** What holds for the tools of a plugin while nobody decided about one of them. */
  policyOf(pluginId: string): PermissionPolicy;
  /** Throws `config_invalid`. */
  timeoutMs(pluginId: string): number;
  /** What a plugin is told of a call that a model makes. */
  readonly hints: RuntimeHints;
  /** The secret values that the configuration gives to a plugin; the same list while they are the same. */
  secretsOf(pluginId: string): readonly string[];
}

const SECTION = "extensions.plugins";
const POLICIES: readonly string[] = ["auto", "ask", "deny"] satisfies PermissionPolicy[];

export function processToolSettings(config: Config | undefined): ProcessToolSettings {
  const secrets = new Map<string, readonly string[]>();
  return {
    // A command is there because its user put it there to be run; whoever wants to be asked says so.
    policyOf(pluginId) {
      if (config === undefined) return "auto";
      // Below "env" there are variables for plugins, whatever their names.
      const isVariable = `.${pluginId}.`.toLowerCase().includes(".env.");
      const own = isVariable ? undefined : configText(config, `${SECTION}.${pluginId}.tool_policy`);
      const word = (own ?? configText(config, `${SECTION}.tool_policy`) ?? "auto").trim().toLowerCase();
      // A word that means nothing must not open what somebody wanted to close.
      return POLICIES.includes(word) ? (word as PermissionPolicy) : "ask";
    },
    timeoutMs: (pluginId) => runLimits(config, pluginId).timeoutMs,
    hints: {
      format: "json",
      color: "never",
      unicode: "auto",
      verbosity: "info",
      debugLevel: 0,
      terminalKind: "unknown",
      profile: config?.profile ?? "default",
    },
    secretsOf(pluginId) {
      let known = secrets.get(pluginId);
      if (known === undefined) {
        const variables = config === undefined ? [] : pluginVariables(config, pluginId).variables;
        known = variables.filter(({ isSecret }) => isSecret).map(({ value }) => value);
        secrets.set(pluginId, known);
      }
      return known;
    },
  };
}

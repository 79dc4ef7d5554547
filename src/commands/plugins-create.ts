// `osp plugins create NAME`: the project of a new process plugin.

import type { CommandIo } from "../terminal/io.ts";
import { LANGUAGE_DEFAULT, LANGUAGES } from "../workshop/languages.ts";
import { KEPT_WORDS } from "./built-in-words.ts";
import type { Command, CommandInput } from "./command.ts";
import { notify } from "./notify.ts";
import { openProcessHost } from "./open-process-host.ts";
import type { Settings } from "./settings.ts";
import { makeAndShowProject } from "./show-project.ts";

/** Other plugins are asked what they offer only for a hint: that may not take long. */
const NEIGHBOURS_DESCRIBE_MS_MAX = 2_000;

export const pluginsCreate: Command = {
  usage: "NAME [--language LANGUAGE]",
  about:
    "Makes the project of a new process plugin in ./NAME: an executable osp-NAME with one command, and its tests.\n" +
    `Languages: ${LANGUAGES.process.join(", ")}. NAME is made of lower-case letters, digits and single "-", like disk-usage.`,
  options: {
    language: {
      type: "string",
      short: "l",
      value: LANGUAGES.process.join("|"),
      about: `what it is written in; without it, ${LANGUAGE_DEFAULT.process}`,
    },
  },
  positionals: { min: 1, max: 1 },
  async run(input) {
    const settings = await input.settings();
    const exitCode = await makeAndShowProject(input, settings, { kind: "process", commandWords: KEPT_WORDS });
    const neighbours = await pluginsOffering(input, settings, input.positionals[0]!);
    if (neighbours.length > 0) notify(input.io, settings, "info", clashText(neighbours, input.positionals[0]!));
    return exitCode;
  },
};

/** Plugins of this user with a command of that name. Not knowing is no reason to fail. */
async function pluginsOffering({ io, flags }: CommandInput, settings: Settings, name: string): Promise<string[]> {
  const quiet: CommandIo = {
    ...io,
    cwd: io.cwd,
    stderr: { ...io.stderr, isTerminal: false, columns: undefined, write() {} },
  };
  try {
    const options = { config: settings.config, ...flags, describeTimeoutMs: NEIGHBOURS_DESCRIBE_MS_MAX };
    const host = await openProcessHost(quiet, options);
    const offer = (await host.commands()).find((command) => command.name === name);
    return offer?.providers.map(({ pluginId }) => pluginId) ?? [];
  } catch {
    return [];
  }
}

function clashText(pluginIds: readonly string[], name: string): string {
  const who = pluginIds.map((id) => `"${id}"`).join(" and ");
  return `there is a command "${name}" already, of ${who}: with both, "--plugin-provider ID" says which one is meant`;
}

// `osaurus tools create NAME`: the project of a new native plugin.

import { LANGUAGE_DEFAULT, LANGUAGES } from "../workshop/languages.ts";
import type { Command } from "./command.ts";
import { makeAndShowProject } from "./show-project.ts";

export const toolsCreate: Command = {
  usage: "NAME [--language LANGUAGE] [--id PLUGIN_ID]",
  about:
    "Makes the project of a new native plugin in ./NAME: it builds, passes its tests, and can be installed.\n" +
    `Languages: ${LANGUAGES.native.join(", ")}. NAME is made of lower-case letters, digits and single "-", like csv-tools.`,
  options: {
    language: {
      type: "string",
      short: "l",
      value: LANGUAGES.native.join("|"),
      about: `what it is written in; without it, ${LANGUAGE_DEFAULT.native}`,
    },
    id: { type: "string", value: "PLUGIN_ID", about: "the plugin's id; without it, dev.example.NAME" },
  },
  positionals: { min: 1, max: 1 },
  async run(input) {
    return await makeAndShowProject(input, await input.settings(), { kind: "native" });
  },
};

// `osp config diagnostics`: whether the configuration can be used, and which files it is made of.

import { type JsonObject, parseOrderedJson } from "../base/ordered-json.ts";
import { type Config, configList, configText } from "../config/config.ts";
import { type ConfigDiagnosis, diagnoseConfig } from "../config/diagnose-config.ts";
import { DEFAULT_THEME } from "../config/theme-names.ts";
import { EXIT, toHostError } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { showRows } from "./show-rows.ts";
import { findTheme } from "./theme-choice.ts";

export const configDiagnostics: Command = {
  usage: "",
  about: "Looks for problems with the configuration; exits with 1 when there is one.",
  positionals: { min: 0, max: 0 },
  readsBrokenConfig: true,
  async run(input) {
    const settings = await input.settings();
    const diagnosis = await withTheme(settings.config, diagnoseConfig(settings.config));
    const row = parseOrderedJson(JSON.stringify(diagnosis)) as JsonObject;
    await showRows(input, settings, [row], { single: true });
    return diagnosis.status === "ok" ? EXIT.done : EXIT.reportedFailure;
  },
};

/** The same with what is wrong in the file of the theme in use. */
async function withTheme(config: Config, diagnosis: ConfigDiagnosis): Promise<ConfigDiagnosis> {
  try {
    await findTheme(configText(config, "theme.name") ?? DEFAULT_THEME, configList(config, "theme.path"));
    return diagnosis;
  } catch (error) {
    const { message } = toHostError(error);
    return {
      ...diagnosis,
      status: "problems",
      problem_count: diagnosis.problem_count + 1,
      problems: [...diagnosis.problems, message],
      theme_issue_count: diagnosis.theme_issue_count + 1,
      theme_issues: [...diagnosis.theme_issues, message],
    };
  }
}

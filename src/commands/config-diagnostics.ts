// `osp config diagnostics`: whether the configuration can be used, and which files it is made of.

import { type JsonObject, parseOrderedJson } from "../base/ordered-json.ts";
import { diagnoseConfig } from "../config/diagnose-config.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { showRows } from "./show-rows.ts";

export const configDiagnostics: Command = {
  usage: "",
  about: "Looks for problems with the configuration; exits with 1 when there is one.",
  positionals: { min: 0, max: 0 },
  readsBrokenConfig: true,
  async run(input) {
    const settings = await input.settings();
    const diagnosis = diagnoseConfig(settings.config);
    const row = parseOrderedJson(JSON.stringify(diagnosis)) as JsonObject;
    await showRows(input, settings, [row], { single: true });
    return diagnosis.status === "ok" ? EXIT.done : EXIT.reportedFailure;
  },
};

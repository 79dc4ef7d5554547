// osaurus doctor: looks for problems with this installation, and changes nothing.

import { resolvePaths } from "../base/paths.ts";
import { examineInstallation } from "../host/installation-doctor.ts";
import { EXIT } from "../protocol/errors.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const doctor: Command = {
  usage: "[last]",
  about:
    "Looks for problems with this installation; exits with 1 when there is one. Makes and changes nothing. In the interactive shell, last tells more of the newest failure.",
  positionals: { min: 0, max: 1 },
  readsBrokenConfig: true,
  async run(input) {
    const { io, positionals } = input;
    if (positionals.length > 0) return await (await import("./doctor-last.ts")).doctorLast(input);
    const settings = await input.settings();
    const paths = resolvePaths({ env: io.env, platform: process.platform });
    const findings = await examineInstallation({ paths, env: io.env });
    const rows = findings.map(({ code, status, label, detail, hint }) =>
      rowOf({ code, status, label, detail, hint: hint ?? null }),
    );
    await showRows(input, settings, rows, { columns: ["status", "label", "detail", "hint"] });
    return findings.some(({ status }) => status === "fail") ? EXIT.reportedFailure : EXIT.done;
  },
};

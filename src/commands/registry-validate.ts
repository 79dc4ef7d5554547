// `osaurus registry validate`: what is wrong with a registry, or with one entry of it.

import { resolve } from "node:path";
import { EXIT } from "../protocol/errors.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { Command } from "./command.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const registryValidate: Command = {
  usage: "FILE|DIR",
  about:
    "Examines a registry in a folder, or one entry: shapes, order, archives, hashes, signatures, the change of a key. Nothing " +
    "is fetched. Fails with 1 when anything is wrong.",
  positionals: { min: 1, max: 1 },
  async run(input) {
    const { io } = input;
    const settings = await input.settings();
    const { validateRegistry } = await import("../workshop/validate-registry.ts");
    const findings = await validateRegistry(resolve(io.cwd, input.positionals[0]!), io.signal);
    const exit = findings.some(({ status }) => status === "fail") ? EXIT.reportedFailure : EXIT.done;
    if (settings.json || settings.format !== "auto") {
      const rows = findings.map(({ path, status, code, detail, hint }) =>
        rowOf({ path, status, code, detail, hint: hint ?? null }),
      );
      await showRows(input, settings, rows, { columns: ["path", "status", "code", "detail", "hint"] });
      return exit;
    }
    for (const { path, status, code, detail, hint } of findings) {
      io.stdout.write(`${oneLine(`[${status.toUpperCase()}] ${path} - ${detail} [${code}]`)}\n`);
      if (hint !== undefined) io.stdout.write(`${oneLine(`       ${hint}`)}\n`);
    }
    return exit;
  },
};

function oneLine(text: string): string {
  return neutralise(text).replaceAll(/\s*\n\s*/g, " ");
}

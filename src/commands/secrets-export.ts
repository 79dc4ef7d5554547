// osaurus secrets export: everything that is encrypted, as it is, for a move to another program or computer.

import { resolve } from "node:path";
import type { ExportedDatabases } from "../host/secrets-vault-host.ts";
import { ERRORS, EXIT, HostError } from "../protocol/errors.ts";
import { jsonText } from "../terminal/json-text.ts";
import { printLabelled } from "../terminal/labelled.ts";
import { lookOf } from "../terminal/look.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { leftLine, oneLine } from "./secrets-rekey.ts";
import { rowOf } from "./show-rows.ts";
import { readRecoveryKey, withVault } from "./with-vault.ts";

export const secretsExport: Command = {
  usage: "[--recovery-key] [--databases DIR] [--yes]",
  about:
    "Prints all settings and secrets of native plugins as JSON, not encrypted. With --databases, copies of the plugins' databases as well.",
  positionals: { min: 0, max: 0 },
  options: {
    "recovery-key": {
      type: "boolean",
      about: "open what is encrypted with the recovery key, which is read from standard input or asked for",
    },
    databases: { type: "string", value: "DIR", about: "write the databases into this folder, not encrypted" },
    yes: { type: "boolean", about: "print secrets on a terminal" },
  },
  async run(input) {
    const { io } = input;
    const settings = await input.settings();
    if (io.stdout.isTerminal && input.options["yes"] !== true) {
      throw new HostError("usage_invalid", "secrets would be shown on this terminal", {
        hint: 'send them to a file that only you can read ("umask 077; osaurus secrets export > FILE"), or add --yes',
      });
    }
    const folder = textOption(input, "databases");
    const recoveryKey = input.options["recovery-key"] === true ? await readRecoveryKey(input) : undefined;
    const warn = (text: string) => printLabelled(io.stderr, "warning", text, lookOf(io.stderr, io.env, settings.wish));
    const exported = await withVault(input, async (vault) => {
      if (recoveryKey !== undefined) vault.unlock(recoveryKey);
      return {
        settings: await vault.settings(),
        databases: folder === undefined ? NO_DATABASES : await vault.exportDatabases(resolve(io.cwd, folder)),
      };
    });
    warn("what was written is not encrypted: whoever can read it has every secret in it");
    const { entries, unreadable } = exported.settings;
    print(input, entries, folder === undefined ? undefined : exported.databases);
    for (const left of exported.databases.left) warn(leftLine(left));
    for (const { message } of unreadable) warn(oneLine(`this is missing: ${message}`));
    // All that could be read was given: the code says that it is not all that there is.
    if (unreadable.length > 0) return ERRORS.store_broken.exit;
    return exported.databases.left.length > 0 ? EXIT.reportedFailure : EXIT.done;
  },
};

const NO_DATABASES: ExportedDatabases = { written: [], left: [] };

/** A list, whatever format is set: this is for programs. Where the databases are is told on stderr. */
function print(
  { io }: CommandInput,
  entries: readonly { pluginId: string; agentId: string; key: string; value: string }[],
  databases: ExportedDatabases | undefined,
): void {
  const rows = entries.map(({ pluginId, agentId, key, value }) =>
    rowOf({ plugin_id: pluginId === "" ? null : pluginId, agent_id: agentId === "" ? null : agentId, key, value }),
  );
  io.stdout.write(jsonText(rows));
  for (const { path } of databases?.written ?? []) io.stderr.write(`${path}\n`);
}

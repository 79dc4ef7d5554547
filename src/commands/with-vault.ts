// Opens what is encrypted in the data folder for one command, and closes it again. No plugin is loaded.

import { resolvePaths } from "../base/paths.ts";
import { openSecretsVault, type SecretsVault } from "../host/secrets-vault-host.ts";
import { openStores } from "../host/stores.ts";
import { HostError } from "../protocol/errors.ts";
import { neutralise } from "../terminal/neutralise.ts";
import type { CommandInput } from "./command.ts";
import { printRecoveryKey } from "./print-recovery-key.ts";

export async function withVault<T>({ io }: CommandInput, use: (vault: SecretsVault) => Promise<T>): Promise<T> {
  const paths = resolvePaths({ env: io.env, platform: process.platform });
  const warn = (pluginId: string | undefined, text: string) =>
    io.stderr.write(`${neutralise(`[Osaurus] ${pluginId === undefined ? "" : `plugin "${pluginId}": `}${text}`)}\n`);
  const stores = openStores({
    paths,
    env: io.env,
    recordsInsights: false,
    onRecoveryKey: (text) => printRecoveryKey(io, text),
    warn,
  });
  try {
    const value = await use(openSecretsVault({ paths, stores, signal: io.signal, warn }));
    if (io.signal.aborted) throw new HostError("interrupted", "interrupted");
    return value;
  } finally {
    await stores.stop();
  }
}

/** The recovery key from standard input, or typed unseen. */
export async function readRecoveryKey({ io }: CommandInput): Promise<string> {
  if (!io.stdinIsTerminal) return (await io.readStdin()).trim();
  const text = await io.promptHidden?.("recovery key (not shown): ");
  if (text !== undefined && text.trim() !== "") return text.trim();
  throw new HostError("usage_invalid", "no recovery key was given", { hint: "type it, or give it on standard input" });
}

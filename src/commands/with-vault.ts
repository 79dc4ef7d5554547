// What is encrypted in the data folder, opened for one command. No plugin is loaded.

import type { SecretsVault } from "../host/secrets-vault-host.ts";
import { HostError } from "../protocol/errors.ts";
import type { CommandInput } from "./command.ts";
import { withHost } from "./with-host.ts";

export async function withVault<T>({ io, flags }: CommandInput, use: (vault: SecretsVault) => Promise<T>): Promise<T> {
  return await withHost(io, flags, async (host) => await use(await host.vault()));
}

/** The recovery key from standard input, or typed unseen. */
export async function readRecoveryKey({ io }: CommandInput): Promise<string> {
  if (!io.stdinIsTerminal) return (await io.readStdin()).trim();
  const text = await io.promptHidden?.("recovery key (not shown): ");
  if (text !== undefined && text.trim() !== "") return text.trim();
  throw new HostError("usage_invalid", "no recovery key was given", { hint: "type it, or give it on standard input" });
}

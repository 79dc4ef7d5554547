// Options that name the file of a secret signing key. Its password is asked for at a terminal, and comes from nowhere else.

import { resolve } from "node:path";
import { type CommandInput, textOption } from "./command.ts";

type SigningKey = Awaited<ReturnType<typeof import("../workshop/signing-key.ts")["openSigningKey"]>>;

/** The key that the option names, unlocked; nothing without the option. */
export async function signingKeyOption(input: CommandInput, name: string): Promise<SigningKey | undefined> {
  const path = textOption(input, name);
  if (path === undefined) return undefined;
  const { openSigningKey } = await import("../workshop/signing-key.ts");
  return await openSigningKey(resolve(input.io.cwd, path), input.io.promptHidden?.bind(input.io));
}

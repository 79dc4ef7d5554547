// Options that name the file of a secret signing key. Its password is asked for at a terminal, and comes from nowhere else.

import { resolve } from "node:path";
import { harmlessLines } from "../terminal/labelled.ts";
import { type CommandInput, textOption } from "./command.ts";
import { notify } from "./notify.ts";

type SigningKey = Awaited<ReturnType<typeof import("../workshop/signing-key.ts")["openSigningKey"]>>;

/** The key that the option names, unlocked; nothing without the option. */
export async function signingKeyOption(input: CommandInput, name: string): Promise<SigningKey | undefined> {
  const path = textOption(input, name);
  if (path === undefined) return undefined;
  const { openSigningKey } = await import("../workshop/signing-key.ts");
  const settings = await input.settings();
  const warn = (text: string) => notify(input.io, settings, "warning", harmlessLines(text));
  return await openSigningKey(resolve(input.io.cwd, path), input.io.promptHidden?.bind(input.io), warn);
}

// The option that names the public key of a signature.

import { resolve } from "node:path";
import { readSmallFile } from "../base/read-small-file.ts";
import { HostError } from "../protocol/errors.ts";
import { SIGNATURE_CHARS_MAX } from "../protocol/limits.ts";
import { type CommandInput, textOption } from "./command.ts";

/** The text of a public key: as it was typed, in the file that was named, or in the file that minisign makes. */
export function publicKeyOption(input: Pick<CommandInput, "io" | "options">): string | undefined {
  const typed = textOption(input, "key");
  if (typed?.startsWith("RW") === true && typed.length === 56) return typed;
  const path = resolve(input.io.cwd, typed ?? "minisign.pub");
  const file = readSmallFile(path, SIGNATURE_CHARS_MAX);
  if (file?.text !== undefined) return keyLine(file.text);
  if (typed === undefined) return undefined;
  throw new HostError("usage_invalid", `--key: ${path}: ${file?.problem ?? "there is no such file"}`);
}

function keyLine(text: string): string {
  return text.trim().split(/\r?\n/).at(-1)!;
}

// .user_consent: that somebody knows what a plugin asks for and wants it all the same.

import { join } from "node:path";
import * as z from "zod/mini";
import { readSmallFile } from "../../base/read-small-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { CONSENT_BYTES_MAX } from "../../protocol/limits.ts";
import { CONSENT_FILE } from "./tools-folder.ts";

const ConsentSchema = z.object({
  granted_at: z.string(),
  /** What was consented to; null when that was not known then, and is what the plugin asks for when it is loaded first. */
  requirements: z.nullable(z.array(z.string())),
  /** How: at a prompt, by `--consent`, or by installing from a registry whose signature held. */
  how: z.enum(["prompt", "flag", "registry"]),
});

export type Consent = z.infer<typeof ConsentSchema>;

/**
 * Reads the consent to one installed version; nothing when there is none. A file of another form is one to whatever is
 * asked for now. Fails with `install_broken` when something lies there that cannot be read.
 */
export async function readConsent(versionFolder: string): Promise<Consent | undefined> {
  const path = join(versionFolder, CONSENT_FILE);
  const file = readSmallFile(path, CONSENT_BYTES_MAX);
  if (file === undefined) return undefined;
  if (file.problem !== undefined) {
    throw new HostError("install_broken", `the consent ${path} is not usable: ${file.problem}`, {
      hint: 'remove it, and consent again: "osaurus tools install ID --consent"',
      details: { path },
    });
  }
  try {
    const parsed = ConsentSchema.safeParse(JSON.parse(file.text));
    if (parsed.success) return parsed.data;
  } catch {
    // Other hosts write an empty file, or a date.
  }
  return { granted_at: "", requirements: null, how: "flag" };
}

/** What is asked for beyond what was granted. */
export function beyondConsent(granted: readonly string[], wanted: readonly string[]): string[] {
  return wanted.filter((one) => !granted.includes(one));
}

// .user_consent: that somebody knows what a plugin asks for and wants it all the same.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { CONSENT_FILE } from "./tools-folder.ts";

const ConsentSchema = z.object({
  granted_at: z.string(),
  /** What was consented to; null when that was not known then, and is what the plugin asks for when it is loaded first. */
  requirements: z.nullable(z.array(z.string())),
  /** How: at a prompt, by `--consent`, or by installing from a registry whose signature held. */
  how: z.enum(["prompt", "flag", "registry"]),
});

export type Consent = z.infer<typeof ConsentSchema>;

/** Reads the consent to one installed version; nothing when there is none. A file of another form is one to whatever is asked for now. */
export async function readConsent(versionFolder: string): Promise<Consent | undefined> {
  const text = await readFile(join(versionFolder, CONSENT_FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    const parsed = ConsentSchema.safeParse(JSON.parse(text));
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

// .user_consent: that somebody knows what a plugin asks for and wants it all the same.

import { join } from "node:path";
import * as z from "zod/mini";
import { readSmallFile } from "../../base/read-small-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { CONSENT_BYTES_MAX } from "../../protocol/limits.ts";
import { CONSENT_FILE } from "./tools-folder.ts";

const How = z.enum(["prompt", "flag", "registry", "dev"]);

const ConsentSchema = z.object({
  granted_at: z.string(),
  /** What was consented to; null when that was not known then, and is what the plugin asks for when it is loaded first. */
  requirements: z.nullable(z.array(z.string())),
  /** How: at a prompt, by `--consent`, by installing from a registry whose signature held, or as the author's own build. */
  how: How,
});

export type Consent = z.infer<typeof ConsentSchema>;

/** Whatever else is missing: this says exactly what was consented to. */
const BareConsent = z.object({
  granted_at: z.catch(z.string(), ""),
  requirements: z.array(z.string()),
  how: z.catch(How, "flag"),
});

/** What other hosts write: a day, or a time. */
const TIME = /^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?\n?$/;

/**
 * Reads the consent to one installed version; nothing when there is none. The empty file and the time that other hosts
 * write are one to whatever is asked for now; a file that cannot be understood is none. Fails with `install_broken` when
 * something lies there that cannot be read.
 */
export async function readConsent(versionFolder: string): Promise<Consent | undefined> {
  const text = readText(versionFolder);
  return text === undefined ? undefined : parseConsent(text);
}

/** Why a version has no consent, for whoever has to give it. */
export async function whyNoConsent(versionFolder: string): Promise<string> {
  const isThere = readText(versionFolder) !== undefined;
  return isThere ? `its consent file ${CONSENT_FILE} cannot be understood` : "nobody consented to it";
}

/** What is asked for beyond what was granted. */
export function beyondConsent(granted: readonly string[], wanted: readonly string[]): string[] {
  return wanted.filter((one) => !granted.includes(one));
}

function readText(versionFolder: string): string | undefined {
  const path = join(versionFolder, CONSENT_FILE);
  const file = readSmallFile(path, CONSENT_BYTES_MAX);
  if (file?.problem === undefined) return file?.text;
  throw new HostError("install_broken", `the consent ${path} is not usable: ${file.problem}`, {
    hint: 'remove it, and consent again: "osaurus tools install ID --consent"',
    details: { path },
  });
}

function parseConsent(text: string): Consent | undefined {
  const day = TIME.exec(text)?.[1];
  if (text === "" || (day !== undefined && !Number.isNaN(Date.parse(day)))) {
    return { granted_at: text.trim(), requirements: null, how: "flag" };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  return ConsentSchema.safeParse(json).data ?? BareConsent.safeParse(json).data;
}

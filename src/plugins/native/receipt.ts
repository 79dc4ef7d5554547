// receipt.json: what was installed, where it came from, and the hash that every load holds the library against.

import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod/mini";
import { readSmallFile } from "../../base/read-small-file.ts";
import { HostError } from "../../protocol/errors.ts";
import { describeIssues } from "../../protocol/issue-text.ts";
import { RECEIPT_BYTES_MAX } from "../../protocol/limits.ts";
import { isPlainName, RECEIPT_FILE } from "./tools-folder.ts";

const Minisign = z.object({ signature: z.string(), key_id: z.optional(z.string()) });

export const DevMark = z.object({
  /** The folder that it is built in. */
  project: z.string(),
  /** ISO 8601. */
  built_at: z.string(),
  /** The version that was in use before, and is again when the author is done; null when there was none. */
  before: z.nullable(z.string()),
});

const ReceiptSchema = z.object({
  plugin_id: z.string(),
  version: z.string(),
  /** ISO 8601; other hosts write seconds since 2001. */
  installed_at: z.union([z.string(), z.number()]),
  dylib_filename: z.string().check(z.refine(isPlainName, "must be the plain name of a file")),
  /** Lower-case hex; other hosts put `sha256-` in front. */
  dylib_sha256: z.string().check(z.regex(/^(sha256-)?[0-9a-fA-F]{64}$/, "must be a SHA-256 in hex")),
  platform: z.string(),
  arch: z.string(),
  /** The key that the package was verified with. */
  public_keys: z.nullish(z.record(z.string(), z.string())),
  artifact: z.object({
    url: z.string(),
    sha256: z.string(),
    minisign: z.nullish(Minisign),
    size: z.optional(z.number()),
  }),
  /** Somebody said `--allow-unsigned`: no signature vouches for this version. */
  allow_unsigned: z.optional(z.boolean()),
  /** It is an author's own build, which `tools dev` put there. */
  dev: z.optional(DevMark),
});

export type Receipt = z.infer<typeof ReceiptSchema>;

/** Whether no signature vouches for what was installed. */
export function isUnsigned({ artifact, public_keys }: Receipt): boolean {
  return !artifact.minisign || !public_keys?.["minisign"];
}

/** The hash as plain lower-case hex. */
export function libraryHash({ dylib_sha256 }: Receipt): string {
  return dylib_sha256.replace(/^sha256-/, "").toLowerCase();
}

/** Reads the receipt of one installed version. Fails with `receipt_missing` or `receipt_invalid`. */
export async function readReceipt(versionFolder: string): Promise<Receipt> {
  const path = join(versionFolder, RECEIPT_FILE);
  const file = readSmallFile(path, RECEIPT_BYTES_MAX);
  if (file === undefined) {
    throw new HostError("receipt_missing", `there is no receipt in ${versionFolder}`, {
      hint: 'put plugins there with "osaurus tools install"',
      details: { folder: versionFolder },
    });
  }
  if (file.problem !== undefined) throw invalid(path, file.problem);
  let json: unknown;
  try {
    json = JSON.parse(file.text);
  } catch (error) {
    throw invalid(path, `it is not JSON: ${(error as Error).message}`);
  }
  const parsed = ReceiptSchema.safeParse(json);
  if (!parsed.success) throw invalid(path, describeIssues(parsed.error, json));
  return parsed.data;
}

/** The SHA-256 of the receipt as it lies there: another one after each installation. Nothing when it cannot be read. */
export function receiptStamp(versionFolder: string): string | undefined {
  const text = readSmallFile(join(versionFolder, RECEIPT_FILE), RECEIPT_BYTES_MAX)?.text;
  return text === undefined ? undefined : createHash("sha256").update(text).digest("hex");
}

function invalid(path: string, problem: string): HostError {
  return new HostError("receipt_invalid", `the receipt ${path} is not usable: ${problem}`, {
    hint: "install the plugin again",
    details: { path },
  });
}

// Examines one archive that an entry of a registry names, as an installation would, and some more: also archives for
// another system than this one.

import { isLoopback } from "../plugins/native/fetch-url.ts";
import { folderRegistry } from "../plugins/native/folder-registry.ts";
import { withPackage } from "../plugins/native/inspect-package.ts";
import { verifyDetached } from "../plugins/native/minisign.ts";
import type { EntryArtifact, RegistryEntry } from "../plugins/native/registry-entry.ts";
import { sha256Of } from "../plugins/native/sha256-of.ts";
import { HostError, toHostError } from "../protocol/errors.ts";
import { fail, type RegistryFinding, type RegistryRule, warn } from "./registry-finding.ts";
import { unfitToRead } from "./unfit-to-read.ts";

const SYSTEMS: ReadonlySet<string> = new Set(["linux x64", "linux arm64", "macos x64", "macos arm64"]);
const AGAIN = "publish it again, as another version";

interface Place {
  readonly root: string | undefined;
  readonly file: string;
  readonly used: Set<string>;
  readonly signal: AbortSignal;
}

export async function checkArtifact(
  { root, file, used, signal }: Place,
  entry: RegistryEntry,
  version: string,
  artifact: EntryArtifact,
): Promise<RegistryFinding[]> {
  const system = `${artifact.os} ${artifact.arch}`;
  const what = `${version} for ${system}`;
  const findings: RegistryFinding[] = [];
  const say = (make: typeof fail, code: RegistryRule, detail: string, hint?: string) =>
    void findings.push(make(file, code, `${what}: ${detail}`, hint));
  if (!SYSTEMS.has(system))
    say(warn, "system", "no host runs on such a system", "os is linux or macos, arch is x64 or arm64");
  if (!artifact.minisign)
    say(fail, "signature_missing", "it has no signature, and is never installed", "sign it: --sign KEYFILE");
  const path = await placeOf(root, artifact.url, say);
  if (path === undefined) return findings;
  used.add(path);
  const unfit = unfitToRead(path, artifact.size);
  if (unfit !== undefined) {
    const [rule, hint] = unfit.isFile
      ? (["artifact_size", AGAIN] as const)
      : (["artifact_missing", "remove what lies there, and publish it again"] as const);
    say(fail, rule, `${artifact.url}: ${unfit.problem}`, hint);
    return findings;
  }
  const sha256 = await sha256Of(path, signal);
  if (sha256 !== artifact.sha256.toLowerCase()) {
    say(fail, "artifact_hash", `the SHA-256 of ${artifact.url} is ${sha256} and should be ${artifact.sha256}`, AGAIN);
  }
  if (artifact.minisign) {
    const verified = verifyDetached(path, artifact.minisign.signature, entry.public_keys.minisign, signal);
    await verified.catch((error: unknown) => {
      if (signal.aborted) throw error;
      say(fail, "signature", toHostError(error).message, "sign it with the key of the entry");
    });
  }
  const identity = { pluginId: entry.plugin_id, version };
  await withPackage(path, { signal, identity }, async ({ systems }) => {
    const names = systems.map((one) => `${one.os} ${one.arch}`);
    if (names.includes(system)) return;
    say(fail, "package", `the library in ${artifact.url} is for ${names.join(", ")}`, AGAIN);
  }).catch((error: unknown) => {
    if (!(error instanceof HostError) || error.code === "interrupted") throw error;
    say(fail, "package", error.message, AGAIN);
  });
  return findings;
}

/** Where it lies on this machine. */
async function placeOf(
  root: string | undefined,
  url: string,
  say: (make: typeof fail, code: RegistryRule, detail: string, hint?: string) => void,
): Promise<string | undefined> {
  const absolute = URL.parse(url);
  if (absolute !== null) {
    if (absolute.protocol !== "https:" && !(absolute.protocol === "http:" && isLoopback(absolute))) {
      say(fail, "artifact_url", `nothing is fetched from ${url}`, "give an https address, or a path in the registry");
    } else say(warn, "artifact_elsewhere", `${url} was not looked at`);
    return undefined;
  }
  if (root === undefined) {
    say(warn, "artifact_elsewhere", `${url} was not looked at: the file does not lie in a registry`);
    return undefined;
  }
  try {
    const place = await folderRegistry({ name: root, location: root, kind: "folder" }).place(url);
    return "path" in place ? place.path : undefined;
  } catch (error) {
    const { message } = toHostError(error);
    const isMissing = message.endsWith("there is no such file");
    say(
      fail,
      isMissing ? "artifact_missing" : "artifact_url",
      message,
      isMissing ? "publish it again" : "mend the entry",
    );
    return undefined;
  }
}

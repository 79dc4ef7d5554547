// What is wrong with a native plugin, one check after the other, in words. Nothing is changed, and the plugin's own
// functions are not called. Opening a library runs code of it, so that is done only where a load would do it too, and with
// the bytes that were checked: for what was installed with consent, is unchanged and not quarantined, and for a library
// that somebody named.

import { execFile } from "node:child_process";
import { lstat, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { toHostError } from "../../protocol/errors.ts";
import type { InstallationFolders } from "./check-installation.ts";
import { type CheckRunnerOptions, tryToOpen } from "./check-runner.ts";
import { readConsent, whyNoConsent } from "./consent.ts";
import { asksFor, knownRequirements, oddVersion } from "./decide-consent.ts";
import { type Finding, type FindingCode, failed, finding } from "./doctor-finding.ts";
import { type ExaminedFile, examineContents, examineFile } from "./examine-file.ts";
import { activeVersion } from "./installed.ts";
import type { LibraryFacts } from "./library-facts.ts";
import { parsePublicKey } from "./minisign.ts";
import { isHeld, readQuarantine } from "./quarantine.ts";
import { isUnsigned, libraryHash, type Receipt, readReceipt } from "./receipt.ts";
import { runnerEnvironment } from "./runner-environment.ts";
import { sha256Of } from "./sha256-of.ts";
import { CURRENT_LINK } from "./tools-folder.ts";
import { copyVerified, type PreparedLibrary } from "./verified-copy.ts";

/** Examines an installed plugin, whose folder is there. */
export async function examineInstalled(
  { tools, scratch }: InstallationFolders,
  pluginId: string,
  options: CheckRunnerOptions,
): Promise<Finding[]> {
  const pluginFolder = join(tools, pluginId);
  const version = await activeVersion(pluginFolder);
  const findings = [await currentLink(pluginFolder, version)];
  if (version === undefined) {
    const hint = `run "osaurus tools install ${pluginId}", or remove ${pluginFolder}`;
    return [...findings, finding("version_folder", "fail", "no version is installed", hint)];
  }
  const folder = join(pluginFolder, version);
  findings.push(finding("version_folder", "ok", folder));
  const { receipt, ...read } = await readReceiptFinding(folder, pluginId, version);
  findings.push(read.finding, ...versionFindings(folder, version));
  if (receipt) {
    findings.push(await hashFinding(join(folder, receipt.dylib_filename), receipt), signatureFinding(receipt));
  }
  findings.push(await consentFinding(folder, pluginId), quarantineFinding(tools, pluginId, version));
  if (!receipt) return findings;
  const library = join(folder, receipt.dylib_filename);
  const file = await fileFindings(library);
  findings.push(...file.findings);
  const against = findings.find((one) => keepsClosed(one, receipt));
  const opening = against
    ? [notTried(against)]
    : await openCopy(library, () => copyVerified(library, libraryHash(receipt), scratch), options);
  return [...findings, ...contentsFindings(library, file.facts, opening, options), ...opening];
}

/** Examines one library that somebody named. */
export async function examineLibrary(library: string, options: CheckRunnerOptions): Promise<Finding[]> {
  const { findings, facts } = await fileFindings(library);
  const against = findings.find(({ code, status }) => NO_LIBRARY.has(code) && status === "fail");
  const opening = against ? [notTried(against)] : await openFindings(library, library, options);
  return [...findings, ...contentsFindings(library, facts, opening, options), ...opening];
}

const NO_LIBRARY: ReadonlySet<FindingCode> = new Set(["file_kind", "architecture"]);

/** What a load would stop at before it opened the library. */
const KEEPS_CLOSED: ReadonlySet<FindingCode> = new Set([
  "receipt",
  "library_hash",
  "signature",
  "consent",
  "quarantine",
  "file_kind",
  "architecture",
  "code_signature",
]);

/** That nothing is signed is a warning; whoever installed it may have allowed that. */
function keepsClosed({ code, status }: Finding, receipt: Receipt): boolean {
  const isSigning = code === "signature" || code === "code_signature";
  const isAllowed = isSigning && status === "warn" && receipt.allow_unsigned === true;
  return KEEPS_CLOSED.has(code) && status !== "ok" && !isAllowed;
}

function notTried({ label }: Finding): Finding {
  return finding("dlopen", "warn", `not tried, because of: ${label}`, "mend that first");
}

async function fileFindings(library: string): Promise<ExaminedFile> {
  const { findings, facts } = examineFile(library);
  if (process.platform !== "darwin") return { findings, facts };
  return { findings: [...findings, await codeSignature(library)], facts };
}

function contentsFindings(
  library: string,
  facts: LibraryFacts | undefined,
  opening: readonly Finding[],
  { env }: CheckRunnerOptions,
): Finding[] {
  if (facts === undefined) return [];
  const status = opening.find(({ code }) => code === "dlopen")?.status;
  const opens = status === "warn" ? undefined : status === "ok";
  return examineContents(library, facts, { env: runnerEnvironment(env), opens });
}

/** What was checked may be another file by now: what is opened is checked while it is copied. */
async function openCopy(
  library: string,
  copy: () => Promise<PreparedLibrary>,
  options: CheckRunnerOptions,
): Promise<Finding[]> {
  let prepared: PreparedLibrary;
  try {
    prepared = await copy();
  } catch (error) {
    return [failed("dlopen", toHostError(error))];
  }
  try {
    return await openFindings(library, prepared.path, { ...options, descriptor: prepared.descriptor });
  } finally {
    prepared.release();
  }
}

/** @param path where the library is opened; people are told of `library`. */
async function openFindings(library: string, path: string, options: CheckRunnerOptions): Promise<Finding[]> {
  const opened = await tryToOpen(path, options);
  if ("problem" in opened) {
    const hint = "look at what the library does in constructors, which run when it is opened";
    return [finding("dlopen", "fail", opened.problem, hint)];
  }
  if (opened.dlopen !== null) return refusedFindings(opened.dlopen.replaceAll(path, library));
  const opens = finding("dlopen", "ok", "the system opens it");
  if (opened.v2) return [opens, finding("entry_symbol", "ok", "osaurus_plugin_entry_v2")];
  if (opened.v1) {
    const hint = "export osaurus_plugin_entry_v2 too, to be able to ask the host for anything";
    return [opens, finding("entry_symbol", "warn", "only osaurus_plugin_entry, the entry of version 1", hint)];
  }
  const hint = "export osaurus_plugin_entry_v2 with C linkage and default visibility";
  return [opens, finding("entry_symbol", "fail", "it exports no plugin entry", hint)];
}

/** The system's loader says why it does not open it. */
function refusedFindings(why: string): Finding[] {
  const symbol = /undefined symbol: (\S+?),?(?:\s|$)|symbol not found in flat namespace '?_?([^\s']+)/.exec(why);
  const name = symbol?.[1] ?? symbol?.[2];
  const refused = finding(
    "dlopen",
    "fail",
    why,
    "see the lines before and after: they say what it needs and what it lacks",
  );
  if (name === undefined) return [refused];
  const hint = symbolHint(name);
  return [refused, finding("undefined_symbols", "fail", `${name} is neither in it nor in what it needs`, hint)];
}

function symbolHint(name: string): string {
  if (name.startsWith("osaurus_"))
    return "functions of the host come in the table that the entry is given, not as symbols";
  if (/^_ZN?K?S|^__cxa_|^__gxx_|^_Zn[wa]|^_Zd[la]/.test(name))
    return "link it with c++ instead of cc: it lacks the library of C++";
  if (/^(sin|cos|tan|exp|log|log2|log10|pow|sqrt|floor|ceil|round|fmod)[fl]?$/.test(name)) return "link it with -lm";
  return "compile the file that has it into the library, or link what has it (-l...); with -Wl,-z,defs the linker tells of all";
}

async function currentLink(pluginFolder: string, version: string | undefined): Promise<Finding> {
  const path = join(pluginFolder, CURRENT_LINK);
  const stat = await lstat(path).catch(() => undefined);
  const hint = "install the plugin again";
  if (stat === undefined) {
    const detail = version === undefined ? "there is none" : `there is none; the highest version, ${version}, is used`;
    return finding("current_link", version === undefined ? "fail" : "warn", detail, hint);
  }
  if (!stat.isSymbolicLink()) return finding("current_link", "fail", `${path} is no link`, hint);
  const target = await readlink(path);
  if (target === version) return finding("current_link", "ok", `${CURRENT_LINK} -> ${target}`);
  if (basename(target) === version) {
    return finding("current_link", "warn", `${CURRENT_LINK} -> ${target}, which is not just a version`, hint);
  }
  return finding("current_link", "fail", `${CURRENT_LINK} -> ${target}, which is not installed`, hint);
}

async function readReceiptFinding(
  folder: string,
  pluginId: string,
  version: string,
): Promise<{ finding: Finding; receipt?: Receipt }> {
  try {
    const receipt = await readReceipt(folder);
    if (receipt.plugin_id !== pluginId || receipt.version !== version) {
      const detail = `it is for ${receipt.plugin_id} ${receipt.version}, not for ${pluginId} ${version}`;
      return { finding: finding("receipt", "fail", detail, "install the plugin again"), receipt };
    }
    return { finding: finding("receipt", "ok", `installed at ${String(receipt.installed_at)}`), receipt };
  } catch (error) {
    return { finding: failed("receipt", toHostError(error)) };
  }
}

function versionFindings(folder: string, version: string): Finding[] {
  const odd = oddVersion(folder, version);
  return odd === undefined ? [] : [finding("version", "warn", odd, "ask the author of the package which one is right")];
}

async function hashFinding(library: string, receipt: Receipt): Promise<Finding> {
  try {
    const is = await sha256Of(library);
    if (is === libraryHash(receipt)) return finding("library_hash", "ok", `SHA-256 ${is}`);
    const detail = `${receipt.dylib_filename} is not what was installed: its SHA-256 is ${is}`;
    return finding("library_hash", "fail", detail, "install the plugin again if you do not trust the change");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code ?? message;
    const detail = code === "ENOENT" ? `there is no library ${library}` : `${library} cannot be read: ${why}`;
    return finding("library_hash", "fail", detail, "install the plugin again");
  }
}

function signatureFinding(receipt: Receipt): Finding {
  if (!isUnsigned(receipt)) {
    const key = receipt.public_keys!["minisign"]!;
    try {
      return finding("signature", "ok", `the package was signed with the key ${parsePublicKey(key).keyId}`);
    } catch {
      return finding("signature", "fail", "the key in the receipt is none of minisign's", "install the plugin again");
    }
  }
  const { dev } = receipt;
  if (dev !== undefined && receipt.allow_unsigned === true) {
    const detail = `not signed: it is an author's own build, of ${dev.project}`;
    return finding("signature", "warn", detail, `"osaurus tools dev --stop ${receipt.plugin_id}" takes it away`);
  }
  const hint = "install a signed version, for instance from a registry";
  if (receipt.allow_unsigned === true) {
    return finding("signature", "warn", "not signed; installed with --allow-unsigned", hint);
  }
  return finding("signature", "fail", "not signed, and nobody allowed that", `${hint}, or use --allow-unsigned`);
}

async function consentFinding(folder: string, pluginId: string): Promise<Finding> {
  const hint = `look at what it asks for, then "osaurus tools install ${pluginId} --consent"`;
  try {
    const consent = await readConsent(folder);
    if (!consent) {
      const why = `${await whyNoConsent(folder)}; ${asksFor(await knownRequirements(folder))}`;
      return finding("consent", "warn", `it is not loaded, because ${why}`, hint);
    }
    const { requirements } = consent;
    const to = requirements === null ? "whatever it asks for when it is loaded first" : requirements.join(", ");
    return finding("consent", "ok", to === "" ? "given; it asks for nothing" : `given to: ${to}`);
  } catch (error) {
    return failed("consent", toHostError(error));
  }
}

function quarantineFinding(toolsFolder: string, pluginId: string, version: string): Finding {
  const entry = readQuarantine(toolsFolder).find(({ id }) => id === pluginId);
  if (!entry || !isHeld(entry, version)) return finding("quarantine", "ok", "not quarantined");
  const why = entry.reason === undefined ? "" : `: ${entry.reason}`;
  return finding(
    "quarantine",
    "fail",
    `quarantined, because a load of it failed badly${why}`,
    `"osaurus tools retry ${pluginId}" tries again, "osaurus tools logs ${pluginId}" shows what happened`,
  );
}

async function codeSignature(library: string): Promise<Finding> {
  try {
    await promisify(execFile)("/usr/bin/codesign", ["--verify", "--strict", library], { timeout: 30_000 });
    return finding("code_signature", "ok", "codesign accepts it");
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? "").trim();
    const hint = "sign it with a Developer ID Application certificate";
    return finding("code_signature", said.includes("not signed at all") ? "warn" : "fail", `codesign: ${said}`, hint);
  }
}

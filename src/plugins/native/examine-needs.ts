// Which other libraries a library needs, whether they are here, and whether they are everywhere it may be installed.

import { basename, isAbsolute } from "node:path";
import { LIBRARY_NEEDS_MAX, LIBRARY_SEARCH_PATHS_MAX, LIBRARY_VERSIONS_READ_MAX } from "../../protocol/limits.ts";
import { type Finding, finding } from "./doctor-finding.ts";
import { findNeeded, type NeededPlace } from "./find-needed.ts";
import type { LibraryFacts, NeededVersion } from "./library-facts.ts";
import { readLibraryVersions } from "./read-library.ts";

export interface ContentsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the system's loader opens it, which decides; undefined when that was not tried. */
  readonly opens: boolean | undefined;
}

/** Folders of a system, and places that are relative to the library. */
const COMMON_PLACE = /^(\/(usr\/(local\/)?)?lib(32|64)?(\/|$)|\/System\/|\/opt\/|@|\$)/;

/** What "ldd" would say, and whether what is found is new enough. */
export function examineNeeds(library: string, facts: LibraryFacts, { env, opens }: ContentsOptions): Finding[] {
  const searchPaths = facts.searchPaths.slice(0, LIBRARY_SEARCH_PATHS_MAX);
  const names = facts.needs.slice(0, LIBRARY_NEEDS_MAX);
  const isRead = names.length === facts.needs.length && searchPaths.length === facts.searchPaths.length;
  const canLook = facts.format === "elf" && process.platform === "linux";
  const places = findNeeded(canLook ? names : [], { library, searchPaths, env });
  // The loader knows better. What it was not asked about is only a guess.
  const absence = opens === true ? undefined : opens === false ? "fail" : "warn";
  const versions = versionsFinding(facts, places, absence);
  const isWhole = isRead && (!canLook || places.size === names.length);
  return [dependenciesFinding(facts, places, absence, isWhole), ...(versions ? [versions] : [])];
}

type Places = ReadonlyMap<string, NeededPlace | undefined>;
/** How bad it is that something is not here; undefined when it is, wherever it may be. */
type Absence = "warn" | "fail" | undefined;

function dependenciesFinding(facts: LibraryFacts, places: Places, absence: Absence, isWhole: boolean): Finding {
  const of = (status: Finding["status"], detail: string, hint?: string) =>
    finding("dependencies", status, detail, hint);
  const missing = [...places].filter(([name, place]) => place === undefined && !LIBCS.test(name)).map(([name]) => name);
  if (missing.length > 0 && absence) {
    const hint = "install what has it, or link it statically: an installed plugin brings nothing but its one library";
    return of(absence, `not on this system: ${listed(missing)}`, hint);
  }
  if (!isWhole) {
    const hint = "link without -rpath, and only with what it uses";
    return of("warn", "it names so many libraries and folders that not all of them were looked for", hint);
  }
  const odd = [...facts.needs.filter((name) => isAbsolute(name)), ...facts.searchPaths].filter(
    (path) => !COMMON_PLACE.test(path),
  );
  if (odd.length > 0) {
    const hint = "it is a folder of the machine it was built on: link without -rpath, and with names instead of paths";
    return of("warn", `it looks for libraries in ${listed(odd)}`, hint);
  }
  const beside = [...places].filter(([, place]) => place?.isBeside).map(([name]) => name);
  if (beside.length > 0) {
    const hint = "link them statically: an installed plugin brings nothing but its one library";
    return of("warn", `it needs what lies beside it: ${listed(beside)}`, hint);
  }
  const runtime = facts.needs.find((name) => /^lib(asan|tsan|ubsan|lsan|hwasan)\b|libclang_rt\./.test(basename(name)));
  const sanitizer = runtime ?? facts.sanitizerSymbol;
  if (sanitizer !== undefined) {
    const hint = "it is for finding mistakes: build the one that you publish without -fsanitize";
    return of("warn", `it needs a sanitizer (${sanitizer}), which other machines do not have`, hint);
  }
  return of("ok", facts.needs.length === 0 ? "none" : listed(facts.needs));
}

const LISTED_MAX = 20;

function listed(texts: readonly string[], between = ", "): string {
  const more = texts.length - LISTED_MAX;
  return `${texts.slice(0, LISTED_MAX).join(between)}${more > 0 ? `${between}and ${more} more` : ""}`;
}

const GLIBC = /^(libc|libm|libpthread|libdl|librt)\.so\.6$|^(libpthread|libdl|librt)\.so\.\d$|^ld-linux.*\.so\.\d$/;
const MUSL = /^libc\.musl-.*\.so\.1$|^ld-musl-.*\.so\.1$|^libc\.so$/;
const LIBCS = new RegExp(`${GLIBC.source}|${MUSL.source}`);

/** Whether this system has the C library that it was built for, and all libraries in versions that are new enough. */
function versionsFinding(facts: LibraryFacts, places: Places, absence: Absence): Finding | undefined {
  const absent = [...places].find(([name, place]) => place === undefined && LIBCS.test(name))?.[0];
  if (absent !== undefined && absence) {
    const [built, here] = MUSL.test(absent) ? ["musl", "glibc"] : ["glibc", "musl"];
    const hint = `build it on a system with ${here}, for instance in a container`;
    return finding(
      "libc_version",
      absence,
      `it was built for ${built} (${absent}), which this system does not have`,
      hint,
    );
  }
  const { needsVersions } = facts;
  const tooNew = absence ? needsVersions.filter(isNotIn(places)) : [];
  if (tooNew.length > 0 && absence) {
    const hint = "build it on the oldest system that it is to run on, for instance in a container";
    return finding("libc_version", absence, listed(tooNew.map(versionText), "; "), hint);
  }
  if (needsVersions.length === 0) return undefined;
  const newest = newestOf(
    needsVersions.map(({ version }) => version).filter((version) => version.startsWith("GLIBC_")),
  );
  return finding("libc_version", "ok", newest === undefined ? "all are here" : `glibc ${newest} or newer`);
}

/** Whether the library that is found lacks the version. One without any versions is taken as it is, by the loader as well. */
function isNotIn(places: Places): (needed: NeededVersion) => boolean {
  const known = new Map<string, ReadonlySet<string>>();
  const versionsOf = (library: string): ReadonlySet<string> => {
    const place = places.get(library);
    const isRead = place === undefined || known.has(library) || known.size === LIBRARY_VERSIONS_READ_MAX;
    if (!isRead) known.set(library, new Set(readLibraryVersions(place.path)));
    return known.get(library) ?? new Set();
  };
  return ({ library, version }) => {
    const has = versionsOf(library);
    return has.size > 0 && !has.has(version);
  };
}

function versionText({ library, version, symbols }: NeededVersion): string {
  const why = symbols.length === 0 ? "" : ` for ${symbols.join(", ")}`;
  return `it needs ${version} of ${library}${why}, and that of this system is older`;
}

function newestOf(versions: readonly string[]): string | undefined {
  const numbers = versions.map((version) => version.replace("GLIBC_", "")).filter((text) => /^[\d.]+$/.test(text));
  return numbers.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
}

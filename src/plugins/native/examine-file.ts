// What a library's file is, before anybody opens it, in words: what authors would ask "file" for. Nothing of the library is run.

import { type Finding, failed, finding } from "./doctor-finding.ts";
import { examineExports } from "./examine-exports.ts";
import { type ContentsOptions, examineNeeds } from "./examine-needs.ts";
import type { LibraryFacts } from "./library-facts.ts";
import { checkLibraryFile, readLibraryHeader } from "./library-file.ts";
import { readLibraryFile } from "./read-library.ts";

export interface ExaminedFile {
  readonly findings: readonly Finding[];
  /** Nothing for a file that is no library for this machine. */
  readonly facts: LibraryFacts | undefined;
}

/** Whether it is a library, and one for this machine. */
export function examineFile(library: string): ExaminedFile {
  const header = readLibraryHeader(library);
  const facts = readLibraryFile(library);
  const kind = kindFinding(library, header, facts);
  if (kind.status === "fail" || header === undefined || "problem" in header)
    return { findings: [kind], facts: undefined };
  const wrong = checkLibraryFile(library);
  if (wrong) return { findings: [kind, failed("architecture", wrong)], facts: undefined };
  return { findings: [kind, finding("architecture", "ok", `${header.os} ${header.arch.join(" and ")}`)], facts };
}

/** What it exports, what it needs, and what it wants of memory. */
export function examineContents(library: string, facts: LibraryFacts, options: ContentsOptions): Finding[] {
  return [examineExports(facts), ...examineNeeds(library, facts, options), ...memoryFindings(facts)];
}

function kindFinding(
  library: string,
  header: ReturnType<typeof readLibraryHeader>,
  facts: LibraryFacts | undefined,
): Finding {
  const build =
    'build a shared library: cc -shared -fPIC, cargo with crate-type = ["cdylib"], go build -buildmode=c-shared';
  if (header === undefined) {
    return finding("file_kind", "fail", `${library} cannot be read`, "look at its owner and mode");
  }
  if ("problem" in header) {
    const hint = KIND_HINTS.find(([word]) => header.problem.includes(word))?.[1] ?? build;
    return finding("file_kind", "fail", header.problem, hint);
  }
  if (header.kind === "object") {
    return finding("file_kind", "fail", "it is an object file, which has to be linked first", build);
  }
  if (header.kind !== "library" || facts?.isProgram) {
    return finding("file_kind", "fail", "it is a program, which cannot be loaded into another one", build);
  }
  const format = header.format === "elf" ? "ELF" : "Mach-O";
  const debug = facts === undefined ? "" : `, ${debugText(facts)}`;
  return finding("file_kind", "ok", `${format} shared library${debug}`);
}

/** What to do about a file that is something else, by a word of what is said of it. */
const KIND_HINTS: readonly (readonly [string, string])[] = [
  ["Git LFS", 'run "git lfs pull"'],
  ["web page", "download it again: what came was a page, perhaps one to sign in"],
  ["linker script", "give the path of the library that it names"],
  ["script", "give the path of the library that it makes"],
  ["zip", '"osaurus tools install" takes a package; to examine the library, unpack it'],
  ["compressed", "unpack it first"],
  [
    "static",
    'link a shared one from the same objects, compiled with -fPIC: cc -shared; in Rust crate-type = ["cdylib"]',
  ],
  ["cut short", "build or download it again"],
  ["Windows", "build it for this system"],
];

function debugText({ hasDebugInfo, hasSymbolTable, format, minimumMacos }: LibraryFacts): string {
  const since = minimumMacos === undefined ? "" : `, for macOS ${minimumMacos} or newer`;
  if (hasDebugInfo) return `with debug information${since}`;
  if (!hasSymbolTable) return `stripped: crash reports name only what it exports${since}`;
  return `${format === "elf" ? "without debug information: crash reports have no lines" : "with names for crash reports"}${since}`;
}

function memoryFindings({ hasExecutableStack, hasTextRelocations }: LibraryFacts): Finding[] {
  const findings: Finding[] = [];
  if (hasExecutableStack) {
    const hint = "link with -Wl,-z,noexecstack; a file in assembler needs .section .note.GNU-stack";
    findings.push(
      finding("executable_stack", "warn", "it wants stacks that can be run, which new systems refuse", hint),
    );
  }
  if (hasTextRelocations) {
    const hint = "compile everything in it with -fPIC";
    findings.push(
      finding("text_relocations", "warn", "its code is changed when it is loaded, which some systems refuse", hint),
    );
  }
  return findings;
}

// Reads what a library says of itself from its file; nothing of it is run.

import { readElf, readElfVersions } from "./elf-file.ts";
import { type LibraryBytes, withLibraryBytes } from "./library-bytes.ts";
import type { LibraryFacts } from "./library-facts.ts";
import { readMachO } from "./mach-o-file.ts";

/**
 * Reads what a library for this kind of machine says of itself. Nothing when it is another kind of file, or one for another
 * word size or byte order. Never throws for anything that is in the file.
 */
export function readLibraryFacts(file: LibraryBytes, arch: string = process.arch): LibraryFacts | undefined {
  return readElf(file) ?? readMachO(file, arch);
}

/** The same for a file; nothing either when it cannot be opened. */
export function readLibraryFile(path: string): LibraryFacts | undefined {
  return withLibraryBytes(path, readLibraryFacts);
}

/** The versions that a library has for others; none for another kind of file. */
export function readLibraryVersions(path: string): readonly string[] {
  return withLibraryBytes(path, readElfVersions) ?? [];
}

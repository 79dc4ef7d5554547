// What a library says of itself, as far as authors ask for it with nm, file, ldd, readelf and otool. Everything in it was written by whoever built the file.

/** What every entry function of a plugin has in its name. */
export const ENTRY_WORD = "osaurus_plugin_entry";

export interface LibraryFacts {
  readonly format: "elf" | "mach-o";
  /** A program that can be loaded anywhere looks like a library otherwise. */
  readonly isProgram: boolean;
  /** Names, or paths, of the libraries that it needs. */
  readonly needs: readonly string[];
  /** Folders that it wants them looked for in. */
  readonly searchPaths: readonly string[];
  /** Symbols with "osaurus_plugin_entry" in their names. */
  readonly entries: readonly EntrySymbol[];
  /** Versions of libraries that it needs, with the symbols that need them. */
  readonly needsVersions: readonly NeededVersion[];
  /** The first symbol that it wants from the runtime of a sanitizer. */
  readonly sanitizerSymbol: string | undefined;
  readonly hasDebugInfo: boolean;
  /** Names of functions that are not exported, for backtraces. */
  readonly hasSymbolTable: boolean;
  readonly hasExecutableStack: boolean;
  readonly hasTextRelocations: boolean;
  /** Of macOS: the oldest version that it runs on, and whether it is signed. */
  readonly minimumMacos?: string | undefined;
  readonly isSigned?: boolean | undefined;
}

export interface EntrySymbol {
  readonly name: string;
  /** exported: others find it; hidden: it is there, and nobody finds it; missing: it is wanted from elsewhere. */
  readonly is: "exported" | "hidden" | "missing";
  readonly isFunction: boolean;
}

export interface NeededVersion {
  readonly library: string;
  readonly version: string;
  /** Some of them. */
  readonly symbols: readonly string[];
}

/** The first so many, each once: a file may name the same a thousand times. */
export function firstOf(names: Iterable<string>, countMax: number): string[] {
  const found = new Set<string>();
  for (const name of names) {
    if (!found.has(name) && found.size === countMax) break;
    found.add(name);
  }
  return [...found];
}

/** Words by which the runtime of a sanitizer is called, by what people call it. */
const SANITIZER_SYMBOLS = /^__(asan|tsan|msan|hwasan|lsan)_init|^__ubsan_handle_/;

export function isOfSanitizer(symbol: string): boolean {
  return SANITIZER_SYMBOLS.test(symbol);
}

// Which entries of a plugin a library exports, and what went wrong when it exports none.

import { type Finding, finding } from "./doctor-finding.ts";
import type { EntrySymbol, LibraryFacts } from "./library-facts.ts";

const V2 = "osaurus_plugin_entry_v2";
const V1 = "osaurus_plugin_entry";

/** What "nm" would say: whether the entries of a plugin are exported, and if not, why nobody finds them. */
export function examineExports({ entries }: LibraryFacts): Finding {
  const exported = (name: string) => entries.find((entry) => entry.name === name && entry.is === "exported");
  const [v2, v1] = [exported(V2), exported(V1)];
  const noFunction = [v2, v1].find((entry) => entry?.isFunction === false);
  if (noFunction) {
    const hint = "it has to be a function that returns the address of the table, not the table";
    return finding("exports", "fail", `${noFunction.name} is exported, but is no function`, hint);
  }
  if (v2) return finding("exports", "ok", v1 ? `${V2}, ${V1}` : V2);
  const wrong = wrongEntry(entries);
  if (v1) return wrong ?? finding("exports", "warn", `only ${V1}, the entry of version 1`, EXPORT_V2_TOO);
  return wrong ?? finding("exports", "fail", "it exports no entry of a plugin", EXPORT);
}

const EXPORT_V2_TOO = `export ${V2} too, to be able to ask the host for anything`;
const EXPORT = `export ${V2}: OSR_EXPORT before it in C, #[unsafe(no_mangle)] pub extern "C" fn in Rust, //export in Go, export fn in Zig, @_cdecl in Swift`;

/** An entry that nobody finds. */
function wrongEntry(entries: readonly EntrySymbol[]): Finding | undefined {
  const isCxx = (name: string) => /^_Z\w*\d+osaurus_plugin_entry(_v2)?/.test(name);
  const cxx = entries.find(({ name, is }) => isCxx(name) && is !== "missing");
  if (cxx) {
    const hint = 'put extern "C" before the function, or include osaurus_plugin.h, which declares it so';
    return finding("exports", "fail", `${cxx.name} is a C++ name: nobody finds the entry by it`, hint);
  }
  const ownName = entries.filter(({ name }) => name === V2 || name === V1);
  const hidden = ownName.find(({ is }) => is === "hidden");
  if (hidden) {
    const hint =
      'put OSR_EXPORT before it: the library is built with -fvisibility=hidden, a version script, or "static"';
    return finding("exports", "fail", `${hidden.name} is in the library, but not exported`, hint);
  }
  const missing = ownName.find(({ is }) => is === "missing");
  if (missing) {
    const hint = "compile the file that has it into the library";
    return finding("exports", "fail", `${missing.name} is used in the library, but is nowhere in it`, hint);
  }
  const other = entries.find(({ is, name }) => is === "exported" && name !== V1);
  return (
    other && finding("exports", "fail", `it exports ${other.name}, which is no entry`, `it has to be called ${V2}`)
  );
}

// Makes errors of what is wrong with the configuration, with the line and column of each place in a file. The parser that
// knows places is loaded only here, where something went wrong.

import { HostError } from "../protocol/errors.ts";
import type { Fault } from "./stored-entry.ts";

/**
 * One error for each fault, in the same order.
 *
 * @param texts the text of each file that a fault has its place in, by the file's path.
 */
export async function faultErrors(
  faults: readonly Fault[],
  texts: ReadonlyMap<string, string>,
): Promise<readonly HostError[]> {
  if (faults.length === 0) return [];
  const { tomlPlaces } = await import("./toml-places.ts");
  const places = new Map<string, ReturnType<typeof tomlPlaces>>();
  const errors: HostError[] = [];
  for (const fault of faults) {
    const { origin, path } = fault;
    const text = origin === null ? undefined : texts.get(origin);
    if (origin !== null && path !== undefined && text !== undefined && !places.has(origin)) {
      places.set(origin, tomlPlaces(text));
    }
    const place = path === undefined || origin === null ? undefined : places.get(origin)?.(path);
    errors.push(faultError(fault, place));
  }
  return errors;
}

/** The error of one fault. */
export function faultError(fault: Fault, place?: { readonly line: number; readonly column: number }): HostError {
  const { code, text, hint, key, origin, path } = fault;
  const where = [origin, ...(place === undefined ? [] : [place.line, place.column])].filter((part) => part !== null);
  const source = path === undefined ? { origin } : { file: origin };
  const details = { ...source, ...place, ...(key === undefined ? {} : { key }) };
  const message = where.length === 0 ? text : `${where.join(":")}: ${text}`;
  return new HostError(code, message, { ...(hint === undefined ? {} : { hint }), details });
}

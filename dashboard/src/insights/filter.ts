// What rows are chosen by, as it stands in the address of the page: so that it can be kept, sent to somebody and gone back to.
// What a value may be is the host's business.

import type { Input } from "../api/ask.ts";

const FILTER_NAMES = [
  "text",
  "plugin",
  "kind",
  "status",
  "agent",
  "min_ms",
  "since",
  "until",
  "field",
  "trace",
  "task",
] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

/** Without what is not set. */
export type Filter = Readonly<Partial<Record<FilterName, string>>>;

export type FilterQuery = NonNullable<Input<"GET /insights/summary">["query"]>;

/** For a question to the host: the address may say anything, and the host says what it does not take. */
export function queryOf(filter: Filter): FilterQuery {
  return filter as unknown as FilterQuery;
}

export function filterOf(search: URLSearchParams): Filter {
  const given = FILTER_NAMES.map((name) => [name, search.get(name)?.trim() ?? ""] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

/** The address with one part of the filter changed; the rest of it stays. Nothing removes that part. */
export function withFilter(search: URLSearchParams, name: FilterName, value: string): URLSearchParams {
  const changed = new URLSearchParams(search);
  if (value.trim() === "") changed.delete(name);
  else changed.set(name, value);
  return changed;
}

export function withoutFilter(search: URLSearchParams): URLSearchParams {
  const changed = new URLSearchParams(search);
  for (const name of FILTER_NAMES) changed.delete(name);
  return changed;
}

/** The address with another row open beside the list, or none. */
export function withRow(search: URLSearchParams, id: number | undefined): URLSearchParams {
  const changed = new URLSearchParams(search);
  if (id === undefined) changed.delete("row");
  else changed.set("row", String(id));
  return changed;
}

// JSON as programs get it that compare texts: the members of all objects in the order of their names.

/** A copy of a JSON value in which that is so, at any depth. Throws a RangeError for what is nested without bounds. */
export function sortedMembers<T>(value: T): T {
  return sorted(value) as T;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

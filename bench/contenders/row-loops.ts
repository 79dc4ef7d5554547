// A pipeline as one writes it first: rows are plain objects, and each stage is a loop that makes a new array of new, flat
// objects. Numbers are doubles, and keys are looked for by name in each row.

type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };
export type PlainRow = Readonly<Record<string, Value>>;
type Flat = Record<string, Value>;

function flatten(row: PlainRow): Flat {
  const flat: Flat = {};
  const visit = (value: Value, key: string): void => {
    if (Array.isArray(value)) value.forEach((item, at) => void visit(item, `${key}[${at}]`));
    else if (typeof value === "object" && value !== null) {
      for (const [name, member] of Object.entries(value)) visit(member, key === "" ? name : `${key}.${name}`);
    } else flat[key] = value;
  };
  visit(row, "");
  return flat;
}

export function filterMore(rows: readonly PlainRow[], key: string, least: number): PlainRow[] {
  return rows.map(flatten).filter((row) => Number(row[key]) > least);
}

export function project(rows: readonly PlainRow[], keys: readonly string[]): PlainRow[] {
  return rows.map((row) => {
    const flat = flatten(row);
    return Object.fromEntries(keys.filter((key) => key in flat).map((key) => [key, flat[key]!]));
  });
}

export function sortDown(rows: readonly PlainRow[], key: string): PlainRow[] {
  return rows.map(flatten).sort((a, b) => Number(b[key]) - Number(a[key]));
}

interface PlainGroup {
  readonly groups: PlainRow;
  readonly rows: PlainRow[];
}

export function group(rows: readonly PlainRow[], key: string): PlainGroup[] {
  const groups = new Map<string, PlainGroup>();
  for (const row of rows.map(flatten)) {
    const id = JSON.stringify([row[key] ?? null]);
    const found = groups.get(id) ?? { groups: { [key]: row[key] ?? null }, rows: [] };
    found.rows.push(row);
    groups.set(id, found);
  }
  return [...groups.values()];
}

export function figures(groups: readonly PlainGroup[], key: string): PlainRow[] {
  return groups.map(({ groups: heads, rows }) => {
    const values = rows.map(flatten).map((row) => Number(row[key]));
    const sum = values.reduce((total, value) => total + value, 0);
    return { ...heads, count: rows.length, sum, mean: sum / rows.length };
  });
}

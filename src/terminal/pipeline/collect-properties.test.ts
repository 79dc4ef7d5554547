// Sorting, grouping and computing against the same thing done anew in plain JavaScript, with whole numbers of thousandths.

import fc from "fast-check";
import { expect, test } from "vitest";
import { formatOrderedJson, JsonNumber, type OrderedJson } from "../../base/ordered-json.ts";
import { NO_META } from "../no-meta.ts";
import type { Row } from "../rows.ts";
import { compilePipeline, runPipeline } from "./pipeline.ts";

interface Plain {
  readonly at: number;
  /** Groups are made of these. */
  readonly k: string | boolean | null;
  readonly list: readonly string[];
  /** Thousandths, and how they are written; nothing is no member. */
  readonly v: { readonly units: bigint; readonly text: string } | undefined;
  readonly t: string | null;
}

const number = fc
  .tuple(
    fc.oneof(fc.bigInt({ min: -5000n, max: 5000n }), fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n })),
    fc.nat(2),
  )
  .map(([units, form]) => {
    const digits = `${units < 0n ? -units : units}`.padStart(4, "0");
    const sign = units < 0n ? "-" : "";
    const text = [
      `${sign}${digits.slice(0, -3)}.${digits.slice(-3)}`,
      `${units}e-3`,
      `${units === 0n ? "" : units}0E-04`,
    ][form]!;
    return { units, text };
  });

const plain = fc.record({
  k: fc.oneof(fc.constantFrom("a", "b", "A", "1"), fc.boolean(), fc.constant(null)),
  list: fc.array(fc.constantFrom("x", "y", "z"), { maxLength: 3 }),
  v: fc.option(number, { nil: undefined }),
  t: fc.oneof(fc.constantFrom("b", "B", "ä", "z", "1x", ""), fc.constant(null)),
});
const table = fc.array(plain, { maxLength: 30 }).map((rows) => rows.map((row, at): Plain => ({ ...row, at })));

function rowOf({ at, k, list, v, t }: Plain): Row {
  const row: Row = new Map<string, OrderedJson>([
    ["at", new JsonNumber(String(at))],
    ["k", k],
    ["list", [...list]],
    ["t", t],
  ]);
  if (v !== undefined) row.set("v", new JsonNumber(v.text));
  return row;
}

async function ran(stages: string, rows: readonly Plain[]): Promise<OrderedJson> {
  const input = { data: rows.map(rowOf), meta: NO_META };
  return (await runPipeline(compilePipeline(stages), input, { signal: new AbortController().signal })).data;
}

type Order = (a: Plain, b: Plain) => number;
const less = <T>(a: T, b: T): number => (a < b ? -1 : Number(a > b));

/** What is missing comes last, whichever way the rest goes. */
function by<T>(value: (row: Plain) => T | null | undefined, sign: 1 | -1): Order {
  return (one, other) => {
    const [a, b] = [value(one), value(other)];
    const isMissing = (x: unknown) => x === null || x === undefined;
    if (isMissing(a) || isMissing(b)) return Number(isMissing(a)) - Number(isMissing(b));
    return sign * less(a!, b!);
  };
}

const ORDERS: Readonly<Record<string, Order>> = {
  v: by((row) => row.v?.units, 1),
  "!v": by((row) => row.v?.units, -1),
  t: by((row) => row.t?.toLowerCase(), 1),
  "!t AS str": by((row) => row.t?.toLowerCase(), -1),
  "!at": by((row) => row.at, -1),
};

const orders = fc.uniqueArray(fc.constantFrom(...Object.keys(ORDERS)), { minLength: 1, maxLength: 3 });

function sortedAnew(rows: readonly Plain[], keys: readonly string[]): Plain[] {
  return rows.toSorted((a, b) => {
    for (const key of keys) {
      const order = ORDERS[key]!(a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}

test("rows are sorted as sorting anew would, and equal ones stay in their order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(table, { minLength: 1, maxLength: 4 }), orders, async (tables, keys) => {
      const rows = tables.flat().map((row, at) => ({ ...row, at }));
      expect(await ran(`S ${keys.join(" ")}`, rows)).toEqual(sortedAnew(rows, keys).map(rowOf));
    }),
    { numRuns: 200 },
  );
});

interface PlainGroup {
  readonly head: Row;
  readonly rows: readonly Plain[];
}

const KEYS: Readonly<Record<string, { name: string; values: (row: Plain) => readonly OrderedJson[] }>> = {
  k: { name: "k", values: (row) => [row.k] },
  "t AS text": { name: "text", values: (row) => [row.t] },
  "?v": { name: "v", values: ({ v }) => [v !== undefined && v.units !== 0n] },
  "list[]": { name: "list", values: ({ list }) => (list.length === 0 ? [null] : [...new Set(list)]) },
};
const groupKeys = fc.uniqueArray(fc.constantFrom(...Object.keys(KEYS)), { minLength: 1, maxLength: 3 });

function groupedAnew(rows: readonly Plain[], keys: readonly string[]): PlainGroup[] {
  const groups = new Map<string, { head: Row; rows: Plain[] }>();
  for (const row of rows) {
    let heads: [string, OrderedJson][][] = [[]];
    for (const key of keys) {
      const { name, values } = KEYS[key]!;
      heads = heads.flatMap((head) => values(row).map((value): [string, OrderedJson][] => [...head, [name, value]]));
    }
    for (const head of heads.map((one) => new Map(one))) {
      const id = formatOrderedJson(head);
      const group = groups.get(id) ?? { head, rows: [] };
      group.rows.push(row);
      groups.set(id, group);
    }
  }
  return [...groups.values()];
}

test("rows are grouped as grouping anew would, in the order of the first of each group", async () => {
  await fc.assert(
    fc.asyncProperty(table, groupKeys, async (rows, keys) => {
      const wanted = groupedAnew(rows, keys).map(({ head, rows: members }) => [head, members.map(rowOf)]);
      const groups = (await ran(`G ${keys.join(" ")}`, rows)) as Row[];
      expect(groups.map((group) => [group.get("groups"), group.get("rows")])).toEqual(wanted);
    }),
    { numRuns: 200 },
  );
});

/** Thousandths as they are written without a zero too many. */
function decimal(units: bigint): string {
  const digits = `${units < 0n ? -units : units}`.padStart(4, "0");
  const text = `${digits.slice(0, -3)}.${digits.slice(-3)}`.replace(/\.?0+$/, "");
  return units < 0n ? `-${text}` : text;
}

function figuresAnew(rows: readonly Plain[]): Row {
  const numbers = rows.flatMap(({ v }) => (v === undefined ? [] : [v]));
  const sorted = numbers.toSorted((a, b) => less(a.units, b.units));
  const texts = rows.flatMap(({ t }) => (t === null ? [] : [t])).toSorted(less);
  const first = sorted[0];
  const last = sorted.find(({ units }) => units === sorted.at(-1)!.units);
  return new Map<string, OrderedJson>([
    ["count", new JsonNumber(String(rows.length))],
    ["n", new JsonNumber(String(numbers.length))],
    ["total", new JsonNumber(decimal(numbers.reduce((sum, { units }) => sum + units, 0n)))],
    ["min(v)", first === undefined ? null : new JsonNumber(first.text)],
    ["max(v)", last === undefined ? null : new JsonNumber(last.text)],
    ["least", texts[0] ?? null],
    ["items", new JsonNumber(String(rows.flatMap(({ list }) => list).length))],
  ]);
}

const FIGURES = "A count count(v) AS n sum(v) total min(v) max(v) min t least count(list) items";

test("figures are what computing anew gives, over all rows and over each group", async () => {
  await fc.assert(
    fc.asyncProperty(table, groupKeys, async (rows, keys) => {
      expect(await ran(FIGURES, rows)).toEqual([figuresAnew(rows)]);
      const wanted = groupedAnew(rows, keys).map(
        ({ head, rows: members }) => new Map([...head, ...figuresAnew(members)]),
      );
      expect(await ran(`G ${keys.join(" ")} | ${FIGURES} | Z`, rows)).toEqual(wanted);
    }),
    { numRuns: 200 },
  );
});

test("stages one after the other give what doing each anew gives", async () => {
  await fc.assert(
    fc.asyncProperty(table, orders, groupKeys, fc.integer({ min: 0, max: 5 }), async (rows, sorting, keys, limit) => {
      const stages = `F v > 0 | S ${sorting.join(" ")} | G ${keys.join(" ")} | A count sum(v) AS sum | S !count | Z | L ${limit}`;
      const kept = rows.filter(({ v }) => v !== undefined && v.units > 0n);
      const groups = groupedAnew(sortedAnew(kept, sorting), keys);
      const sum = ({ rows: members }: PlainGroup) => members.reduce((total, { v }) => total + v!.units, 0n);
      const wanted = groups
        .toSorted((a, b) => b.rows.length - a.rows.length)
        .slice(0, limit)
        .map(
          (group) =>
            new Map<string, OrderedJson>([
              ...group.head,
              ["count", new JsonNumber(String(group.rows.length))],
              ["sum", new JsonNumber(decimal(sum(group)))],
            ]),
        );
      expect(await ran(stages, rows)).toEqual(wanted);
    }),
    { numRuns: 200 },
  );
});

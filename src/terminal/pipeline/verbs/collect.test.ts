// The verbs that look at all rows together: S, G, A and Z.

import { expect, test } from "vitest";
import { formatOrderedJson, parseOrderedJson } from "../../../base/ordered-json.ts";
import { HostError } from "../../../protocol/errors.ts";
import { EXACT_DIGITS_MAX, PIPELINE_ROWS_MAX } from "../../../protocol/limits.ts";
import { dataOf, rowFlowOf } from "../flow.ts";
import { sortedPlaces } from "../merge-sort.ts";
import { stageWords } from "../stage-words.ts";
import type { CompiledVerb, Flow } from "../verb.ts";
import { compileAggregate } from "./aggregate.ts";
import { compileCollapse } from "./collapse.ts";
import { compileGroup } from "./group.ts";
import { compileSort } from "./sort.ts";

const RUN = { signal: new AbortController().signal };
const VERBS = { S: compileSort, G: compileGroup, A: compileAggregate, Z: compileCollapse };

function compiled(text: string): CompiledVerb {
  return VERBS[text[0] as keyof typeof VERBS](stageWords({ text, from: 0 }));
}

/** Runs stages, with ` | ` between them, on JSON. */
async function ran(stages: string, json: string): Promise<string> {
  return await ranOn(stages, rowFlowOf(parseOrderedJson(json)));
}

async function ranOn(stages: string, input: Flow): Promise<string> {
  let flow = input;
  for (const stage of stages.split(" | ")) flow = await compiled(stage).apply(flow, RUN);
  return formatOrderedJson(await dataOf(flow, RUN, { from: 0, to: 0 }));
}

/** Sorts values, given as JSON, and gives them back as JSON. */
async function sorted(stage: string, values: readonly string[]): Promise<string[]> {
  const rows = values.map((value, at) => `{"at":${at}${value === "" ? "" : `,"v":${value}`}}`);
  const places = parseOrderedJson(await ran(stage, `[${rows.join()}]`)) as unknown as Map<string, { text: string }>[];
  return places.map((row) => values[Number(row.get("at")!.text)]!);
}

test.each([
  ["S v", ["10", "9", "1e1", "9.5", "-1"], ["-1", "9", "9.5", "10", "1e1"]],
  ["S !v", ["10", "9", "1e1", "9.5", "-1"], ["10", "1e1", "9.5", "9", "-1"]],
  ["S v", ['"b"', '"A"', '"a"', '"C"'], ['"A"', '"a"', '"b"', '"C"']],
  ["S v", ["null", "2", "", '"x"', "1"], ["1", "2", '"x"', "null", ""]],
  ["S !v", ["null", "2", "", '"x"', "1"], ['"x"', "2", "1", "null", ""]],
  ["S v", ['"10"', "9", '" 9.5 "', "true"], ["true", "9", '" 9.5 "', '"10"']],
  [
    "S v",
    ["9007199254740993", "9007199254740992", "1e400", "1e399"],
    ["9007199254740992", "9007199254740993", "1e399", "1e400"],
  ],
  [
    "S v",
    ['"10.0.0.10"', '"10.0.0.9"', '"2001:db8::1"', '"::1"'],
    ['"10.0.0.9"', '"10.0.0.10"', '"::1"', '"2001:db8::1"'],
  ],
  [
    "S v",
    ['"fe80::2%eth0"', '"fe80::1"', '"1.2.3"', '"dead:beef"'],
    ['"fe80::1"', '"fe80::2%eth0"', '"1.2.3"', '"dead:beef"'],
  ],
  ["S v AS str", ["10", "9", '"A"', '"b"'], ["10", "9", '"A"', '"b"']],
  ["S v as num", ['"x"', '"10"', "9", '"1.1.1.1"'], ["9", '"10"', '"x"', '"1.1.1.1"']],
  ["S !v AS number", ['"x"', '"10"', "9"], ['"10"', "9", '"x"']],
  ["S v AS ip", ["1", '"10.0.0.10"', '"10.0.0.9"'], ['"10.0.0.9"', '"10.0.0.10"', "1"]],
  ["S v AS auto", ["2", "1"], ["1", "2"]],
  ["S v", ["[3,1]", "[]", "2", "[[1],9]"], ["[[1],9]", "2", "[3,1]", "[]"]],
  ["S v", ['{"b":1}', '{"a":2}'], ['{"a":2}', '{"b":1}']],
])("%s: %j becomes %j", async (stage, values, wanted) => {
  expect(await sorted(stage, values)).toEqual(wanted);
});

test("rows that are equal stay in their order, and a second key decides between them", async () => {
  const rows = '[{"k":1,"n":"b"},{"k":0,"n":"z"},{"k":1,"n":"a"},{"k":1,"n":"c"}]';
  expect(await ran("S k", rows)).toBe('[{"k":0,"n":"z"},{"k":1,"n":"b"},{"k":1,"n":"a"},{"k":1,"n":"c"}]');
  expect(await ran("S !k !n", rows)).toBe('[{"k":1,"n":"c"},{"k":1,"n":"b"},{"k":1,"n":"a"},{"k":0,"n":"z"}]');
});

test("rows are sorted by what a path leads to, and by what a name probably means", async () => {
  const rows = '[{"o":{"size":3}},{"o":{"size":1}},{"o":{"size":2}}]';
  for (const stage of ["S o.size", "S .o.size", "S size", "S SIZ"]) {
    expect(await ran(stage, rows)).toBe('[{"o":{"size":1}},{"o":{"size":2}},{"o":{"size":3}}]');
  }
  expect(await ran("S =SIZ", rows)).toBe(rows);
});

test("a list of a hundred thousand is given up soon after the signal", async () => {
  const controller = new AbortController();
  const rows = Array.from({ length: 100_000 }, (_, at) => new Map([["v", String((at * 7919) % 100_003)]]));
  const running = compiled("S v").apply({ kind: "rows", rows: [rows] }, controller);
  controller.abort(new HostError("interrupted", "interrupted"));
  await expect(running).rejects.toThrow("interrupted");
});

test.each(["S v", "S v w", "S v AS str"])("%s is given up while it looks at the rows", async (stage) => {
  const controller = new AbortController();
  let looks = 0;
  class Watched extends Map<string, string> {
    override get(name: string): string | undefined {
      looks++;
      controller.abort(new HostError("interrupted", "interrupted"));
      return super.get(name);
    }
  }
  const rows = Array.from({ length: 10_000 }, (_, at) => new Watched([["v", String(at)]]));
  const running = compiled(stage).apply({ kind: "rows", rows: [rows] }, controller);
  await expect(running).rejects.toThrow("interrupted");
  expect(looks).toBeLessThan(rows.length / 2);
});

test("sorting is given up while pieces are sorted, and while they are put together", async () => {
  const count = 300_000;
  for (const isAt of [(a: number) => a === 0, (a: number, b: number) => b - a === 1 && b % 16 === 0]) {
    const controller = new AbortController();
    let comparisons = 0;
    const compare = (a: number, b: number): number => {
      if (isAt(a, b)) controller.abort(new HostError("interrupted", "interrupted"));
      if (controller.signal.aborted) comparisons++;
      // Nothing is in order, so that no piece is copied whole.
      return b - a;
    };
    await expect(sortedPlaces(count, compare, controller)).rejects.toThrow("interrupted");
    // A piece of sixteen takes 120 of them, and there are 2.25 million in all.
    expect(comparisons).toBeLessThan(1_600_000);
  }
});

const HOSTS = `[{"n":"a","os":"x","tags":["p","q"],"up":true},{"n":"b","os":"y","tags":[],"up":false},
  {"n":"c","os":"x","tags":["q","q"]},{"n":"d","os":null}]`;

async function groupsOf(stage: string, json = HOSTS): Promise<string> {
  const groups = parseOrderedJson(await ran(stage, json)) as Map<string, Map<string, unknown>[]>[];
  return groups
    .map(
      (group) =>
        `${formatOrderedJson(group.get("groups") as never)} ${group
          .get("rows")!
          .map((row) => row.get("n") ?? "-")
          .join("")}`,
    )
    .join("; ");
}

test.each([
  ["G os", '{"os":"x"} ac; {"os":"y"} b; {"os":null} d'],
  ["G os AS system", '{"system":"x"} ac; {"system":"y"} b; {"system":null} d'],
  ["G missing", '{"missing":null} abcd'],
  ["G ?up", '{"up":true} a; {"up":false} bcd'],
  ["G ?tags AS tagged", '{"tagged":true} ac; {"tagged":false} bd'],
  ["G tags[]", '{"tags":"p"} a; {"tags":"q"} ac; {"tags":null} bd'],
  ["G .tags[0]", '{"tags[0]":"p"} a; {"tags[0]":null} bd; {"tags[0]":"q"} c'],
  [
    "G tags[] os",
    '{"tags":"p","os":"x"} a; {"tags":"q","os":"x"} ac; {"tags":null,"os":"y"} b; {"tags":null,"os":null} d',
  ],
  [
    "G os | G ?up",
    '{"os":"x","up":true} a; {"os":"x","up":false} c; {"os":"y","up":false} b; {"os":null,"up":false} d',
  ],
  ["G os | A count | G count", '{"os":"x","count":2} ac; {"os":"y","count":1} b; {"os":null,"count":1} d'],
])("%s", async (stage, wanted) => {
  expect(await groupsOf(stage)).toBe(wanted);
});

test("values are the same group when they are the same, however numbers are written, and texts are no numbers", async () => {
  const values = [
    "1",
    "1.0",
    "10e-1",
    '"1"',
    "true",
    '"true"',
    "null",
    '"null"',
    "0",
    "-0",
    "9007199254740993",
    "9007199254740992",
    "9007199254740993.0",
  ];
  const rows = values.map((value, at) => `{"n":"${"abcdefghijklm"[at]}","v":${value}}`);
  expect((await groupsOf("G v", `[${rows.join()}]`)).split("; ").map((one) => one.split(" ")[1])).toEqual([
    "abc",
    "d",
    "e",
    "f",
    "g",
    "h",
    "ij",
    "km",
    "l",
  ]);
  const long = [
    "0.1234567890123",
    "1234567890123e-13",
    "0.12345678901230000000000",
    "1e300",
    "10e299",
    "1e15",
    "1000000000000000",
  ];
  const same = long.map((value, at) => `{"n":"${at}","v":${value}}`);
  expect(await groupsOf("G v", `[${same.join()}]`)).toBe('{"v":0.1234567890123} 012; {"v":1e300} 34; {"v":1e15} 56');
});

test("names that look special are names like any other", async () => {
  expect(await ran("G __proto__ | A count | Z", '[{"__proto__":"constructor"},{"__proto__":"__proto__"}]')).toBe(
    '[{"__proto__":"constructor","count":1},{"__proto__":"__proto__","count":1}]',
  );
});

const ITEMS =
  '[{"x":1,"d":0.1,"t":"5","l":[1,[2,null]],"w":"b"},{"x":2,"d":0.2,"t":"n/a","l":[],"w":"a"},{"x":null,"w":"C"}]';

test.each([
  ["A count", '{"count":3}'],
  ["A COUNT n", '{"n":3}'],
  ["A count AS n", '{"n":3}'],
  ["A count()", '{"count":3}'],
  ["A count(*) all", '{"all":3}'],
  ["A count(x)", '{"count(x)":2}'],
  ["A count(l)", '{"count(l)":2}'],
  ["A count(?x) count ?w", '{"count(?x)":2,"w":3}'],
  ["A sum(x)", '{"sum(x)":3}'],
  ["A sum x", '{"x":3}'],
  ["A sum x max x", '{"sum(x)":3,"max(x)":2}'],
  ["A sum x total avg(x) AS mean", '{"total":3,"mean":1.5}'],
  ["A sum(d) avg(d)", '{"sum(d)":0.3,"avg(d)":0.15}'],
  ["A sum(t) count", '{"sum(t)":5,"count":3}'],
  ["A sum(l)", '{"sum(l)":3}'],
  [
    "A sum(none) avg(none) min(none) max(none) count(none)",
    '{"sum(none)":0,"avg(none)":0,"min(none)":null,"max(none)":null,"count(none)":0}',
  ],
  ["A min(d) max(d)", '{"min(d)":0.1,"max(d)":0.2}'],
  ["A min(w) max(w)", '{"min(w)":"C","max(w)":"b"}'],
  ["A min(t) max(t)", '{"min(t)":"5","max(t)":"n/a"}'],
  ["A sum(\"x\") 'my sum' count 'count'", '{"my sum":3,"count":3}'],
])("%s", async (stage, wanted) => {
  expect(await ran(stage, ITEMS)).toBe(`[${wanted}]`);
});

test("figures are exact, and the smallest and largest stay as they were written", async () => {
  const rows = '[{"v":9007199254740993},{"v":9007199254740992.0},{"v":1e-20},{"v":"9007199254740994 "}]';
  expect(await ran("A sum(v) min(v) max(v)", rows)).toBe(
    '[{"sum(v)":27021597764222979.00000000000000000001,"min(v)":1e-20,"max(v)":"9007199254740994 "}]',
  );
  expect(await ran("A sum(v)", `[{"v":1e${EXACT_DIGITS_MAX}},{"v":1}]`)).toContain("00001");
});

test("figures of groups are added to those that they have, and Z makes rows of them", async () => {
  expect(await ran("G os | A count | A max(n) AS last | Z", HOSTS)).toBe(
    '[{"os":"x","count":2,"last":"c"},{"os":"y","count":1,"last":"b"},{"os":null,"count":1,"last":"d"}]',
  );
  expect(await ran("G os | A count | S !count os | Z", HOSTS)).toBe(
    '[{"os":"x","count":2},{"os":"y","count":1},{"os":null,"count":1}]',
  );
});

test("nothing comes of nothing", async () => {
  expect(await ran("S a", "[]")).toBe("[]");
  expect(await ran("G a | Z", "[]")).toBe("[]");
  expect(await ran("A count sum(a)", "[]")).toBe('[{"count":0,"sum(a)":0}]');
  expect(await ran("S value", '[3,null,"x",1]')).toBe('[{"value":1},{"value":3},{"value":"x"},{"value":null}]');
});

test("in documents they work on the arrays of objects", async () => {
  const document = parseOrderedJson(
    '{"title":"t","a":[{"v":2},{"v":1}],"b":{"c":[{"v":5,"in":[{"v":2},{"v":1}]}]},"l":[2,1]}',
  );
  const flow: Flow = { kind: "document", document };
  expect(await ranOn("S v", flow)).toBe(
    '{"title":"t","a":[{"v":1},{"v":2}],"b":{"c":[{"v":5,"in":[{"v":1},{"v":2}]}]},"l":[2,1]}',
  );
  expect(await ranOn("A sum(v) s", flow)).toBe('{"title":"t","a":[{"s":3}],"b":{"c":[{"s":5}]},"l":[2,1]}');
  expect(await ranOn("G v | A count | Z", flow)).toContain('"a":[{"v":2,"count":1},{"v":1,"count":1}]');
});

async function failureOf(stages: string, json: string): Promise<HostError> {
  try {
    await ran(stages, json);
  } catch (error) {
    if (error instanceof HostError) return error;
    throw error;
  }
  throw new Error(`${stages} did not fail`);
}

test.each([
  ["S", "S", /needs a key/],
  ["S v AS", "AS", /needs a kind/],
  ["S v AS date", "date", /nothing can be sorted as "date"/],
  ["S !", "!", /name is missing/],
  ["S a[", "[", /not closed/],
  ["G", "G", /needs a key/],
  ["G v AS", "AS", /name is missing/],
  ["G v ?v", "?v", /two keys are called "v"/],
  ["G list", "list", /is a list/],
  ["G object", "object", /is an object/],
  ["G v list[]", "list[]", /is an object/],
  ["G id", "id", /means 2 places/],
  ["A", "A", /needs to know/],
  ["A median(v)", "median(v)", /nothing that A computes/],
  ["A count (v)", "", /./],
  ["A sum", "sum", /needs a column/],
  ["A sum AS x", "sum", /needs a column/],
  ["A sum()", ")", /name is missing/],
  ["A sum(?v)", "?v", /only count/],
  ["A count AS", "AS", /name is missing/],
  ["A count sum(v) AS count", "count", /two results/],
  ["A sum(big)", "sum(big)", /more than 10000 digits/],
  ["Z", "Z", /collapses groups/],
  ["Z x", "x", /takes nothing/],
])("%s points at %j", async (stage, place, message) => {
  const json = `[{"v":1,"list":[{"a":1}],"object":{"a":1},"a":{"id":1},"b":{"id":2},"big":1e99999}, {"big": 1}]`;
  if (stage === "A count (v)") return expect(await ran(stage, json)).toBe('[{"(v)":2}]');
  const error = await failureOf(stage, json);
  expect(error.code).toBe("pipeline_invalid");
  expect(error.message).toMatch(message);
  const { at, to } = error.details as { at: number; to: number };
  expect(stage.slice(at, to)).toBe(place);
});

test("a row has a place in so many groups and not in more", async () => {
  const list = (count: number) => `[${Array.from({ length: count }, (_, at) => at).join()}]`;
  const side = Math.floor(Math.sqrt(PIPELINE_ROWS_MAX)) + 1;
  const error = await failureOf("G a[] b[]", `[{"a":${list(side)},"b":${list(side)}}]`);
  expect(error.message).toContain(`more than ${PIPELINE_ROWS_MAX} rows in these groups`);
  expect(await groupsOf("G a[] b[] | A count", `[{"n":"x","a":${list(10)},"b":${list(10)}}]`)).toContain(
    '{"a":9,"b":9} x',
  );
});

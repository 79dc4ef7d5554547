// The verbs that need few words: `L`, `C`, `U`, `VALUE`, `?`, `Y`.

import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { piped } from "../../../../test/helpers/run-stages.ts";
import type { Row } from "../../rows.ts";
import { compilePipeline } from "../pipeline.ts";
import type { Flow, Rows } from "../verb.ts";

const numbers = "[0,1,2,3,4,5]";
const plain = (json: string) => (JSON.parse(json) as { value: unknown }[]).map(({ value }) => value).join("");

test.each([
  ["L 2", "01"],
  ["L +2", "01"],
  ["L 0", ""],
  ["L -2", "45"],
  ["L 2 3", "34"],
  ["L 9 4", "45"],
  ["L 2 9", ""],
  ["L -2 1", "45"],
  ["L -9 4", "45"],
  ["L -1 9", ""],
  ["L 2 -3", "34"],
  ["L 9 -2", "45"],
  ["L -1 -3", "5"],
  ["L -4 -2", "45"],
  ["L 2 -9", "01"],
  ["L 99999999999999999999999", "012345"],
  ["L -99999999999999999999999 -99999999999999999999999", "012345"],
])("%s gives %j", async (source, expected) => {
  expect(plain(await piped(source, numbers))).toBe(expected);
});

const groups = `[{"groups":{"f":1},"aggregates":{"sum":5},"rows":[{"a":1,"tags":["x","y"]},{"a":null,"tags":[]}]},
  {"groups":{"f":2},"aggregates":{},"rows":[{"a":2}]}]`;
const nested = '{"h":1,"o":{"list":[1,2],"k":"v"},"disks":[{"n":1,"parts":["p","q"]},{"n":2,"parts":[]},{"n":3}]}';

test.each([
  // Groups are limited, not what is in them.
  ["L 1 | C", groups, '[{"f":1,"count":2}]'],
  ["L -1 | C", groups, '[{"f":2,"count":1}]'],
  ["C", groups, '[{"f":1,"count":2},{"f":2,"count":1}]'],
  ["C", "[1,2,{}]", '[{"count":3}]'],
  ["Y", '[{"a":1}]', '[{"a":1}]'],
  // Unrolling.
  ["U t", '[{"a":1,"t":[1,2],"b":2}]', '[{"a":1,"t":1,"b":2},{"a":1,"t":2,"b":2}]'],
  ["U t", '[{"t":[]},{"t":[null,"",[],{},0,false]},{"t":"x"},{"u":1}]', '[{"t":0},{"t":false},{"t":"x"},{"u":1}]'],
  ["U .t", '[{"t":[1]},{"u":1}]', '[{"t":1}]'],
  ["U t[0]", '[{"t":[1,2]}]', '[{"t":1}]'],
  ["U t[]", '[{"t":[1,2]}]', '[{"t":1},{"t":2}]'],
  ["U o.list | P o", `[${nested}]`, '[{"o":{"list":1,"k":"v"}},{"o":{"list":2,"k":"v"}}]'],
  ["U LIST | P o", `[${nested}]`, '[{"o":{"list":1,"k":"v"}},{"o":{"list":2,"k":"v"}}]'],
  ["U disks[].parts | P disks", `[${nested}]`, '[{"disks":[{"n":1,"parts":"p"},{"n":1,"parts":"q"},{"n":3}]}]'],
  [
    "U disks[0].parts | P disks",
    `[${nested}]`,
    '[{"disks":[{"n":1,"parts":"p"},{"n":1,"parts":"q"},{"n":2,"parts":[]},{"n":3}]}]',
  ],
  ["U disks[1].parts | P disks", `[${nested}]`, '[{"disks":[{"n":1,"parts":["p","q"]},{"n":3}]}]'],
  [
    "U tags",
    groups,
    '[{"groups":{"f":1},"aggregates":{"sum":5},"rows":[{"a":1,"tags":"x"},{"a":1,"tags":"y"}]},{"groups":{"f":2},"aggregates":{},"rows":[{"a":2}]}]',
  ],
  // Values.
  [
    "VALUE",
    '[{"a":1,"b":[2,[3]],"c":{"d":4},"e":null}]',
    '[{"value":1},{"value":2},{"value":3},{"value":{"d":4}},{"value":null}]',
  ],
  ["VAL b a", '[{"a":1,"b":2},{"b":3}]', '[{"value":2},{"value":1},{"value":3}]'],
  ["value d,x", '[{"c":{"d":4},"x":{"y":5}}]', '[{"value":4},{"value":{"y":5}}]'],
  ["VALUE D", '[{"c":{"d":4}}]', "[]"],
  ["VALUE dd", '[{"ddd":4}]', "[]"],
  ["VALUE disks[].n", `[${nested}]`, '[{"value":1},{"value":2},{"value":3}]'],
  ["VALUE f a", groups, '[{"value":1},{"value":1},{"value":null},{"value":2},{"value":2}]'],
  // What the rows have too is not given again for each of them.
  [
    "VALUE f a",
    '[{"groups":{"f":1},"aggregates":{},"rows":[{"f":1,"a":2},{"f":1,"a":3}]}]',
    '[{"value":1},{"value":2},{"value":3}]',
  ],
  ["VALUE", '[{"groups":{"f":1},"aggregates":{},"rows":[{"a":1}]}]', '[{"value":1},{"value":1}]'],
  // Content.
  [
    "?",
    '[{"a":null,"b":"","c":[],"d":0,"e":false,"f":{},"g":[null]},{"a":null}]',
    '[{"d":0,"e":false,"f":{},"g":[null]}]',
  ],
  [
    "?",
    groups,
    '[{"groups":{"f":1},"aggregates":{"sum":5},"rows":[{"a":1,"tags":["x","y"]}]},{"groups":{"f":2},"aggregates":{},"rows":[{"a":2}]}]',
  ],
  [
    "? a",
    '[{"a":0},{"a":0.0e5},{"a":-0},{"a":"0"},{"a":1},{"a":[]},{"a":[0]},{"b":1}]',
    '[{"a":"0"},{"a":1},{"a":[0]}]',
  ],
  ["? !a", '[{"a":0},{"a":1},{"b":1}]', '[{"a":0},{"b":1}]'],
])("%s makes of %s: %s", async (source, json, expected) => {
  expect(await piped(source, json)).toBe(expected);
});

test.each(["L -5", "L 3 -5"])("%s holds no more rows than it may give", async (source) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const rows: WeakRef<Row>[] = [];
  function* batches(): Rows {
    for (let batch = 0; batch < 200; batch++) {
      const made = Array.from({ length: 10 }, (_, at): Row => new Map([["value", String(batch * 10 + at)]]));
      for (const row of made) rows.push(new WeakRef(row));
      yield made;
    }
  }
  const [stage] = compilePipeline(source).stages;
  const flow = await stage!.apply({ kind: "rows", rows: batches() }, { signal: new AbortController().signal });
  const taken = (flow as Extract<Flow, { kind: "rows" }>).rows[Symbol.iterator]();
  for (let batch = 0; batch < 150; batch++) taken.next();
  // A reference that was made or followed keeps its row until this turn is over.
  await setImmediate();
  collect();
  expect(rows).toHaveLength(1500);
  expect(rows.filter((row) => row.deref() !== undefined).length).toBeLessThan(100);
});

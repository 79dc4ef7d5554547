import { expect, test } from "vitest";
import { piped } from "../../../../test/helpers/run-stages.ts";

const rows = `[
  {"id":1,"host":"Kiosk-7","ip":"10.0.0.1","owner":{"team":"ÄRZTE"}},
  {"id":2,"host":"desk","tags":["red","Kiosk"],"owner":{"lead":"bo"}},
  {"id":3,"disks":[{"size":20}],"free":true,"empty":[],"note":null},
  {"id":4,"host":"10.0.0.100","team lead":"x y"}
]`;

async function idsOf(source: string, json = rows): Promise<string> {
  const values = JSON.parse(await piped(`${source} | VALUE id`, json)) as { value: number }[];
  return values.map(({ value }) => value).join(" ");
}

test.each([
  ["kiosk", "1 2"],
  ["KIOSK", "1 2"],
  ["'K'", "1 2 3"],
  ["ärzte", "1"],
  ["host", "1 2 4"],
  ["size", "3"],
  ["true", "3"],
  ["null", "3"],
  ["empty", ""],
  ["'x y'", "4"],
  ["team lead", "4"],
  ["20", "3"],
  ["=kiosk", "2"],
  ["==kiosk", ""],
  ["==Kiosk", "2"],
  ["=HOST", "1 2 4"],
  ["==HOST", ""],
  ["!kiosk", "3 4"],
  ["! kiosk", "3 4"],
  ["!=kiosk", "1 3 4"],
  ["!==HOST", "1 2 3 4"],
  ["?owner", "1 2"],
  ["?free", "3"],
  ["?empty", ""],
  ["!?owner", "3 4"],
  ["?owner.team", "1"],
  ["%ksk", "1 2"],
  ["%KSK", "1 2"],
  ["!%ksk", "3 4"],
  ["%k7k", ""],
  // A path that is there; then names in this order; then a text like any other.
  ["owner.team", "1"],
  ["disks[0].size", "3"],
  ["disks[1].size", "3"],
  ["DISKS.size", "3"],
  ["10.0.0.1", "1 4"],
  ["=10.0.0.1", "1"],
  ["a..b", ""],
  ["'owner.team'", ""],
  ["K host", "1 2 4"],
  ["K ho", "1 2 4"],
  ["K =ho", ""],
  ["K kiosk", ""],
  ["K !host", "3"],
  ["K owner.lead", "2"],
  ["K %own", "1 2"],
  ["V kiosk", "1 2"],
  ["V host", ""],
  ["V =red", "2"],
  ["V !kiosk", "3 4"],
  ["V 10.0.0.1", "1 4"],
])("%s finds %j", async (source, ids) => {
  expect(await idsOf(source)).toBe(ids);
});

test('"K != x" asks for some other key', async () => {
  expect(await piped("K != a", '[{"a":1},{"a":1,"b":2},{"b":{"a":1}}]')).toBe('[{"a":1,"b":2}]');
});

const groups = `[
  {"groups":{"floor":"top"},"aggregates":{},"rows":[{"id":1,"host":"a"},{"id":2,"host":"b"}]},
  {"groups":{"floor":"low"},"aggregates":{},"rows":[{"id":3,"host":"a"}]}
]`;

test.each([
  ["top", "1 2"],
  ["V b", "2"],
  ["V a", "1 3"],
  ["!top", "3"],
  ["V !a", "2"],
  ["?host", "1 2 3"],
])("of groups, %s finds %j", async (source, ids) => {
  expect(await idsOf(source, groups)).toBe(ids);
});

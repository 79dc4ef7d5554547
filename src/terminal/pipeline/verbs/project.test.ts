import { expect, test } from "vitest";
import { piped } from "../../../../test/helpers/run-stages.ts";

const row = `{"host":"k7","floor":3,"tags":["a","b"],"none":[],"owner":{"team":"it","lead":{"name":"bo"}},
  "disks":[{"n":"x","size":1,"parts":[{"s":10},{"s":11}]},{"n":"y","size":2}]}`;

test.each([
  ["P floor host", '[{"floor":3,"host":"k7"}]'],
  ["P floor,host", '[{"floor":3,"host":"k7"}]'],
  ["P host, host", '[{"host":"k7"}]'],
  ["P owner", '[{"owner":{"team":"it","lead":{"name":"bo"}}}]'],
  ["P none", '[{"none":[]}]'],
  ["P team", '[{"owner":{"team":"it"}}]'],
  ["P name, team host", '[{"owner":{"team":"it","lead":{"name":"bo"}},"host":"k7"}]'],
  ["P size", '[{"disks":[{"size":1},{"size":2}]}]'],
  ["P s", '[{"disks":[{"parts":[{"s":10},{"s":11}]}]}]'],
  ["P HOST", '[{"host":"k7"}]'],
  ["P ==HOST", "[]"],
  ["P =HOST", '[{"host":"k7"}]'],
  ["P =hos", "[]"],
  ["P hos", '[{"host":"k7"}]'],
  ["P nothing", "[]"],
  ["P owner.team", '[{"owner":{"team":"it"}}]'],
  ["P owner.lead.name, host", '[{"owner":{"lead":{"name":"bo"}},"host":"k7"}]'],
  ["P .team", "[]"],
  // Dropping.
  ["P !disks !owner", '[{"host":"k7","floor":3,"tags":["a","b"],"none":[]}]'],
  ["P host floor !floor", '[{"host":"k7"}]'],
  ["P owner !team", '[{"owner":{"lead":{"name":"bo"}}}]'],
  ["P owner !owner.lead", '[{"owner":{"team":"it"}}]'],
  ["P disks !parts", '[{"disks":[{"n":"x","size":1},{"n":"y","size":2}]}]'],
  ["P disks !disks[0]", '[{"disks":[{"n":"y","size":2}]}]'],
  ["P tags !tags[-1]", '[{"tags":["a"]}]'],
  ["P owner !name !team", "[]"],
  ["P host !nothing", '[{"host":"k7"}]'],
  ["P !owner.lead.name | P owner", '[{"owner":{"team":"it"}}]'],
  ["P !host !floor !tags !none !owner !disks", "[]"],
  // Columns.
  ["P tags[]", '[{"tags":"a"},{"tags":"b"}]'],
  ["P tags[0]", '[{"tags":"a"}]'],
  ["P tags[::-1]", '[{"tags":"b"},{"tags":"a"}]'],
  ["P host tags[]", '[{"host":"k7","tags":"a"},{"host":"k7","tags":"b"}]'],
  ["P disks[].size host", '[{"size":1,"host":"k7"},{"size":2,"host":"k7"}]'],
  ["P disks.size", '[{"size":1},{"size":2}]'],
  ["P disks[].parts[].s disks[].n", '[{"s":10,"n":"x"},{"s":11,"n":"y"}]'],
  ["P tags[] disks[1].n", '[{"tags":"a","n":"y"},{"tags":"b","n":null}]'],
  ["P disks[]", '[{"n":"x","size":1,"parts":[{"s":10},{"s":11}]},{"n":"y","size":2}]'],
  ["P disks[] !parts", '[{"n":"x","size":1},{"n":"y","size":2}]'],
  ["P host none[]", '[{"host":"k7","none":null}]'],
  ["P none[]", "[]"],
])("%s gives %s", async (source, expected) => {
  expect(await piped(source, `[${row}]`)).toBe(expected);
});

test("two columns of one name are refused where only the data shows them", async () => {
  await expect(piped("P disks.n, more.n", `[{"disks":[{"n":1}],"more":[{"n":2}]}]`)).rejects.toMatchObject({
    message: 'there would be two columns named "n"',
    details: { at: 2, to: 9 },
  });
});

test("groups keep their heads; those with nothing else go", async () => {
  const group = (aggregates: string) => `[{"groups":{"f":1},"aggregates":{${aggregates}},"rows":[{"a":1,"b":2}]}]`;
  expect(await piped("P b", group(""))).toBe('[{"groups":{"f":1},"aggregates":{},"rows":[{"b":2}]}]');
  expect(await piped("P zzz", group('"count":1'))).toBe('[{"groups":{"f":1},"aggregates":{"count":1},"rows":[]}]');
  expect(await piped("P zzz", group(""))).toBe("[]");
});

import { expect, test } from "vitest";
import { piped, runStages } from "../../../test/helpers/run-stages.ts";
import { rowsOf } from "../rows.ts";

const document = `{"total":2,"page":{"n":1},"hosts":[
  {"name":"a","floor":3,"disks":[{"n":"x","size":1},{"n":"y","size":20}]},{"name":"b","floor":1,"disks":[]}]}`;
const A = '{"name":"a","floor":3,"disks":[{"n":"x","size":1},{"n":"y","size":20}]}';
const B = '{"name":"b","floor":1,"disks":[]}';
const around = (hosts: string) => `{"total":2,"page":{"n":1},"hosts":[${hosts}]}`;

test.each([
  // Bare names count in the items of lists, and what is around them stays.
  ["F floor > 2", around(A)],
  ["F !floor > 2", around(B)],
  ["F floor > 9", '{"total":2,"page":{"n":1}}'],
  ["F total = 2", around(`${A},${B}`)],
  ["F total = 3", "null"],
  ["? floor", around(`${A},${B}`)],
  // Paths lead from the top; the innermost list on them is filtered.
  ["F hosts[].name = b", around(B)],
  ["F hosts.name = b", around(B)],
  ["F hosts[].disks[].size > 5", around(`${A.replace('{"n":"x","size":1},', "")},${B}`)],
  ["F hosts[].disks[].size > 50", around(`{"name":"a","floor":3},${B}`)],
  ["F hosts[0].name = b", around(B)],
  ["F page.n = 1", around(`${A},${B}`)],
  ["F page.n = 2", "null"],
  ["F no.such = 1", "null"],
  ["F !no.such = 1", around(`${A},${B}`)],
  // From the items, where the top has no such path.
  ["F disks[].size = 20", around(A)],
  ["P name", around('{"name":"a"},{"name":"b"}')],
  ["P hosts[].name", '{"total":2,"hosts":[{"name":"a"},{"name":"b"}]}'],
  ["P hosts[0].disks[1].n", '{"total":2,"hosts":[{"disks":[{"n":"y"}]}]}'],
  ["P total", '{"total":2}'],
  ["P page.n", '{"page":{"n":1}}'],
  ["P !floor !disks", around('{"name":"a"},{"name":"b"}')],
  ["P !hosts[].disks !page", '{"total":2,"hosts":[{"name":"a","floor":3},{"name":"b","floor":1}]}'],
  ["P nothing", "null"],
  ["VALUE name", around('{"value":"a"},{"value":"b"}')],
  ["VALUE total page.n", '[{"value":2},{"value":1}]'],
  [
    "U disks",
    around('{"name":"a","floor":3,"disks":{"n":"x","size":1}},{"name":"a","floor":3,"disks":{"n":"y","size":20}}'),
  ],
  ["U hosts[].disks | P name", around('{"name":"a"},{"name":"a"}')],
  ["U hosts | P hosts.name", '[{"hosts":{"name":"a"}},{"hosts":{"name":"b"}}]'],
  ["U nothing | C", around('{"count":2}')],
  // Searching.
  ["V b", around(B)],
  ["V !b", around(A)],
  ["K disks", around(A)],
  ["hosts", around(`${A},${B}`)],
  ["zzz", "null"],
  ["?hosts.name", around(`${A},${B}`)],
  ["?zzz", '{"total":2,"page":{"n":1}}'],
  // On each list.
  ["C", around('{"count":2}')],
  ["L 1", around('{"name":"a","floor":3,"disks":[{"n":"x","size":1}]}')],
  ["L 0", '{"total":2,"page":{"n":1}}'],
  ["S !name | P name", around('{"name":"b"},{"name":"a"}')],
  ["S floor | S n", around(`${B},${A}`)],
  // What has become of a list without any row left.
  ["F floor > 9 | C", '[{"count":0}]'],
  ["F floor > 9 | S name | L 3 | ?", '{"total":2,"page":{"n":1}}'],
  ["P total | C", '[{"count":1}]'],
  ["?", around(`${A},${B.replace(',"disks":[]', "")}`)],
])("%s makes %s", async (source, expected) => {
  expect(await piped(source, document, { row_path: "hosts" })).toBe(expected);
});

test("the rows of a document stay where they were, and where none is left there are none", async () => {
  const some = await runStages("F floor > 2", document, { row_path: "hosts" });
  expect(rowsOf(some.data, some.meta)).toHaveLength(1);
  const none = await runStages("F floor > 9", document, { row_path: "hosts" });
  expect(rowsOf(none.data, none.meta)).toEqual([]);
  const empty = await runStages("F floor > 9 | C", '{"hosts":[],"total":0}', { row_path: "hosts" });
  expect(rowsOf(empty.data, empty.meta)).toHaveLength(1);
});

test("columns that are filled from inside of a member stay as long as there is something", async () => {
  const teams = '{"hosts":[{"name":"a","owner":{"team":"it"},"n.x":1},{"name":"b","owner":{"team":null}}]}';
  const listed = { row_path: "hosts", columns: ["name", "owner.team", "owner.gone", "n.x"] };
  const columnsOf = async (source: string, more = {}) =>
    (await runStages(source, teams, { ...listed, ...more })).meta.columns;
  expect(await columnsOf("F name = a")).toEqual(["name", "owner.team", "owner", "n.x"]);
  expect(await columnsOf("P name, owner.team | S name")).toEqual(["name", "owner.team", "owner"]);
  expect(await columnsOf("F name = b")).toBeNull();
  expect(await columnsOf("P name")).toBeNull();
  const { data, meta } = await runStages("F name = a", teams, {
    ...listed,
    column_labels: ["Name", "Team", "Gone", "N"],
    column_align: ["left", "right", "left", "center"],
  });
  expect(meta.column_labels).toEqual(["Name", "Team", "owner", "N"]);
  expect(meta.column_align).toEqual(["left", "right", "default", "center"]);
  expect(rowsOf(data, meta)[0]!.get("owner.team")).toBe("it");
});

test("rows that are no objects are what they are shown as", async () => {
  expect(await piped("F value = a", '{"n":1,"list":["a",{"b":1}]}', { row_path: "list" })).toBe(
    '{"n":1,"list":[{"value":"a"}]}',
  );
  expect(await piped("F value = a", '["a","b"]', { preserve_json_document: true })).toBe('[{"value":"a"}]');
});

const explained = `{"key":"ui.width","value":72,"scope":null,"candidates":[{"value":72,"from":"file"},{"value":7}],
  "page":{"n":1},"tags":["a","b"]}`;

test.each([
  // A bare name that is a member of the document means that one, though items of its lists have it too.
  ["P key,value", '{"key":"ui.width","value":72}'],
  ["P value, candidates", '{"value":72,"candidates":[{"value":72,"from":"file"},{"value":7}]}'],
  ["P candidates", '{"key":"ui.width","value":72,"scope":null,"candidates":[{"value":72,"from":"file"},{"value":7}]}'],
  ["P page, tags", '{"page":{"n":1},"tags":["a","b"]}'],
  // With a key of the items, the lists that have it stay, with only that; so do those that are kept anyway.
  ["P key from", '{"key":"ui.width","candidates":[{"from":"file"}]}'],
  ["P candidates key from", '{"key":"ui.width","candidates":[{"from":"file"}]}'],
  ["P candidates.value key", '{"key":"ui.width","candidates":[{"value":72},{"value":7}]}'],
  ["P key nothing", '{"key":"ui.width"}'],
  [
    "P from nothing",
    '{"key":"ui.width","value":72,"scope":null,"candidates":[{"from":"file"}],"page":{"n":1},"tags":["a","b"]}',
  ],
  ["P !value !tags !page", '{"key":"ui.width","scope":null,"candidates":[{"value":72,"from":"file"},{"value":7}]}'],
  ["VALUE value", '[{"value":72}]'],
  ["VALUE from key", '[{"value":"file"},{"value":"ui.width"}]'],
  ["F value = 7", "null"],
  ["F value = 72 | P key", '{"key":"ui.width"}'],
  ["F from = file | VALUE value", '[{"value":72}]'],
  ["U tags | P tags", '[{"tags":"a"},{"tags":"b"}]'],
])("of a document that has the names of its items itself, %s makes %s", async (source, expected) => {
  expect(await piped(source, explained, { preserve_json_document: true })).toBe(expected);
});

const host = '{"name":"k7","note":null,"owner":{"team":"it","lead":"bo"},"tags":["x","y"]}';

test.each([
  ["P team", '{"owner":{"team":"it"}}'],
  ["P !owner !tags", '{"name":"k7","note":null}'],
  ["F team = it", host],
  ["F team = ops", "[]"],
  ["VALUE tags", '[{"value":"x"},{"value":"y"}]'],
  ["V bo", host],
  ["V zzz", "[]"],
  ["?", '{"name":"k7","owner":{"team":"it","lead":"bo"},"tags":["x","y"]}'],
  ["L 1", '{"name":"k7","note":null,"owner":{"team":"it","lead":"bo"},"tags":["x"]}'],
  ["C", '[{"count":1}]'],
  ["S name", host],
])("of one nested row that is shown as a block, %s makes %s", async (source, expected) => {
  expect(await piped(source, host, { format_hint: "mreg" })).toBe(expected);
  expect(await piped(source, `[${host}]`, { format_hint: "md" })).toBe(expected);
});

test("the help of a plugin can be searched", async () => {
  const guide = `{"preamble":["Manages hosts"],"usage":["hosts COMMAND"],"commands":[{"name":"list","short_help":"lists them"},
    {"name":"drop","short_help":"removes one"}],"options":[],"sections":[{"title":"More","entries":[{"name":"x","short_help":"drop it"}]}]}`;
  expect(await piped("drop", guide, { format_hint: "guide" })).toBe(
    '{"commands":[{"name":"drop","short_help":"removes one"}],"options":[],"sections":[{"title":"More","entries":[{"name":"x","short_help":"drop it"}]}]}',
  );
});

test("groups inside of a document are groups", async () => {
  const grouped = '{"n":1,"list":[{"groups":{"f":1},"aggregates":{},"rows":[{"a":1},{"a":2}]}]}';
  expect(await piped("C", grouped, { preserve_json_document: true })).toBe('{"n":1,"list":[{"f":1,"count":2}]}');
  expect(await piped("F a = 2", grouped, { preserve_json_document: true })).toBe(
    '{"n":1,"list":[{"groups":{"f":1},"aggregates":{},"rows":[{"a":2}]}]}',
  );
});

import { expect, test } from "vitest";
import { piped } from "../../../../test/helpers/run-stages.ts";

const rows = `[
  {"id":1,"host":"Kiosk-7","up":true,"at":"2026-03-01T10:00:00Z","owner":{"team":"it"},"tags":["red","blue"],"note":"a = b"},
  {"id":2,"host":"kiosk-9","up":false,"at":"2026-03-01 12:30","owner":null,"tags":[],"size":"10"},
  {"id":3,"host":"desk","at":"2026-03-02","disks":[{"size":9},{"size":9007199254740993}]},
  {"id":4,"big":9007199254740993,"one":1.0,"text":"1"}
]`;

test.each([
  ["F a => 3", 4, 6, 'did you mean ">="?'],
  ["F a=<3", 3, 5, 'did you mean "<="?'],
  ["F a >>", 4, 6, 'did you mean ">="?'],
  ["F a > > 3", 4, 7, 'did you mean ">="?'],
  ["F a =~ x", 4, 6, 'did you mean "~"?'],
  ["F a === x", 4, 7, 'did you mean "=="?'],
  ["F a !== x", 4, 7, 'did you mean "!="?'],
  ["F a <> x", 4, 6, 'did you mean "!="?'],
  ["F a >= =3", 4, 8, 'did you mean ">="?'],
  ["F a ~~ x", 4, 6, 'did you mean "~"?'],
  ["F a = <b>", 4, 7, 'a text that begins with "<" goes in quotes'],
  ["F a > 3 < 5", 8, 9, "another stage"],
  ["F a, b", 3, 4, "quote a name"],
])("%s is refused: two operators, or a comma, that mean nothing", async (source, at, to, hint) => {
  await expect(piped(source, "[]")).rejects.toMatchObject({ details: { at, to }, hint: expect.stringContaining(hint) });
});

test.each([
  ["F a = '<b>'", "1"],
  ["F a ~ <b", "1"],
  ["F a = \\<b>", "1"],
  ["F a =!x", "1 2"],
  ["F a = !=x", "1 2"],
  ["F a = '=> 3'", "2"],
  ["F a ='=> 3'", "2"],
  ["F a !~ ^<", "2 3"],
  ["F a!~^<", "2 3"],
  ["F !a !~ ^<", "1"],
  ["F b !~ x", "1 2 3"],
])("%s keeps %s", async (source, ids) => {
  const texts = '[{"id":1,"a":"<b>"},{"id":2,"a":"=> 3"},{"id":3,"a":"x"}]';
  expect(await idsOf(source, texts)).toBe(ids);
});

async function idsOf(source: string, json = rows): Promise<string> {
  const values = JSON.parse(await piped(`${source} | VALUE id`, json)) as { value: number }[];
  return values.map(({ value }) => value).join(" ");
}

test.each([
  // Contains, whole, whole with case.
  ["F host kiosk", "1 2"],
  ["F host = kiosk", ""],
  ["F host = KIOSK-9", "2"],
  ["F host=kiosk-9", "2"],
  ["F host =kiosk-9", "2"],
  ["F host== kiosk-7", ""],
  ["F host == Kiosk-7", "1"],
  ["F host = ==kiosk-7", ""],
  ["F host = ==Kiosk-7", "1"],
  ["F note a = b", "1"],
  ["F note = a = b", "1"],
  ["F note = 'a = b'", "1"],
  // Turned round; where there is no key, it then fits.
  ["F !host kiosk", "3 4"],
  ["F host !kiosk", "3 4"],
  ["F host != kiosk-9", "1 3 4"],
  ["F !host != kiosk-9", "2"],
  ["F host = !kiosk-9", "1 3 4"],
  ["F host != !kiosk-9", "2"],
  // Content.
  ["F up", "1"],
  ["F ?owner", "1"],
  ["F !up", "2 3 4"],
  ["F !?tags", "2 3 4"],
  ["F nothing", ""],
  ["F !nothing", "1 2 3 4"],
  // Booleans and numbers as texts; numbers are not rounded.
  ["F up = TRUE", "1"],
  ["F up == True", "1"],
  ["F one = 1", ""],
  ["F one = 1.0", "4"],
  ["F one >= 1", "4"],
  ["F text = 1", "4"],
  ["F big > 9007199254740992", "4"],
  ["F big > 9007199254740993", ""],
  ["F big = 9007199254740992", ""],
  ["F id >= 3", "3 4"],
  ["F id<2", "1"],
  ["F !id > 1", "1"],
  ["F id > -1e1", "1 2 3 4"],
  ["F size > 9.5", "2 3"],
  ["F host > 1", ""],
  ["F host > a", ""],
  ["F up > 0", ""],
  // Points in time.
  ["F at > 2026-03-01", "1 2 3"],
  ["F at >= 2026-03-01T10:00:00.999Z", "1 2 3"],
  ["F at < 2026-03-01T13:00+0300", ""],
  ["F at <= 2026-03-01T13:00+03:00", "1"],
  ["F at > '2026-03-01 10:00'", "2 3"],
  ["F at > 2026-02-30", ""],
  // Patterns know case.
  ["F host ~ ^kiosk", "2"],
  ["F host ~ (?i)^KIOSK", "1 2"],
  ["F !host ~ ^kiosk", "1 3 4"],
  ["F host ~ '-\\d$'", "1 2"],
  ["F at ~ ^2026-03-02", "3"],
  // Lists: one item is enough.
  ["F tags = red", "1"],
  ["F tags != red", "2 3 4"],
  ["F tags ~ ^b", "1"],
  ["F disks[].size = 9", "3"],
  ["F disks[0].size > 9", ""],
  ["F disks.size > 9", "3"],
  // Where a name is looked for.
  ["F team = it", "1"],
  ["F owner.team = it", "1"],
  ["F .team = it", ""],
  ["F =tea it", ""],
  ["F tea = it", "1"],
  ["F ==TEAM it", ""],
  ["F =TEAM it", "1"],
  ["F !=TEAM it", "2 3 4"],
  ["F owner team", "1"],
  ["F owner = ''", ""],
])("%s keeps %j", async (source, ids) => {
  expect(await idsOf(source)).toBe(ids);
});

test("null is there, and reads as null", async () => {
  expect(await idsOf("F owner = null")).toBe("2");
});

const groups = `[
  {"groups":{"floor":1},"aggregates":{"count":2},"rows":[{"id":1,"host":"a"},{"id":2,"host":"b"}]},
  {"groups":{"floor":2},"aggregates":{"count":1},"rows":[{"id":3,"host":"a"}]}
]`;

test.each([
  ["F floor = 1", "1 2"],
  ["F count = 1", "3"],
  ["F host = a", "1 3"],
  ["F host = b", "2"],
  ["F !host = a", "2"],
  ["F !floor = 1", "3"],
  ["F host = zzz", ""],
])("of groups, %s keeps %j", async (source, ids) => {
  expect(await idsOf(source, groups)).toBe(ids);
});

test("a group of which no row is left goes, and one whose head fits stays whole", async () => {
  expect(await piped("F host = b", groups)).toBe(
    '[{"groups":{"floor":1},"aggregates":{"count":2},"rows":[{"id":2,"host":"b"}]}]',
  );
  expect(await piped("F floor >= 1", groups)).toBe(groups.replaceAll(/\s/g, ""));
});

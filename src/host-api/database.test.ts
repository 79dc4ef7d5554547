import { expect, test } from "vitest";
import { openHostApi } from "../../test/helpers/host-api.ts";

test("both functions give the text of the host, with parameters and without", async () => {
  const { call } = openHostApi();
  expect(await call("db_exec", ["CREATE TABLE t (a, b)", null])).toBe('{"changes":0,"last_insert_rowid":0}');
  expect(await call("db_exec", ["INSERT INTO t VALUES (?, :b)", '{"b":2}'])).toBe(
    '{"changes":1,"last_insert_rowid":1}',
  );
  for (const none of [null, ""]) {
    expect(await call("db_query", ["SELECT a, b FROM t", none])).toBe('{"columns":["a","b"],"rows":[[null,2]]}');
  }
});

test("SQL that is refused, and SQL that is wrong, is recorded as such, and parameters are not recorded at all", async () => {
  const { call, rows } = openHostApi();
  await call("db_query", ["PRAGMA key = 'x'", null]);
  await call("db_query", ["SELECT ? FROM absent", '["remarkable"]']);
  await call("db_exec", ["CREATE TABLE t (v)", null]);
  expect(rows.map(({ path, status, errorCode }) => [path, status, errorCode])).toEqual([
    ["/host-api/db/query", 403, "forbidden"],
    ["/host-api/db/query", 500, "sql_error"],
    ["/host-api/db/exec", 200, undefined],
  ]);
  expect(JSON.stringify(rows)).not.toContain("remarkable");
});

test("text behind the first statement and parameters that are no JSON are warned of once each", async () => {
  const { call, warnings } = openHostApi();
  for (let i = 0; i < 2; i++) {
    await call("db_exec", ["CREATE TABLE IF NOT EXISTS t (v); DROP TABLE t", null]);
    expect(await call("db_query", ["SELECT ? AS v", "{"])).toBe('{"columns":["v"],"rows":[[null]]}');
  }
  expect(warnings).toEqual([
    expect.stringMatching(/^\[PluginHostAPI\] db_exec .* first statement/),
    expect.stringMatching(/^\[PluginHostAPI\] db_query .* no JSON/),
  ]);
});

test("the agent makes no difference: the database is the plugin's", async () => {
  const { call } = openHostApi();
  await call("db_exec", ["CREATE TABLE t (v)", null]);
  expect(await call("db_query", ["SELECT v FROM t", null], { agentId: undefined })).toBe('{"columns":["v"],"rows":[]}');
});

import { chmodSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { DISK_FREE_BYTES_MIN, INSIGHTS_BYTES_MAX } from "../protocol/limits.ts";
import { rekey } from "../store/change-data-keys.ts";
import { controlDb } from "../store/control-db.ts";
import { DataKeys } from "../store/data-keys.ts";
import { SecretStore } from "../store/secret-store.ts";
import { diskFinding, examineInstallation } from "./installation-doctor.ts";
import type { InstallationOptions } from "./installation-finding.ts";

async function examined(data: string, more: Partial<InstallationOptions> = {}) {
  const findings = await examineInstallation({ paths: { data }, env: {}, ...more });
  return (code: string) => findings.filter((finding) => finding.code === code);
}

const name = { pluginId: "p", agentId: "A", key: "k" };

test("a Node that is too old, and programs that are not built or cannot be run, are failures", async () => {
  const data = tempDir();
  const program = join(data, "program");
  writeFileSync(program, "");
  const find = await examined(data, { nodeVersion: "22.9.0", runnerPath: program, databaseProgram: data });
  for (const code of ["node_version", "runner", "database_program"]) {
    expect(find(code)).toMatchObject([{ status: "fail", hint: expect.stringContaining("make setup") }]);
  }
  chmodSync(program, 0o700);
  const mended = await examined(data, { nodeVersion: "24.0.0", runnerPath: program, databaseProgram: program });
  for (const code of ["node_version", "runner", "database_program"]) {
    expect(mended(code)).toMatchObject([{ status: "ok" }]);
  }
});

test("a runner for authors that is not built is only a warning", async () => {
  const data = tempDir();
  const checkedRunnerPath = join(data, "checked");
  expect((await examined(data, { checkedRunnerPath }))("checked_runner")).toMatchObject([
    { status: "warn", detail: expect.stringContaining("tools test"), hint: expect.stringContaining("make setup") },
  ]);
  writeFileSync(checkedRunnerPath, "", { mode: 0o700 });
  expect((await examined(data, { checkedRunnerPath }))("checked_runner")).toMatchObject([{ status: "ok" }]);
});

test("a data folder that others may look into is a warning, and one that they may change a failure", async () => {
  const data = tempDir();
  for (const [mode, status] of [
    [0o700, "ok"],
    [0o750, "warn"],
    [0o705, "warn"],
    [0o770, "fail"],
    [0o702, "fail"],
  ] as const) {
    chmodSync(data, mode);
    expect((await examined(data))("data_folder_owner"), mode.toString(8)).toMatchObject([{ status }]);
  }
});

test("little room on the disk is a warning, from one byte below the limit on", () => {
  expect(diskFinding(DISK_FREE_BYTES_MIN)).toMatchObject({ status: "ok" });
  expect(diskFinding(DISK_FREE_BYTES_MIN - 1)).toMatchObject({ status: "warn" });
});

test("Insights may be as large as they become by themselves, and one byte more is a warning", async () => {
  const data = tempDir();
  const path = join(data, "insights.db");
  writeFileSync(path, "");
  truncateSync(path, 2 * INSIGHTS_BYTES_MAX);
  expect((await examined(data))("insights_size")).toMatchObject([{ status: "ok" }]);
  truncateSync(path, 2 * INSIGHTS_BYTES_MAX + 1);
  expect((await examined(data))("insights_size")).toMatchObject([{ status: "warn" }]);
});

test("older keys are a warning while something needs them, or nothing does", async () => {
  const data = tempDir();
  const keys = new DataKeys({ folder: join(data, "Secrets"), env: {} });
  const nothing = {
    encryptAnew: (_: unknown, next: Awaited<ReturnType<typeof keys.ensure>>) => next,
    remove: () => {},
  };
  const first = await keys.ensure();
  expect((await examined(data))("older_keys")).toEqual([]);
  await rekey(keys, nothing);
  expect((await examined(data))("older_keys")).toMatchObject([{ status: "warn" }]);
  const folder = join(data, "Tools/p/data");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "data.db"), "x");
  expect((await examined(data))("older_keys")).toMatchObject([
    { status: "warn", detail: expect.stringContaining("not known") },
  ]);
  writeFileSync(join(folder, "data.db-key"), JSON.stringify({ key_id: first.id }));
  expect((await examined(data))("older_keys")).toMatchObject([
    { status: "warn", detail: expect.stringContaining("need 1 of them") },
  ]);
  writeFileSync(join(folder, "data.db-key"), JSON.stringify({ key_id: (await keys.current())!.id }));
  expect((await examined(data))("older_keys")).toMatchObject([{ status: "ok" }]);
});

test("an older form of the key is named and not taken over: the doctor changes nothing", async () => {
  const data = tempDir();
  const folder = join(data, "Secrets");
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(join(folder, "key"), Buffer.alloc(32, 7), { mode: 0o600 });
  expect((await examined(data))("data_keys")).toMatchObject([{ status: "warn" }]);
  expect(readdirSync(folder)).toEqual(["key"]);
  await new SecretStore(folder).set(name, "v");
  expect((await examined(data))("data_keys")).toMatchObject([{ status: "ok" }]);
});

test("keys that are gone while something is encrypted with them are a failure", async () => {
  const data = tempDir();
  const folder = join(data, "Secrets");
  mkdirSync(join(folder, "0".repeat(32), "x"), { recursive: true, mode: 0o700 });
  expect((await examined(data))("data_keys")).toMatchObject([
    { status: "fail", detail: expect.stringContaining("is gone") },
  ]);
});

test("databases whose key is not there any more are a failure that names them, whichever way the keys were lost", async () => {
  const data = tempDir();
  const place = join(data, "Tools/p/data");
  mkdirSync(place, { recursive: true });
  const path = join(place, "data.db");
  writeFileSync(path, "encrypted");
  const folder = join(data, "Secrets");
  for (const noted of [true, false]) {
    if (noted) writeFileSync(`${path}-key`, JSON.stringify({ key_id: "0".repeat(32) }));
    else rmSync(`${path}-key`);
    expect((await examined(data))("data_keys")).toMatchObject([
      { status: "fail", detail: expect.stringContaining(path) },
    ]);
  }
  const { id } = await new DataKeys({ folder, env: {} }).ensure();
  writeFileSync(`${path}-key`, JSON.stringify({ key_id: "0".repeat(32) }));
  const find = await examined(data);
  expect(find("data_keys")).toMatchObject([{ status: "ok" }]);
  expect(find("database_keys")).toMatchObject([{ status: "fail", detail: expect.stringContaining(path) }]);
  writeFileSync(`${path}-key`, JSON.stringify({ key_id: id }));
  expect((await examined(data))("database_keys")).toEqual([]);
});

test("settings whose key is not in keys.json are a failure that names their folder", async () => {
  const data = tempDir();
  const folder = join(data, "Secrets");
  await new SecretStore(folder).set(name, "v");
  const tree = join(folder, "a".repeat(32));
  mkdirSync(join(tree, "b".repeat(64)), { recursive: true });
  expect((await examined(data))("data_keys")).toMatchObject([
    { status: "fail", detail: expect.stringContaining(tree) },
  ]);
});

test("a control database that is damaged is a failure that says what to do", async () => {
  const data = tempDir();
  expect((await examined(data))("control_database")).toMatchObject([{ status: "ok" }]);
  const db = controlDb(data);
  await db.openForWrite();
  expect((await examined(data))("control_database")).toMatchObject([
    { status: "ok", detail: expect.stringContaining("whole") },
  ]);
  db.close();
  writeFileSync(db.path, "somebody's letters\n".repeat(1_000));
  const damaged = { status: "fail", detail: expect.stringContaining(db.path), hint: expect.stringContaining("backup") };
  expect((await examined(data))("control_database")).toMatchObject([damaged]);
});

// Files that models write: they land in the folder that was meant, whatever they are called and whatever lies there already.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { ARTIFACT_BYTES_MAX, ARTIFACT_NAMES_TRIED_MAX, ARTIFACTS_LISTED_MAX } from "../protocol/limits.ts";
import { openArtifacts } from "./artifacts-host.ts";

function setUp() {
  const outside = tempDir();
  const root = join(tempDir(), "not", "there", "yet");
  const offered: string[] = [];
  const artifacts = openArtifacts({ folder: root, offer: async (json) => void offered.push(json) });
  return { artifacts, root, outside, offered };
}

test("a file lands in its folder, for its user alone", async () => {
  const { artifacts, root } = setUp();
  const file = await artifacts.save("TASK", "report.csv", Buffer.from("a,b\n1,2\n"));
  const path = join(root, "TASK", "report.csv");
  expect(file).toEqual({ filename: "report.csv", mime_type: "text/csv", size: 8, host_path: path });
  expect(readFileSync(path, "utf8")).toBe("a,b\n1,2\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  for (const folder of [root, join(root, "TASK")]) expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("a name that is taken stays with its file, also for many at once", async () => {
  const { artifacts, root } = setUp();
  const files = await Promise.all(
    Array.from({ length: 20 }, (_, index) => artifacts.save("TASK", "a.txt", Buffer.from(String(index)))),
  );
  expect(new Set(files.map(({ filename }) => filename)).size).toBe(20);
  for (const [index, { host_path }] of files.entries()) expect(readFileSync(host_path, "utf8")).toBe(String(index));
  expect(readdirSync(join(root, "TASK"))).toHaveLength(20);
});

test("a file that cannot be written whole is not left behind", async () => {
  const { artifacts, root } = setUp();
  const { host_path } = await artifacts.save("TASK", "a.txt", Buffer.from("1"));
  const handle = await open(host_path);
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  const broken = vi.spyOn(Object.getPrototypeOf(handle), "writeFile").mockRejectedValue(full);
  await handle.close();
  await expect(artifacts.save("TASK", "b.txt", Buffer.from("2"))).rejects.toMatchObject({
    code: "artifact_invalid",
    message: expect.stringContaining("ENOSPC"),
  });
  broken.mockRestore();
  expect(readdirSync(join(root, "TASK"))).toEqual(["a.txt"]);
});

test("no more names are tried than may be", async () => {
  const { artifacts, root } = setUp();
  await artifacts.save("TASK", "a.txt", Buffer.from("1"));
  for (let number = 2; number < ARTIFACT_NAMES_TRIED_MAX; number++)
    writeFileSync(join(root, "TASK", `a-${number}.txt`), "");
  const last = await artifacts.save("TASK", "a.txt", Buffer.from("1"));
  expect(last.filename).toBe(`a-${ARTIFACT_NAMES_TRIED_MAX}.txt`);
  await expect(artifacts.save("TASK", "a.txt", Buffer.from("1"))).rejects.toMatchObject({ code: "artifact_invalid" });
});

test.each(["../../escaped.txt", "/escaped.txt", "..\\escaped.txt", "..", ".", "a\0.txt", "\u202etxt.exe"])(
  "a file called %j lands in its folder all the same",
  async (name) => {
    const { artifacts, root } = setUp();
    const { host_path } = await artifacts.save("TASK", name, Buffer.from("x"));
    expect(readdirSync(join(root, "TASK")).map((one) => join(root, "TASK", one))).toEqual([host_path]);
    expect(readdirSync(root)).toEqual(["TASK"]);
  },
);

test("a link in the place of the file is not followed, whether it leads somewhere or not", async () => {
  const { artifacts, root, outside } = setUp();
  mkdirSync(join(root, "TASK"), { recursive: true });
  writeFileSync(join(outside, "there"), "mine");
  symlinkSync(join(outside, "there"), join(root, "TASK", "a.txt"));
  symlinkSync(join(outside, "not-there"), join(root, "TASK", "b.txt"));
  expect((await artifacts.save("TASK", "a.txt", Buffer.from("x"))).filename).toBe("a-2.txt");
  expect((await artifacts.save("TASK", "b.txt", Buffer.from("x"))).filename).toBe("b-2.txt");
  expect(readFileSync(join(outside, "there"), "utf8")).toBe("mine");
  expect(existsSync(join(outside, "not-there"))).toBe(false);
});

test("a link or a file in the place of the folder is not followed either", async () => {
  const { artifacts, root, outside } = setUp();
  mkdirSync(root, { recursive: true });
  symlinkSync(outside, join(root, "TASK"));
  writeFileSync(join(root, "FILE"), "");
  for (const folder of ["TASK", "FILE"]) {
    await expect(artifacts.save(folder, "a.txt", Buffer.from("x"))).rejects.toMatchObject({ code: "artifact_invalid" });
  }
  expect(readdirSync(outside)).toEqual([]);
});

test("the artifacts folder itself may be a link", async () => {
  const real = tempDir();
  const root = join(tempDir(), "link");
  symlinkSync(real, root);
  const artifacts = openArtifacts({ folder: root, offer: async () => {} });
  await artifacts.save("TASK", "a.txt", Buffer.from("x"));
  expect(readFileSync(join(real, "TASK", "a.txt"), "utf8")).toBe("x");
});

test.each(["..", "a/b", "", ".", "a\0"])("a folder called %j is refused", async (folder) => {
  await expect(setUp().artifacts.save(folder, "a.txt", Buffer.from("x"))).rejects.toMatchObject({ code: "internal" });
});

test("a file may be as large as the limit, and one byte more is refused and leaves nothing", async () => {
  const { artifacts, root } = setUp();
  const bytes = Buffer.alloc(ARTIFACT_BYTES_MAX + 1);
  expect((await artifacts.save("TASK", "a", bytes.subarray(0, -1))).size).toBe(ARTIFACT_BYTES_MAX);
  await expect(artifacts.save("TASK", "b", bytes)).rejects.toMatchObject({ code: "artifact_invalid" });
  expect(readdirSync(join(root, "TASK"))).toEqual(["a"]);
  truncateSync(join(root, "TASK", "a"), ARTIFACT_BYTES_MAX + 1);
  await expect(artifacts.find("TASK/a")).rejects.toMatchObject({ code: "artifact_invalid" });
});

test("a file that lies in the artifacts folder is found, and nothing outside of it", async () => {
  const { artifacts, root, outside } = setUp();
  const { host_path } = await artifacts.save("TASK", "a.txt", Buffer.from("hello"));
  const expected = { filename: "a.txt", mime_type: "text/plain", size: 5, host_path };
  expect(await artifacts.find("TASK/a.txt")).toEqual(expected);
  expect(await artifacts.find(host_path)).toEqual(expected);
  expect(await artifacts.find("~/.osaurus/artifacts/TASK/a.txt")).toEqual(expected);
  writeFileSync(join(outside, "secret"), "s");
  symlinkSync(join(outside, "secret"), join(root, "link"));
  symlinkSync(outside, join(root, "folder"));
  const wrong = [
    join(outside, "secret"),
    "link",
    "folder/secret",
    "../x",
    "/etc/passwd",
    "~/x",
    "TASK",
    "TASK/b",
    "a\0",
    "\ud800",
  ];
  for (const path of wrong) {
    await expect(artifacts.find(path), path).rejects.toMatchObject({ code: "artifact_invalid" });
  }
});

test("a file that is found behind links is told of where it lies", async () => {
  const { artifacts, root } = setUp();
  const { host_path } = await artifacts.save("TASK", "a.txt", Buffer.from("hello"));
  symlinkSync("TASK", join(root, "folder"));
  symlinkSync("folder/a.txt", join(root, "link"));
  const above = join(tempDir(), "above");
  symlinkSync(root, above);
  const found = openArtifacts({ folder: above, offer: async () => {} });
  for (const path of ["link", "folder/a.txt", "folder/../link", join(above, "link"), join(root, "link")]) {
    expect(await found.find(path), path).toMatchObject({ filename: "a.txt", host_path });
  }
  expect((await found.save("TASK", "b.txt", Buffer.from("x"))).host_path).toBe(join(root, "TASK", "b.txt"));
});

test("the files of one folder are listed and read, and nothing of another one or behind links", async () => {
  const { artifacts, root, outside } = setUp();
  expect(await artifacts.filesIn("MINE")).toEqual([]);
  await expect(artifacts.bytesIn("MINE", "a.txt")).rejects.toMatchObject({ code: "file_unknown" });
  await artifacts.save("MINE", "a.txt", Buffer.from("hello"));
  await artifacts.save("OTHER", "b.txt", Buffer.from("x"));
  mkdirSync(join(root, "MINE", "folder"));
  writeFileSync(join(outside, "secret.txt"), "s");
  symlinkSync(join(outside, "secret.txt"), join(root, "MINE", "link.txt"));
  symlinkSync(outside, join(root, "LINK"));
  expect(await artifacts.filesIn("MINE")).toEqual([{ filename: "a.txt", size: 5 }]);
  expect((await artifacts.bytesIn("MINE", "a.txt")).toString()).toBe("hello");
  for (const folder of ["LINK", "..", "", "MINE/folder"]) expect(await artifacts.filesIn(folder), folder).toEqual([]);
  const wrong = [
    ["MINE", "link.txt"],
    ["MINE", "folder"],
    ["MINE", "../OTHER/b.txt"],
    ["MINE", ".."],
    ["LINK", "secret.txt"],
    ["..", "x"],
    ["MINE/../OTHER", "b.txt"],
  ] as const;
  for (const [folder, name] of wrong) {
    await expect(artifacts.bytesIn(folder, name), name).rejects.toMatchObject({ code: "file_unknown" });
  }
});

test("of very many files in a folder only so many are listed", async () => {
  const { artifacts, root } = setUp();
  mkdirSync(join(root, "MINE"), { recursive: true });
  const add = (number: number) => writeFileSync(join(root, "MINE", `${number}`), "");
  for (let number = 0; number < ARTIFACTS_LISTED_MAX; number++) add(number);
  expect(await artifacts.filesIn("MINE")).toHaveLength(ARTIFACTS_LISTED_MAX);
  add(ARTIFACTS_LISTED_MAX);
  expect(await artifacts.filesIn("MINE")).toHaveLength(ARTIFACTS_LISTED_MAX);
});

test("plugins are given a file as they know it", async () => {
  const { artifacts, offered } = setUp();
  const file = await artifacts.save("TASK", "a.txt", Buffer.from("hello"));
  await artifacts.offer({ ...file, is_directory: false, description: "A greeting." });
  expect(JSON.parse(offered[0]!)).toEqual({ ...file, is_directory: false, description: "A greeting." });
});

import { execFileSync } from "node:child_process";
import { appendFileSync, linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { swapping } from "../../test/helpers/swapping.ts";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { FILE_PATH_LINKS_MAX } from "../protocol/limits.ts";
import { readArtifact } from "./artifact-file.ts";

const INSIDE = "inside";
const OUTSIDE = "outside, and a secret";

/** An artifacts folder with a file in it and one in a folder of it, and a file beside it. */
function folders() {
  const home = tempDir();
  const artifacts = join(home, "artifacts");
  const outside = join(home, "outside");
  mkdirSync(join(artifacts, "deep/deeper"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(artifacts, "a.txt"), INSIDE);
  writeFileSync(join(artifacts, "deep/deeper/b.txt"), INSIDE);
  writeFileSync(join(outside, "secret.txt"), OUTSIDE);
  const read = async (path: string, bytesMax = 1000) => (await readArtifact(artifacts, path, bytesMax)).toString();
  return { home, artifacts, outside, read };
}

test("files are read by their absolute path and by the one below the folder", async () => {
  const { artifacts, read } = folders();
  expect(await read(join(artifacts, "a.txt"))).toBe(INSIDE);
  expect(await read("a.txt")).toBe(INSIDE);
  expect(await read("deep/../deep//./deeper/b.txt")).toBe(INSIDE);
});

test.each([
  "/etc/passwd",
  "/nowhere/at/all",
  "..",
  "../outside/secret.txt",
  "../outside/nothing.txt",
  "deep/../../outside/secret.txt",
  "../artifacts-and-more/x",
  "/",
])("%s is outside: it is refused, whether it exists or not", async (path) => {
  const { home, read } = folders();
  mkdirSync(join(home, "artifacts-and-more"));
  writeFileSync(join(home, "artifacts-and-more/x"), OUTSIDE);
  await expect(read(path)).rejects.toMatchObject({ code: "access_denied" });
});

test("a link that leads inside is followed; one that leads outside is refused, whether it leads anywhere or not", async () => {
  const { home, artifacts, outside, read } = folders();
  const link = (target: string, name: string) => symlinkSync(target, join(artifacts, name));
  link("deep/deeper/b.txt", "to-file");
  link("deep", "to-folder");
  link(join(artifacts, "deep"), "absolute");
  link("../../a.txt", "deep/deeper/up");
  link("to-file", "to-link");
  link(join(outside, "secret.txt"), "out-file");
  link("../outside", "out-folder");
  link("../nothing", "out-nothing");
  link("out-file", "to-out");
  link("/", "root");
  for (const path of ["to-file", "to-folder/deeper/b.txt", "absolute/deeper/b.txt", "deep/deeper/up", "to-link"]) {
    expect(await read(path)).toBe(INSIDE);
  }
  for (const path of [
    "out-file",
    "out-folder/secret.txt",
    "out-folder/nothing",
    "out-nothing",
    "out-nothing/x",
    "to-out",
    `root${outside}/secret.txt`,
    `root${home}/artifacts/a.txt`,
    "root/nothing",
    "out-folder",
  ]) {
    await expect(read(path), path).rejects.toMatchObject({ code: "access_denied" });
  }
});

test("the folder itself may be a link; then both ways to it are known", async () => {
  const { home, artifacts } = folders();
  const link = join(home, "linked");
  symlinkSync(artifacts, link);
  symlinkSync(join(link, "a.txt"), join(artifacts, "through-the-link"));
  for (const path of ["a.txt", join(link, "a.txt"), join(artifacts, "a.txt"), "through-the-link"]) {
    expect((await readArtifact(link, path, 1000)).toString()).toBe(INSIDE);
  }
  await expect(readArtifact(link, join(home, "outside/secret.txt"), 1000)).rejects.toMatchObject({
    code: "access_denied",
  });
});

test("as many links may lie on the way as the limit says, and no more; a circle ends", async () => {
  const { artifacts, read } = folders();
  symlinkSync("a.txt", join(artifacts, "1"));
  for (let i = 2; i <= FILE_PATH_LINKS_MAX + 1; i++) symlinkSync(`${i - 1}`, join(artifacts, `${i}`));
  expect(await read(`${FILE_PATH_LINKS_MAX}`)).toBe(INSIDE);
  await expect(read(`${FILE_PATH_LINKS_MAX + 1}`)).rejects.toMatchObject({ code: "read_error" });
  symlinkSync("circle", join(artifacts, "circle"));
  await expect(read("circle")).rejects.toMatchObject({ code: "read_error" });
});

test("what is not there is not found, also without an artifacts folder", async () => {
  const { home, read } = folders();
  for (const path of ["nothing", "deep/nothing/x", "a.txt/x", "a.txt/", "x".repeat(300), "deep/".repeat(50)]) {
    await expect(read(path), path).rejects.toMatchObject({ code: "not_found" });
  }
  const nowhere = join(home, "nowhere");
  await expect(readArtifact(nowhere, "a.txt", 10)).rejects.toMatchObject({ code: "not_found" });
  await expect(readArtifact(nowhere, "/etc/passwd", 10)).rejects.toMatchObject({ code: "access_denied" });
});

test("folders and pipes are no files, and nobody waits for a pipe", async () => {
  const { artifacts, read } = folders();
  execFileSync("mkfifo", [join(artifacts, "pipe")]);
  for (const path of ["deep", "deep/", "", ".", artifacts, "pipe"]) {
    await expect(read(path), path).rejects.toMatchObject({ code: "read_error" });
  }
});

test("a hard link is a file of the folder like any other", async () => {
  const { artifacts, outside, read } = folders();
  linkSync(join(outside, "secret.txt"), join(artifacts, "hard"));
  expect(await read("hard")).toBe(OUTSIDE);
});

test("a name is found in both normal forms", async () => {
  const { artifacts, read } = folders();
  const [composed, decomposed] = ["\u00e9t\u00e9", "e\u0301te\u0301"] as const;
  mkdirSync(join(artifacts, composed));
  writeFileSync(join(artifacts, composed, `${decomposed}.txt`), INSIDE);
  for (const folder of [composed, decomposed]) {
    for (const name of [composed, decomposed]) expect(await read(`${folder}/${name}.txt`)).toBe(INSIDE);
  }
});

test("a file may have as many bytes as the limit and not one more", async () => {
  const { artifacts, read } = folders();
  writeFileSync(join(artifacts, "full"), "x".repeat(1000));
  expect(await read("full")).toHaveLength(1000);
  appendFileSync(join(artifacts, "full"), "x");
  await expect(read("full")).rejects.toMatchObject({ code: "file_too_large" });
  writeFileSync(join(artifacts, "empty"), "");
  expect(await read("empty", 0)).toBe("");
});

test("a file that grows and shrinks while it is read comes out as long as it was at some time, or is too large", async () => {
  const { artifacts, read } = folders();
  const path = join(artifacts, "changes");
  writeFileSync(path, "x".repeat(900));
  let isChanging = true;
  const changing = (async () => {
    while (isChanging) {
      truncateSync(path, 100);
      await new Promise(setImmediate);
      appendFileSync(path, "x".repeat(800));
      await new Promise(setImmediate);
      appendFileSync(path, "x".repeat(200));
      await new Promise(setImmediate);
    }
  })();
  const seen = new Set<number | string>();
  const length = (text: string) => text.length;
  const code = (error: { code: string }) => error.code;
  for (let round = 0; round < 500 || seen.size < 2; round++) seen.add(await read("changes").then(length, code));
  isChanging = false;
  await changing;
  for (const result of seen) if (result !== "file_too_large") expect(result).toBeLessThanOrEqual(1000);
});

/** What reading came to, until the wanted outcomes were all seen. */
async function outcomes(wanted: readonly string[], read: () => Promise<string>): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let round = 0; round < 100_000 && !wanted.every((one) => seen.has(one)); round++) {
    seen.add(await read().catch((error: { code: string }) => error.code));
  }
  return seen;
}

/** A place in the folder that is a file or folder of it and a link to the outside in turns. */
async function swappedPlace(kind: "file" | "folder") {
  const { home, artifacts, outside, read } = folders();
  const [place, one, other] = ["place", "one", "other"].map((name) => join(artifacts, name)) as [
    string,
    string,
    string,
  ];
  if (kind === "folder") {
    mkdirSync(one);
    writeFileSync(join(one, "secret.txt"), INSIDE);
    symlinkSync(outside, other);
  } else {
    writeFileSync(one, INSIDE);
    symlinkSync(join(outside, "secret.txt"), other);
  }
  await swapping(place, one, other);
  return { home, artifacts, path: kind === "folder" ? "place/secret.txt" : "place", read };
}

test.each(["file", "folder"] as const)(
  "a %s that is swapped for a link to the outside is never read through it",
  async (kind) => {
    const { path, read } = await swappedPlace(kind);
    const wanted = [INSIDE, "access_denied"];
    const seen = await outcomes(wanted, () => read(path));
    for (let round = 0; round < 2000; round++)
      seen.add(await read(path).catch((error: { code: string }) => error.code));
    expect([...seen].sort()).toEqual(expect.arrayContaining(wanted));
    for (const one of seen) expect([...wanted, "not_found"]).toContain(one);
  },
);

test("reading that checks the path first and opens it then loses against such a swap", async () => {
  const { artifacts, path } = await swappedPlace("file");
  const seen = await outcomes([OUTSIDE], async () => {
    const real = await realpath(join(artifacts, path));
    if (!real.startsWith(`${artifacts}/`)) return "access_denied";
    return await readFile(join(artifacts, path), "utf8");
  });
  expect(seen).toContain(OUTSIDE);
});

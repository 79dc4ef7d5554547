import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempDir } from "../../test/helpers/temp-dir.ts";
import { copyProject } from "./copy-project.ts";

const signal = new AbortController().signal;

function project() {
  const [from, to] = [tempDir(), join(tempDir(), "copy")];
  writeFileSync(join(from, "osp-hello"), "#!/bin/sh\n");
  chmodSync(join(from, "osp-hello"), 0o755);
  for (const name of ["dist", "target/release", ".git", "node_modules/x", "__pycache__"]) {
    mkdirSync(join(from, name), { recursive: true });
    writeFileSync(join(from, name, "file"), "12345");
  }
  const copy = (more: { output?: string; bytesMax?: number; filesMax?: number; signal?: AbortSignal } = {}) =>
    copyProject(from, to, { output: join(from, "osp-hello"), signal, ...more });
  return { from, to, copy };
}

test("a copy has what the executable may need, and uses the project's own packages", async () => {
  const { from, to, copy } = project();
  await copy();
  expect(readdirSync(to).sort()).toEqual(["dist", "node_modules", "osp-hello"]);
  expect(statSync(join(to, "osp-hello")).mode & 0o111).not.toBe(0);
  expect(readlinkSync(join(to, "node_modules"))).toBe(join(from, "node_modules"));
});

test("an executable that lies where only builds write is copied, and nothing beside it", async () => {
  const { from, to, copy } = project();
  writeFileSync(join(from, "target/release/osp-hello"), "");
  await copy({ output: join(from, "target/release/osp-hello") });
  expect(readdirSync(join(to, "target/release"))).toEqual(["osp-hello"]);
});

test("an executable that is a link to where only builds write is copied as what it leads to", async () => {
  const { from, to, copy } = project();
  writeFileSync(join(from, "target/release/osp-linked"), "real");
  symlinkSync("target/release/osp-linked", join(from, "osp-linked"));
  await copy({ output: join(from, "osp-linked") });
  expect(readFileSync(join(to, "osp-linked"), "utf8")).toBe("real");
});

test("links within the project lead into the copy, others to where they led", async () => {
  const { from, to, copy } = project();
  symlinkSync("osp-hello", join(from, "near"));
  symlinkSync(join(from, "dist"), join(from, "whole"));
  symlinkSync("../elsewhere", join(from, "far"));
  await copy();
  expect(readlinkSync(join(to, "near"))).toBe("osp-hello");
  expect(readlinkSync(join(to, "whole"))).toBe("dist");
  expect(readlinkSync(join(to, "far"))).toBe(join(from, "../elsewhere"));
});

test("a project is copied up to its limits, and not one byte or file more", async () => {
  const BYTES = 10 + 5;
  const FILES = 4; // The folder, the executable, dist and what is in it.
  await project().copy({ bytesMax: BYTES, filesMax: FILES });
  await expect(project().copy({ bytesMax: BYTES - 1 })).rejects.toMatchObject({ code: "project_invalid" });
  await expect(project().copy({ filesMax: FILES - 1 })).rejects.toMatchObject({ code: "project_invalid" });
});

test("a copy within the project holds no copy, and the executable also where that lies beside it", async () => {
  const { from } = project();
  mkdirSync(join(from, "data/dev/1"), { recursive: true });
  symlinkSync("data", join(from, "link"));
  const output = join(from, "data/osp-hello");
  writeFileSync(output, "");
  await copyProject(from, join(from, "link/dev/2"), { output, signal });
  const names = readdirSync(join(from, "data/dev/2"), { recursive: true }).filter(
    (name) => !/dist|link|node_modules./.test(`${name}`),
  );
  expect(names.sort()).toEqual(["data", "data/osp-hello", "node_modules", "osp-hello"]);
});

test("copying ends when the user interrupts it", async () => {
  await expect(project().copy({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "interrupted" });
});

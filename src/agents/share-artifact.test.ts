import { expect, test } from "vitest";
import { resultsIn, says, setUpRun, wants } from "../../test/helpers/told-runs.ts";
import { HostError } from "../protocol/errors.ts";
import type { SharedArtifact } from "../protocol/inference.ts";
import { ARTIFACT_BYTES_MAX, ARTIFACT_DESCRIPTION_CHARS_MAX, ARTIFACTS_PER_RUN_MAX } from "../protocol/limits.ts";
import { type Artifacts, type Sharing, shareArtifact } from "./share-artifact.ts";

/** Files in memory; names that begin with "bad" cannot be written. */
function setUp(more: Partial<Artifacts> = {}) {
  const saved: { folder: string; filename: string; bytes: Buffer }[] = [];
  const shared: SharedArtifact[] = [];
  const offered: SharedArtifact[] = [];
  const artifacts: Artifacts = {
    async save(folder, filename, bytes) {
      await new Promise((resolve) => setImmediate(resolve));
      if (filename.startsWith("bad")) throw new HostError("artifact_invalid", "the file cannot be written: ENOSPC");
      saved.push({ folder, filename, bytes });
      return { filename, mime_type: "text/plain", size: bytes.length, host_path: `/a/${folder}/${filename}` };
    },
    async find(path) {
      if (path !== "there.txt") throw new HostError("artifact_invalid", "There is no such file.");
      return { filename: path, mime_type: "text/plain", size: 3, host_path: `/a/${path}` };
    },
    offer: async (artifact) => void offered.push(artifact),
    ...more,
  };
  const sharing: Sharing = { artifacts, folder: "TASK", shared: async (one) => void shared.push(one) };
  const tool = shareArtifact("share_artifact", sharing);
  const share = async (wish: unknown) => (await tool.run(JSON.stringify(wish))).envelope;
  return { share, saved, shared, offered, artifacts };
}

test("a text, bytes and a file that is there already are shared, told of and offered", async () => {
  const { share, saved, shared, offered } = setUp();
  const first = { filename: "a.txt", content: "Grüße", description: " A greeting. ", mime_type: "text/csv" };
  expect(await share(first)).toMatchObject({
    ok: true,
    result: { filename: "a.txt", mime_type: "text/csv", size: 7, is_directory: false, description: "A greeting." },
  });
  expect(await share({ filename: "b", content: " A\tP\r\n9 / ", encoding: "base64" })).toMatchObject({ ok: true });
  expect(await share({ path: "there.txt" })).toMatchObject({ ok: true, result: { host_path: "/a/there.txt" } });
  expect(saved.map(({ folder, bytes }) => [folder, bytes.toString("hex")])).toEqual([
    ["TASK", Buffer.from("Grüße").toString("hex")],
    ["TASK", "00ff7f"],
  ]);
  expect(shared.map(({ filename }) => filename)).toEqual(["a.txt", "b", "there.txt"]);
  expect(offered).toEqual(shared);
  expect(shared[1]).not.toHaveProperty("description");
});

test.each<[string, unknown, string | undefined]>([
  ["no object", [], undefined],
  ["neither name nor path", {}, "filename"],
  ["a blank name", { filename: " ", content: "x" }, "filename"],
  ["a name alone", { filename: "a" }, "content"],
  ["content that is an object", { filename: "a", content: {} }, "content"],
  ["path and content", { path: "a", content: "x" }, "path"],
  ["an empty path", { path: "" }, "path"],
  ["another encoding", { filename: "a", content: "x", encoding: "utf16" }, "encoding"],
  ["base64 with other characters", { filename: "a", content: "A*==", encoding: "base64" }, "content"],
  ["base64 with a letter of another script", { filename: "a", content: "AAA \u0141", encoding: "base64" }, "content"],
  ["base64 that ends too early", { filename: "a", content: "A", encoding: "base64" }, "content"],
  ["a type that is none", { filename: "a", content: "x", mime_type: "text" }, "mime_type"],
  ["a type with a line in it", { filename: "a", content: "x", mime_type: "text/plain\nX-A: b" }, "mime_type"],
  ["a description that is a number", { filename: "a", content: "x", description: 1 }, "description"],
])("%s is refused", async (_title, wish, field) => {
  const { share, saved } = setUp();
  expect(await share(wish)).toMatchObject({
    ok: false,
    kind: "invalid_args",
    ...(field === undefined ? {} : { field }),
  });
  expect(saved).toEqual([]);
});

test("the content and the description may be as long as their limits, and no longer", async () => {
  const { share, saved } = setUp();
  expect(await share({ filename: "a", content: "x".repeat(ARTIFACT_BYTES_MAX) })).toMatchObject({ ok: true });
  expect(await share({ filename: "a", content: "x".repeat(ARTIFACT_BYTES_MAX + 1) })).toMatchObject({ ok: false });
  const packed = (bytes: number) => Buffer.alloc(bytes).toString("base64");
  const share64 = (content: string) => share({ filename: "a", content, encoding: "base64" });
  expect(await share64(`${packed(ARTIFACT_BYTES_MAX)}\n`)).toMatchObject({ ok: true });
  const tooLong = { ok: false, field: "content", message: `"content" may have ${ARTIFACT_BYTES_MAX} bytes at most` };
  expect(await share64(packed(ARTIFACT_BYTES_MAX + 1))).toMatchObject(tooLong);
  // It is not even looked at.
  expect(await share64("*".repeat(packed(ARTIFACT_BYTES_MAX).length + 4))).toMatchObject(tooLong);
  const described = (chars: number) => share({ filename: "a", content: "x", description: "d".repeat(chars) });
  expect(await described(ARTIFACT_DESCRIPTION_CHARS_MAX)).toMatchObject({ ok: true });
  expect(await described(ARTIFACT_DESCRIPTION_CHARS_MAX + 1)).toMatchObject({ ok: false, field: "description" });
  expect(saved).toHaveLength(3);
});

test("a run shares so many files and no more, also at once; one that failed does not count", async () => {
  const { share, saved } = setUp();
  expect(await share({ filename: "bad", content: "x" })).toMatchObject({ ok: false, code: "artifact_invalid" });
  const all = await Promise.all(
    Array.from({ length: ARTIFACTS_PER_RUN_MAX + 1 }, (_, index) => share({ filename: `f${index}`, content: "x" })),
  );
  expect(all.filter(({ ok }) => ok)).toHaveLength(ARTIFACTS_PER_RUN_MAX);
  expect(all.at(-1)).toMatchObject({ ok: false, kind: "rejected" });
  expect(saved).toHaveLength(ARTIFACTS_PER_RUN_MAX);
});

test("files of one answer are told of in the calls' order, one that fails among them", async () => {
  const saved = setUp().artifacts.save;
  const { share, shared } = setUp({
    async save(folder, filename, bytes) {
      // Each is quicker than the one before it.
      for (let turns = 20 / bytes.length; turns >= 1; turns--) await new Promise((resolve) => setImmediate(resolve));
      return await saved(folder, filename, bytes);
    },
  });
  await Promise.all(["a", "bad", "b", "c"].map((filename, at) => share({ filename, content: "x".repeat(at + 1) })));
  expect(shared.map(({ filename }) => filename)).toEqual(["a", "b", "c"]);
});

test("a run has the tool where it has a folder; its files are in the outcome and among the events", async () => {
  const { artifacts } = setUp();
  const call = ["share_artifact", JSON.stringify({ filename: "a.txt", content: "x" })] as const;
  const { run, asked, events } = setUpRun(
    [wants(call, call), says("There.")],
    {},
    { artifacts: async () => artifacts },
  );
  const outcome = await run({ artifactFolder: "TASK" });
  expect(outcome.sharedArtifacts.map(({ host_path }) => host_path)).toEqual(["/a/TASK/a.txt", "/a/TASK/a.txt"]);
  const types = events.map(({ type }) => type).filter((type) => type === "artifact" || type === "tool_result");
  expect(types.filter((type) => type === "artifact")).toHaveLength(2);
  expect(resultsIn(asked[1]!)[0]).toContain('"host_path":"/a/TASK/a.txt"');
  const without = setUpRun([says("x")], {}, { artifacts: async () => artifacts });
  await without.run();
  expect(without.asked[0]!.tools).toEqual([]);
});

test("a run does not wait for a plugin that takes its time once it is ended", async () => {
  const stop = new AbortController();
  const never = setUp({
    offer: () => {
      stop.abort();
      return new Promise(() => {});
    },
  });
  const call = ["share_artifact", JSON.stringify({ filename: "a.txt", content: "x" })] as const;
  const { run } = setUpRun([wants(call)], {}, { artifacts: async () => never.artifacts });
  expect(await run({ artifactFolder: "TASK", signal: stop.signal })).toMatchObject({
    finish: "cancelled",
    sharedArtifacts: [{ filename: "a.txt" }],
  });
});

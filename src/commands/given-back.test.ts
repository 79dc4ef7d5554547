// What a host that runs on gives back to the interactive shell that handed a line over.

import { afterAll, expect, onTestFinished, test } from "vitest";
import { recordedOutput } from "../../test/helpers/fake-terminal.ts";
import { makeTempHome } from "../../test/helpers/temp-home.ts";
import { formatOrderedJson, JsonNumber } from "../base/ordered-json.ts";
import { resolvePaths } from "../base/paths.ts";
import type { Host } from "../host/create-host.ts";
import { GIVEN_BACK_CHARS_MAX } from "../protocol/limits.ts";
import { announce } from "../server/serve-file.ts";
import type { CommandIo } from "../terminal/io.ts";
import { NO_META } from "../terminal/no-meta.ts";
import { handOver } from "./resident-client.ts";
import { type RunLine, takeCommands } from "./resident-server.ts";
import type { KeptResult, Session } from "./session.ts";

const home = makeTempHome();
afterAll(() => home.remove());

/** Hands a line over to a host that does just this with it. */
async function handedOver(session: Session, runLine: RunLine): Promise<number | undefined> {
  const paths = resolvePaths({ env: home.env, platform: process.platform });
  const resident = await takeCommands({} as Host, { data: paths.data, runtime: undefined }, runLine);
  onTestFinished(() => resident!.stop());
  const takeBack = announce(paths, { url: "http://127.0.0.1:1", socket: resident!.socket });
  onTestFinished(takeBack);
  const io: CommandIo = {
    env: home.env,
    cwd: home.path,
    stdout: recordedOutput(),
    stderr: recordedOutput(),
    stdinIsTerminal: false,
    signal: new AbortController().signal,
    readStdin: async () => "",
  };
  return await handOver("osp", ["x"], io, { session, pipeline: " F a" });
}

function shell(): Session {
  const results = { get: () => undefined, set() {} };
  const last: KeptResult = { data: "before", meta: NO_META, pipeline: "" };
  return { overrides: [], last, thrown: undefined, failure: undefined, results };
}

const gives =
  (last: KeptResult | undefined): RunLine =>
  async (_program, _argv, _io, { session }) => {
    if (last !== undefined) session!.last = last;
    return 0;
  };

test("the result as it came, with all that is said of it", async () => {
  const session = shell();
  session.overrides = [{ key: "extensions.n", value: 9007199254740993n, origin: "config set" }];
  const data = new Map([["n", new JsonNumber("1.0")]]);
  const last = { data, meta: { ...NO_META, columns: ["n"] }, columns: ["n"], isWhole: true, pipeline: " F a" };
  const heard: unknown[] = [];
  const code = await handedOver(session, async (program, argv, io, context) => {
    heard.push(program, argv, context.pipeline, context.session?.overrides);
    return await gives(last)(program, argv, io, context);
  });
  expect(code).toBe(0);
  expect(heard).toEqual(["osp", ["x"], " F a", [{ ...session.overrides[0], value: "9007199254740993" }]]);
  expect({ ...session.last, data: formatOrderedJson(session.last!.data) }).toEqual({ ...last, data: '{"n":1.0}' });
});

test("nothing, when the line gave nothing: what was there stays", async () => {
  const session = shell();
  await handedOver(session, gives(undefined));
  expect(session.last?.data).toBe("before");
});

test(`a result of ${GIVEN_BACK_CHARS_MAX} characters comes back, of a larger one nothing is left to show`, async () => {
  const text = "x".repeat(GIVEN_BACK_CHARS_MAX - 2);
  const session = shell();
  await handedOver(session, gives({ data: text, meta: NO_META, pipeline: "" }));
  expect(session.last?.data === text).toBe(true);
  await handedOver(session, gives({ data: `${text}x`, meta: NO_META, pipeline: "" }));
  expect(session.last).toBeUndefined();
});

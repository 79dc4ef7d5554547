// Several programs that add to one conversation at the same time.

import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { controlDb } from "../../src/store/control-db.ts";
import { Sessions } from "../../src/store/sessions.ts";
import { startReady } from "../helpers/start-together.ts";
import { tempDir } from "../helpers/temp-dir.ts";

const PROGRAM = join(import.meta.dirname, "../helpers/adds-to-session.ts");
const PAIRS = 40;

test("programs that ask for the same session at once get the same one, and lose and mix nothing that they add", async () => {
  const folder = join(tempDir(), "data");
  const programs = ["a", "b", "c"].map((who) => start(folder, who));
  for (const { isReady } of programs) await isReady;
  for (const { go } of programs) go();
  const ids = await Promise.all(programs.map(({ printed }) => printed));
  expect(new Set(ids).size).toBe(1);

  const db = controlDb(folder);
  onTestFinished(() => db.close());
  const sessions = new Sessions(db);
  expect(await sessions.list({ limit: 10 })).toMatchObject([{ id: ids[0], turnCount: 6 * PAIRS }]);
  const texts = (await sessions.turns(ids[0]!)).map(({ content }) => content as string);
  for (let at = 0; at < texts.length; at += 2) expect(texts[at + 1]).toBe(`${texts[at]} again`);
  for (const who of ["a", "b", "c"]) {
    const own = texts.filter((text) => text.startsWith(`${who} `) && !text.endsWith("again"));
    expect(own).toEqual(Array.from({ length: PAIRS }, (_, pair) => `${who} ${pair}`));
  }
});

function start(folder: string, who: string) {
  const { lastLine, ...program } = startReady(PROGRAM, [folder, who, String(PAIRS)]);
  return { ...program, printed: lastLine };
}

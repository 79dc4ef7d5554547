// A host that stood still, and whose task is another host's by now: it adds nothing, and makes no call.

import { expect, test, vi } from "vitest";
import { wants } from "../../test/helpers/told-runs.ts";
import { openToldTasks } from "../../test/helpers/told-tasks-host.ts";

type Told = Awaited<ReturnType<typeof openToldTasks>>;

async function giveAway({ db }: Told, id: string): Promise<void> {
  const opened = await db.openForWrite();
  opened.write((sqlite) => sqlite.prepare("UPDATE tasks SET owner = 'another host' WHERE id = ?").run(id));
}

async function turnsOf({ db }: Told): Promise<number> {
  const opened = await db.openForWrite();
  return opened.read((sqlite) => sqlite.prepare("SELECT count(*) FROM turns").pluck().get() as number);
}

test("what a tool gives to a host that lost the task meanwhile is not in the transcript", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const mail = vi.fn(async () => await gate.then(() => "sent"));
  const it = await openToldTasks({ turns: [wants(["mail"])], tools: { mail } });
  const { id } = await it.dispatch({ sessionKey: "s" });
  await vi.waitFor(() => expect(mail).toHaveBeenCalled(), { timeout: 10_000 });
  await giveAway(it, id);
  open();
  await vi.waitFor(() => expect(it.host.running).toBe(0), { timeout: 10_000 });
  // The prompt and the call: what came of it is the other host's to say.
  expect(await turnsOf(it)).toBe(2);
});

test("a call that the model asks for then is not made", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const mail = vi.fn(async () => "sent");
  const call = wants(["mail"]);
  const late = async function* () {
    await gate;
    yield* call;
  };
  const it = await openToldTasks({ turns: [late], tools: { mail } });
  const { id } = await it.dispatch({ sessionKey: "s" });
  await vi.waitFor(() => expect(it.asked).toHaveLength(1), { timeout: 10_000 });
  await giveAway(it, id);
  open();
  await vi.waitFor(() => expect(it.host.running).toBe(0), { timeout: 10_000 });
  expect(mail).not.toHaveBeenCalled();
  expect(await turnsOf(it)).toBe(1);
});

// Conversations that are kept, as a user meets them: with the real program.

import { afterAll, expect, test } from "vitest";
import { DEFAULT_AGENT_ID } from "../../src/protocol/agent-id.ts";
import { SESSIONS_LISTED_MAX } from "../../src/protocol/limits.ts";
import { osaurusUser } from "../helpers/osaurus-user.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());
const user = () => osaurusUser(home);

const NOBODY = "99999999-9999-9999-9999-999999999999";

test("several conversations are deleted at once, all or none; or those of an agent that were not used for long", async () => {
  const { json, osaurus, withHost } = user();
  const make = async (agentId: string) =>
    await withHost(async (host) => {
      const { sessions } = await host.agents();
      const wish = { agentId, pluginId: null, externalKey: null, title: "t" };
      return (await sessions.create(wish)).id;
    });
  const [a, b, c] = [await make(DEFAULT_AGENT_ID), await make(DEFAULT_AGENT_ID), await make(DEFAULT_AGENT_ID)];
  expect((await osaurus("sessions", "delete", a, NOBODY)).code).toBe(10);
  expect(await json("sessions", "delete", a, b.toLowerCase(), a)).toEqual([
    { id: a, deleted: true },
    { id: b, deleted: true },
  ]);
  expect(await json("sessions", "delete", "--older-than", "1h")).toEqual({ deleted: 0 });
  expect(await json("sessions", "delete", "--older-than", "0s", "--agent", NOBODY)).toEqual({ deleted: 0 });
  expect((await osaurus("sessions", "delete", "--older-than", "0s", "--agent", "none")).code).toBe(10);
  expect((await osaurus("sessions", "delete", "--older-than", "0s", "--agent", "default")).stderr).toContain(
    "1 conversation deleted",
  );
  expect((await osaurus("sessions", "show", c)).code).toBe(10);
  for (const args of [[], [a, "--older-than", "1d"], [a, "--agent", "default"], ["--older-than", "soon"]]) {
    expect([args, (await osaurus("sessions", "delete", ...args)).code]).toEqual([args, 2]);
  }
});

test("conversations are listed, shown and deleted, and bring nothing to the screen that it would obey", async () => {
  const { json, osaurus, withHost } = user();
  const id = await withHost(async (host) => {
    const { sessions } = await host.agents();
    const session = await sessions.create({
      agentId: DEFAULT_AGENT_ID,
      pluginId: "test.a",
      externalKey: "k",
      title: "A \u001b[31mtalk",
    });
    await sessions.append(session.id, [
      { role: "user", content: "two and one?" },
      { role: "assistant", content: null, toolCalls: [{ id: "c1", name: "add", arguments: '{"a":2}' }] },
      { role: "tool", toolCallId: "c1", content: "3\u001b]0;x\u0007" },
      { role: "assistant", content: "three", reasoning: "easy" },
    ]);
    return session.id;
  });
  const row = { id, agent_id: DEFAULT_AGENT_ID, plugin_id: "test.a", session_key: "k", turns: 4 };
  expect(await json("sessions", "list")).toMatchObject([row]);
  expect(await json("sessions", "list", "--agent", NOBODY)).toEqual([]);
  expect(await json("sessions", "show", id.toLowerCase())).toMatchObject({
    ...row,
    messages: [
      { role: "user", content: "two and one?" },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "add", arguments: '{"a":2}' } }],
      },
      { role: "tool", tool_call_id: "c1", content: "3\u001b]0;x\u0007" },
      { role: "assistant", content: "three", reasoning: "easy" },
    ],
  });
  const shown = await osaurus("sessions", "show", id);
  expect(shown.stdout).toContain("user:\n  two and one?\n");
  for (const text of [shown.stdout, (await osaurus("sessions", "list")).stdout])
    expect(text).not.toMatch(/[\u001b\u0007]/);
  expect(await json("sessions", "delete", id)).toEqual({ id, deleted: true });
  expect((await osaurus("sessions", "show", id)).code).toBe(10);
  expect((await osaurus("sessions", "delete", id)).code).toBe(10);
  expect((await osaurus("sessions", "list", "--limit", String(SESSIONS_LISTED_MAX))).code).toBe(0);
  expect((await osaurus("sessions", "list", "--limit", String(SESSIONS_LISTED_MAX + 1))).code).toBe(2);
  expect((await osaurus("sessions", "list", "--limit", "0")).code).toBe(2);
});

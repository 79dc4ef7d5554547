// Access keys, as a user meets them: with the real program.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { osaurusUser } from "../helpers/osaurus-user.ts";
import { makeTempHome } from "../helpers/temp-home.ts";

const home = makeTempHome();
afterAll(() => home.remove());
const user = () => osaurusUser(home);

const NOBODY = "99999999-9999-9999-9999-999999999999";

test("an access key is printed once, alone on standard output, and lets in until it is revoked", async () => {
  const { json, osaurus, withHost } = user();
  const verdict = (key: string) => withHost(async (host) => (await host.accessKeys()).check(key));
  const printed = await osaurus("keys", "create", "--name", "laptop", "--expires", "30d");
  expect(printed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^osk-v1\.[A-Za-z0-9_-]{43}\n$/) });
  const key = printed.stdout.trim();
  expect(printed.stderr).not.toContain(key);
  expect(await verdict(key)).toMatchObject({ ok: true, key: { name: "laptop" } });
  await json("agents", "create", "--name", "Helper");
  const { id: agentId } = await json<{ id: string }>("agents", "show", "helper");
  const scoped = await json<{ id: string; key: string }>("keys", "create", "--name", "phone", "--agent", "helper");
  expect(scoped).toEqual({ id: scoped.id, name: "phone", key: expect.stringMatching(/^osk-v1\./), agent_id: agentId });
  const list = await osaurus("keys", "list", "--json");
  expect(JSON.parse(list.stdout)).toMatchObject([
    { name: "laptop", agent_id: null, state: "valid", expires_at: expect.stringMatching(/Z$/), revoked_at: null },
    { id: scoped.id, name: "phone", agent_id: agentId, state: "valid", expires_at: null },
  ]);
  for (const secret of [key, scoped.key]) {
    for (const text of [list.stdout, (await osaurus("keys", "list")).stdout])
      expect(text).not.toContain(secret.slice(20));
  }
  expect((await osaurus("keys", "revoke", "laptop")).code).toBe(0);
  expect(await verdict(key)).toEqual({ ok: false, reason: "revoked" });
  expect((await osaurus("keys", "revoke", "laptop")).stderr).toContain("is revoked already");
  expect((await osaurus("agents", "delete", "helper")).code).toBe(0);
  expect(await verdict(scoped.key)).toEqual({ ok: false, reason: "revoked" });
  expect(await json("keys", "list")).toMatchObject([{ state: "revoked" }, { state: "revoked" }]);
});

test("mistakes about access keys have their exit codes", async () => {
  const { data, exitCodes } = user();
  expect(
    await exitCodes(
      ["keys", "revoke", "none"],
      ["keys", "create", "--agent", "nobody"],
      ["keys", "create", "--agent", NOBODY],
      ["keys", "create", "--expires", "soon"],
      ["keys", "create", "--expires", "2020-01-01"],
      ["keys", "create", "--name", "n".repeat(101)],
      ["keys", "create", "--name", NOBODY],
    ),
  ).toEqual([10, 10, 10, 2, 2, 2, 2]);
  expect(existsSync(join(data, "Secrets"))).toBe(false);
});

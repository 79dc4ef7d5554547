import { expect, test } from "vitest";
import { type JsonObject, parseOrderedJson } from "../base/ordered-json.ts";
import { toolFlags } from "./native-flags.ts";
import { askSecret, holdsSecret, missingSecrets, withoutSecrets } from "./native-secrets.ts";
import { readValue } from "./native-values.ts";

const OWN = toolFlags({
  properties: {
    user: { type: "string" },
    password: { type: "string", format: "password", description: "Of the \u001b[2Jvault" },
    pin: { type: "integer", "x-secret": true },
    login: {
      type: "object",
      properties: { name: { type: "string" }, key: { type: "string", writeOnly: true } },
      required: ["key"],
    },
    accounts: {
      type: "array",
      items: { type: "object", properties: { key: { type: "string", "x-secret": true } }, required: ["key"] },
    },
  },
  required: ["user", "password"],
});
const missing = (text: string) => missingSecrets(OWN, parseOrderedJson(text) as JsonObject).map(({ name }) => name);

test("secrets are missing where they are required, also inside of what is there", () => {
  expect(missing("{}")).toEqual(["--password"]);
  expect(missing('{"password":"x","pin":1,"login":{"key":"k"}}')).toEqual([]);
  expect(missing('{"password":"","login":{},"accounts":[{"key":"a"},{}]}')).toEqual([
    "--login.key",
    "--accounts.1.key",
  ]);
  expect(missing('{"password":"x","login":5,"accounts":{}}')).toEqual([]);
});

test("arguments are shown without secrets, and nothing is shown of what cannot be read", () => {
  const text = '{"user":"u","password":"p1","pin":22,"login":{"key":"k","name":"n"},"accounts":[{"key":"a"},{"x":1}]}';
  expect(withoutSecrets(OWN, text)).toBe(
    '{"user":"u","password":"[hidden]","pin":"[hidden]","login":{"key":"[hidden]","name":"n"},"accounts":[{"key":"[hidden]"},{"x":1}]}',
  );
  expect(withoutSecrets(OWN, text.slice(0, -3))).toBe("[hidden]");
  expect(withoutSecrets(toolFlags({ properties: { user: {} } }), '{"user"')).toBe('{"user"');
  const named = OWN.all.filter((flag) => holdsSecret(flag, OWN)).map(({ name }) => name);
  expect(named).toEqual(["--password", "--pin", "--login", "--accounts"]);
});

test("a secret is asked for with nothing shown, and refused by name where nobody can be asked or nothing is typed", async () => {
  const flag = OWN.all[1]!;
  const asked: string[] = [];
  const answers: (string | undefined)[] = ["hunter2", "", undefined];
  const io = {
    async promptHidden(question: string) {
      asked.push(question);
      return answers.shift();
    },
  };
  expect(await askSecret(io, flag)).toBe("hunter2");
  expect(asked).toEqual(["--password (Of the ␛[2Jvault), not shown: "]);
  await expect(askSecret(io, flag)).rejects.toThrow("--password is missing: no value was given");
  await expect(askSecret(io, flag)).rejects.toThrow("--password is missing: no value was given");
  await expect(askSecret({}, flag)).rejects.toThrow("--password is missing: the tool needs it, and it is a secret");
});

test("what a secret was is not part of an error", () => {
  const pin = OWN.all[2]!;
  expect(() => readValue(pin, "--pin", "hunter2", false)).toThrow(/^--pin takes a whole number, and what was given is/);
  expect(() => readValue(pin, "--pin", "hunter2", true)).toThrow(/hunter2/);
});

import { expect, test } from "vitest";
import { lineWord } from "../../base/line-words.ts";
import { holdsSecret } from "./holds-secret.ts";

const HELD = [
  "config set extensions.x.token hunter2",
  "config set --global user.password=x y",
  "osp config set x.y z --secrets",
  // Whatever stands between.
  "config set extensions.mail.value hunter2",
  "config set extensions.plugins.mail.env.pass x",
  "config set alias.token x",
  "config set nonsense x",
  "config set --theme ui.format extensions.mail.value hunter2",
  "config set extensions.mail.value --hunter2",
  "config --json set extensions.mail.value hunter2 --secrets",
  "config -q set a.b hunter2",
  "--profile set config set a.b hunter2",
  "sv a.b hunter2 --secrets",
  "config unset a.b --secrets",
  "secrets set mail API_KEY",
  "secrets set mail value hunter2",
  "secrets --json set mail value",
  "secrets set domain value hunter2",
  "mail login --password hunter2",
  "mail login --password=hunter2",
  'mail login --password "hunter 2"',
  "mail login --password --hunter2",
  "mail login --password -- hunter2",
  "mail login --api-key -abc",
  "mail login --pass x",
  "mail login --jwt x",
  "mail | F jwt = x",
  "mail login --pw x",
  "mail login --dbpw x",
  "mail login --pin 1234",
  "mail login --otp 1234",
  "mail login --passcode 1234",
  "mail login --userPin 1234",
  "mail login --auth x",
  "mail login --license_key x",
  "mail login --pwd x",
  "mail login -auth x",
  "mail login -p hunter2",
  "mail login -phunter2",
  "curl -u bob:pw",
  "curl -ubob:pw",
  "curl --proxy-user=bob:pw",
  "curl --login :pw",
  "copy bob:pw@example.org",
  "http get --header 'X-Auth: x'",
  "http get --header 'Cookie: x'",
  "http get --header Cookie:x",
  "http get --header 'Authorization: Bearer abcdefghijk'",
  "http get 'Bearer abcdefghijk'",
  "http get 'x?a=1&sig=abc'",
  "http get https://ada:hunter2@example.org/",
  "http get https://hunter2@example.org/",
  `tools call p t --args '{"passcode":"x"}'`,
  `tools call p t --args '{"api_key": "x"}'`,
  `tools call p t --args '{"client credential":"x"}'`,
  String.raw`tools call p t --args "{\"passcode\":\"x\"}"`,
  `tools call p t --args '["Authorization","x"]'`,
  "http post 'login[pin]=1234'",
  "PASSWORD=hunter2 mail",
  "mail --env PASSWORD=hunter2",
  "mail | F password = hunter2",
  "mail | F token==x",
  "mail | F auth != x",
  "mail | F credential !~ x",
  "db user ada password hunter2",
  "db user ada pin 1234",
  "alias add x 'mail login --password hunter2'",
  "alias add x 'config set extensions.mail.value hunter2'",
  String.raw`alias add x "mail --set \"client_secret\": 1"`,
  quotedOften("y", 8),
  "say osk-v1abcdefgh",
  "say sk-abcdefghijklm",
  "say sk_live_x",
  "say rk_test_x",
  "say ghp_abcdefgh12345",
  "say github_pat_abcdefgh",
  "say glpat-abcdefgh",
  "say xoxb-12345678",
  "say npm_abcdefgh",
  "say AIzaSyabcdefgh",
  "say AKIAABCDEFGHIJKL",
  "say eyJabcdefghi.eyJ.x",
  "say '-----BEGIN PRIVATE KEY-----'",
];

/** One word, in as many quotes within quotes. */
function quotedOften(text: string, times: number): string {
  return times === 0 ? text : lineWord(`${quotedOften(text, times - 1)} `);
}

test.each(HELD)("%s is taken for one with a secret", (line) => {
  expect(holdsSecret(line)).toBe(true);
});

test.each([
  "plugins list",
  "inventory hosts --json | F floor > 2",
  "secrets list mail",
  "config get extensions.x.token",
  "config set ui.format json",
  "config --json set --profile lab UI.Format json",
  "config set secrets.backend keyring",
  "config set alias.ll 'plugins list'",
  "config set extensions.mail.value",
  "config set extensions.mail.value | P value",
  "mail set extensions.mail.value x",
  "tokens list",
  "mail login --password",
  "mail login --password | P user",
  "mail login --password=",
  "mail login --token-stdin",
  "--user ada mail --author bob -u ada",
  "serve -p 1337",
  "copy host:path 'a b'",
  "mail | F name = pin | S name",
  "say 'what is a password?'",
  "say 'what is a password'",
  "keys create --name laptop",
  quotedOften("y", 3),
])("%s is kept", (line) => {
  expect(holdsSecret(line)).toBe(false);
});

test("a line of any shape is looked at in time that grows with its length", () => {
  // With time that grows with the square of it, these take minutes.
  for (const piece of [
    "a",
    "a.",
    "a ",
    "a:",
    "x=",
    "\\",
    '" ',
    "{",
    "-",
    "pass",
    "authorization ",
    "set ",
    "config set a ",
  ]) {
    expect(holdsSecret(piece.repeat(2 ** 18 / piece.length))).toBeTypeOf("boolean");
  }
});

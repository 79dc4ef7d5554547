import { expect, test } from "vitest";
import { holdsSecret } from "./holds-secret.ts";

test.each([
  "config set extensions.x.token hunter2",
  "config set --global user.password=x y",
  "osp config set x.y z --secrets",
  "secrets set mail API_KEY",
  "mail login --password hunter2",
  "mail login --password=hunter2",
  'mail login --password "hunter 2"',
  "mail login --api-key -abc",
  'tools call p t --args \'{"api_key": "x"}\'',
  "PASSWORD=hunter2 mail",
  "mail --env PASSWORD=hunter2",
  "mail | F password = hunter2",
  "mail | F token==x",
  "db user ada password hunter2",
  "http get https://ada:hunter2@example.org/",
  "http get --header 'Authorization: Bearer abcdefghijk'",
  "alias add x 'mail login --password hunter2'",
  'alias add x "mail --set \\"client_secret\\": 1"',
  "say osk-v1abcdefgh",
  "say sk-abcdefghijklm",
  "say ghp_abcdefgh12345",
])("%s is taken for one with a secret", (line) => {
  expect(holdsSecret(line)).toBe(true);
});

test.each([
  "plugins list",
  "inventory hosts --json | F floor > 2",
  "secrets list mail",
  "config get extensions.x.token",
  "config set ui.format json",
  "tokens list",
  "mail login --password",
  "mail login --token-stdin",
  "say 'what is a password?'",
  "keys create --name laptop",
])("%s is kept", (line) => {
  expect(holdsSecret(line)).toBe(false);
});

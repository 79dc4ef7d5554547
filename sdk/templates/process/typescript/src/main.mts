// The plugin: what it offers, and a function for each command.

import { type Call, Failure, Result, runPlugin } from "../vendor/osp-plugin.mjs";

const NAME_CHARS_MAX = 100;

await runPlugin({
  id: "{{plugin_id}}",
  version: "0.1.0",
  commands: [
    {
      name: "{{name}}",
      about: "Greet somebody",
      args: [{ name: "name", about: "Who to greet (default: world)" }],
      flags: [{ names: ["--name"], about: "The same, as a flag" }],
      run: greet,
    },
  ],
});

function greet(call: Call): Result {
  const name = call.text("name") || call.text("--name") || "world";
  if (name.length > NAME_CHARS_MAX) throw new Failure("USAGE", `a name has at most ${NAME_CHARS_MAX} characters`);
  return new Result([{ greeting: `Hello, ${name}!` }], { columns: ["greeting"] });
}

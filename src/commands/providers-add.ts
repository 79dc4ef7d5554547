// osaurus providers add: where models come from. A key is never on the command line and never printed.

import { EXIT, HostError } from "../protocol/errors.ts";
import { type Command, type CommandInput, textOption } from "./command.ts";
import { notify } from "./notify.ts";
import { providerRow } from "./providers-list.ts";
import { oneLine } from "./setting-notes.ts";
import { showRows } from "./show-rows.ts";
import { withHost } from "./with-host.ts";

export const providersAdd: Command = {
  usage:
    "NAME [--base-url URL] [--api-key-env VAR|--api-key-stdin] [--model M] [--embedding-model E] [--script FILE] [--default] [--insecure]",
  about:
    "Adds a model provider: any OpenAI-compatible server, or a script. The first provider's models are the defaults. Names of common local servers (ollama, lm-studio, llama-cpp, vllm, jan) need no address.",
  positionals: { min: 1, max: 1 },
  options: {
    "base-url": { type: "string", value: "URL", about: "where the server is, with or without /v1" },
    "api-key-env": { type: "string", value: "VAR", about: "the variable that has the API key; only its name is kept" },
    "api-key-stdin": { type: "boolean", about: "keep the API key, encrypted; read from standard input or asked for" },
    model: { type: "string", value: "MODEL", about: "the model to use; without it, the first that the server has" },
    "embedding-model": { type: "string", value: "MODEL", about: "the same for embeddings" },
    script: { type: "string", value: "FILE", about: "a scripted model, which says what the file has" },
    default: { type: "boolean", about: "its models become the defaults" },
    insecure: { type: "boolean", about: "let the key go to a public server without encryption" },
  },
  async run(input) {
    const { io, flags } = input;
    const [name] = input.positionals as [string];
    const settings = await input.settings();
    const variable = textOption(input, "api-key-env");
    if (variable !== undefined && input.options["api-key-stdin"] === true) {
      throw new HostError("usage_invalid", "--api-key-env and --api-key-stdin exclude each other", {
        hint: "the key is either in a variable, or kept here",
      });
    }
    const apiKey = input.options["api-key-stdin"] === true ? await readKey(input, name) : undefined;
    const text = (option: string, member: string) => {
      const value = textOption(input, option);
      return value === undefined ? {} : { [member]: value };
    };
    const wish = {
      name,
      ...text("base-url", "baseUrl"),
      ...text("api-key-env", "apiKeyEnv"),
      ...text("model", "model"),
      ...text("embedding-model", "embeddingModel"),
      ...text("script", "script"),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(input.options["default"] === true ? { isPreferred: true } : {}),
      ...(input.options["insecure"] === true ? { insecure: true } : {}),
    };
    const added = await withHost(io, flags, async (host) => (await host.models()).addProvider(wish, io.signal));
    const { problem } = added;
    if (settings.json) await showRows(input, settings, [providerRow(added)], { single: true });
    else {
      const what = [added.model, added.embeddingModel].filter((one) => one !== null).join(" and ");
      const which = what === "" ? "" : `, with ${what}`;
      const isScripted = added.kind === "scripted" ? " It is scripted: it thinks of nothing by itself." : "";
      notify(io, settings, "success", oneLine(`"${added.name}" is added${which}.${isScripted}`));
    }
    if (added.apiKeyEnv !== null && (io.env[added.apiKeyEnv] ?? "").trim() === "") {
      const text = `the variable ${added.apiKeyEnv} is not set now: "${added.name}" cannot be asked until it is`;
      notify(io, settings, "warning", oneLine(text));
    }
    if (problem !== undefined) {
      const help = problem.hint === undefined ? "" : ` (${problem.hint})`;
      notify(io, settings, "warning", oneLine(`which models it has could not be found out: ${problem.message}${help}`));
    } else if (added.model === null && added.embeddingModel === null) {
      notify(io, settings, "warning", oneLine(`"${added.name}" has no models yet`));
    }
    return EXIT.done;
  },
};

async function readKey({ io }: CommandInput, name: string): Promise<string> {
  if (!io.stdinIsTerminal) return await io.readStdin();
  const key = await io.promptHidden?.(oneLine(`API key for "${name}" (not shown): `));
  if (key !== undefined) return key;
  throw new HostError("usage_invalid", "no API key was given", { hint: "type one, or give it on standard input" });
}

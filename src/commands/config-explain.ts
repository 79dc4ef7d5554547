// `osp config explain KEY`: where a value comes from, what it won against, and how it was put together.

import type { OrderedJson } from "../base/ordered-json.ts";
import type { Config, ConfigCandidate, Explanation } from "../config/config.ts";
import { keySpec, schemaKeys } from "../config/schema.ts";
import { REDACTED } from "../config/secret-names.ts";
import { EXIT } from "../protocol/errors.ts";
import { neutralise } from "../terminal/neutralise.ts";
import { plainText } from "../terminal/rows.ts";
import type { Command } from "./command.ts";
import { requireEntry } from "./config-read.ts";
import { scopeText } from "./config-scope.ts";
import { jsonOfValue, shownValue } from "./config-value.ts";
import { notify } from "./notify.ts";
import { rowOf, showRows } from "./show-rows.ts";

export const configExplain: Command = {
  usage: "KEY [--show-secrets]",
  about: "Shows where the value of a key comes from, and which other places have one for it.",
  positionals: { min: 1, max: 1 },
  options: { "show-secrets": { type: "boolean", about: "print secrets too" } },
  readsBrokenConfig: true,
  async run(input) {
    const settings = await input.settings();
    const { config } = settings;
    const typed = input.positionals[0]!.trim().toLowerCase();
    const wrong = config.problems.find(({ details }) => String(details?.["key"] ?? "").toLowerCase() === typed);
    if (wrong !== undefined && config.find(typed) === undefined) throw wrong;
    // A known key without a value is worth explaining, too.
    const key = schemaKeys().includes(typed) ? typed : requireEntry(config, typed).key;
    const facts = factsOf(config, config.explain(key), input.options["show-secrets"] === true);
    for (const { message } of config.problems) notify(input.io, settings, "warning", message);
    if (settings.format === "auto") input.io.stdout.write(neutralise(textOf(facts)));
    else await showRows(input, settings, [rowOf({ ...facts })], { single: true });
    return EXIT.done;
  },
};

type Facts = Readonly<Record<string, OrderedJson>>;

/** Everything about a key, named as it is printed. */
export function factsOf(config: Config, { key, winner, candidates, steps }: Explanation, showsSecrets: boolean): Facts {
  const spec = keySpec(key);
  const value = winner === undefined ? null : shownValue(winner, { secrets: showsSecrets });
  return {
    key,
    phase: spec?.isBootstrap ? "bootstrap" : "runtime",
    description: spec?.about ?? "",
    active_profile: config.profile,
    active_profile_source: config.profileSource,
    bootstrap_scope_policy: spec?.isBootstrap ? (spec.scope ?? null) : null,
    terminal: config.terminal,
    value,
    value_type: spec?.type ?? "any",
    allowed: spec?.allowed === undefined ? null : spec.allowed.join(", "),
    source: winner?.source ?? null,
    scope: winner === undefined ? null : scopeText(winner.scope),
    origin: winner?.origin ?? null,
    candidates: candidates.map((candidate, index) => candidateRow(candidate, index === 0, showsSecrets)),
    interpolation: steps.length === 0 ? null : interpolation(winner!, steps, showsSecrets),
    presentation: rowOf({
      preset: config.find("ui.presentation")?.resolved.toString() ?? null,
      decides: winner?.source === "presentation",
    }),
  };
}

function candidateRow(candidate: ConfigCandidate, isWinner: boolean, showsSecrets: boolean): OrderedJson {
  const { source, scope, origin, value, isSecret } = candidate;
  return rowOf({
    winner: isWinner,
    source,
    scope: scopeText(scope),
    origin,
    value: isSecret && !showsSecrets ? REDACTED : jsonOfValue(value),
  });
}

function interpolation(
  winner: NonNullable<Explanation["winner"]>,
  steps: Explanation["steps"],
  showsSecrets: boolean,
): OrderedJson {
  return rowOf({
    template: winner.isSecret && !showsSecrets ? REDACTED : jsonOfValue(winner.value),
    steps: steps.map(({ placeholder, entry }) =>
      rowOf({ placeholder, value: shownValue(entry, { secrets: showsSecrets }), source: entry.source }),
    ),
  });
}

/** The same facts for a person: what counts first, then why. */
export function textOf(facts: Facts): string {
  const line = (name: string, value: OrderedJson | undefined) => `${`${name}:`.padEnd(10)} ${plainText(value ?? "")}\n`;
  const head =
    line("key", facts["key"]) +
    (facts["source"] === null
      ? line("value", "none, so far")
      : line("value", facts["value"]) + line("from", place(facts["source"], facts["scope"], facts["origin"]))) +
    line("type", facts["value_type"]) +
    line("what", facts["description"]) +
    (facts["allowed"] === null ? "" : line("allowed", facts["allowed"])) +
    line("profile", `${plainText(facts["active_profile"])} (by ${plainText(facts["active_profile_source"])})`);
  const policy = facts["bootstrap_scope_policy"];
  const rule =
    policy === null
      ? ""
      : line("may stand", policy === "global" ? "outside profiles and terminals" : "outside profiles");
  return head + rule + candidateLines(facts["candidates"]) + stepLines(facts["interpolation"]);
}

function candidateLines(candidates: OrderedJson | undefined): string {
  if (!Array.isArray(candidates) || candidates.length === 0) return "";
  const lines = candidates.map((one) => {
    const member = (name: string) => (one instanceof Map ? (one.get(name) ?? null) : null);
    const mark = member("winner") === true ? "*" : " ";
    return `  ${mark} ${plainText(member("value"))}  (${place(member("source"), member("scope"), member("origin"))})\n`;
  });
  return `\nplaces, strongest first:\n${lines.join("")}`;
}

function stepLines(interpolated: OrderedJson | undefined): string {
  if (!(interpolated instanceof Map)) return "";
  const steps = interpolated.get("steps") as Map<string, OrderedJson>[];
  const lines = steps.map((step) => {
    const name = `\${${plainText(step.get("placeholder"))}}`;
    return `  ${name} = ${plainText(step.get("value"))}  (${plainText(step.get("source"))})\n`;
  });
  return `\nmade from ${plainText(interpolated.get("template"))}:\n${lines.join("")}`;
}

function place(
  source: OrderedJson | undefined,
  scope: OrderedJson | undefined,
  origin: OrderedJson | undefined,
): string {
  const where = typeof origin === "string" ? `, ${origin}` : "";
  const isFor = scope === "global" || scope === null ? "" : `, ${plainText(scope)}`;
  return `${plainText(source ?? null)}${isFor}${where}`;
}

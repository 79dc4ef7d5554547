// A plugin that a registry offers, with tools, a page and settings of every type. Its library says of itself what a test has
// it say, so that packages and libraries may say different things.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nativeFixture } from "./native-plugins.ts";
import { zipBytes } from "./zips.ts";

export const OFFERED_ID = "com.example.offered";

interface Offered {
  readonly version?: string;
  readonly requirements?: readonly string[];
  readonly name?: string;
  /** Members of the manifest that are different. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const label = (key: string) => `The ${key}`;
const field = (key: string, type: string, more: object = {}) => ({ key, type, label: label(key), ...more });

const MAIN = [
  field("token", "secret", { placeholder: "Paste it", validation: { required: true, min_length: 4 } }),
  field("city", "text", { default: "Oslo", validation: { pattern: "^[A-Z]", pattern_hint: "Begins with a capital" } }),
  field("days", "number", { validation: { min: 1, max: 14 } }),
  field("metric", "toggle", { default: true }),
];
const MORE = [
  field("unit", "select", {
    options: [
      { value: "c", label: "Celsius" },
      { value: "f", label: "Fahrenheit" },
    ],
  }),
  field("topics", "multiselect", {
    options: [
      { value: "rain", label: "Rain" },
      { value: "wind", label: "Wind" },
    ],
  }),
  field("hook", "readonly", { value_template: "{{plugin_url}}/hook?{{config.token}}{{config.city}}", copyable: true }),
  field("account", "status", {
    connected_when: "access",
    connect_action: { type: "oauth", url_route: "login?step=1" },
    disconnect_action: { clear_keys: ["access", "token"] },
  }),
];

function offeredManifest({ version = "1.0.0", requirements = ["network"], name, more = {} }: Offered = {}) {
  const parameters = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
  const tool = { id: "say", description: "Says it again.", parameters, requirements, permission_policy: "auto" };
  return {
    plugin_id: OFFERED_ID,
    version,
    name: name ?? "Offered weather",
    description: "Tells the weather.",
    authors: ["Ann Author"],
    secrets: [
      {
        id: "licence",
        label: "Licence key",
        required: false,
        description: "Printed on the box",
        url: "https://example.org/buy",
      },
    ],
    capabilities: {
      tools: [tool],
      routes: [{ id: "login", path: "/login", methods: ["GET"], auth: "owner" }],
      web: { static_dir: "web", entry: "index.html", mount: "/ui", auth: "owner" },
      config: {
        title: "Weather",
        sections: [
          { title: "Main", fields: MAIN },
          { title: "More", fields: MORE },
        ],
      },
    },
    ...more,
  };
}

const PAGE = "<!doctype html><title>Weather</title><p>sunny";

/** The bytes of a package; the library in it says what `sayOfItself` wrote last. */
export function offeredZip(offered: Offered = {}, page = PAGE, files: Readonly<Record<string, string>> = {}): Buffer {
  const library = process.platform === "darwin" ? "plugin.dylib" : "plugin.so";
  const all = {
    [library]: readFileSync(nativeFixture("manifest-from-file")),
    "manifest.json": JSON.stringify(offeredManifest(offered)),
    "README.md": "# Weather\n\nIt *tells* the weather.\n",
    "web/index.html": page,
    ...files,
  };
  return zipBytes(Object.entries(all).map(([name, data]) => ({ name, data })));
}

/** What the library says of itself when it is loaded from now on. */
export function sayOfItself(env: Readonly<Record<string, string | undefined>>, offered: Offered = {}): void {
  writeFileSync(join(env["TMPDIR"]!, "manifest.json"), JSON.stringify(offeredManifest(offered)));
}

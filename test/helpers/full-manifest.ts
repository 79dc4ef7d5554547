// A manifest with every member that the host reads, each a legal value, as a plugin would write it.

/** A new one for every test: they take things out and put others in. */
export function fullManifest() {
  return {
    plugin_id: "com.example.full",
    name: "Full",
    version: "1.2.3",
    description: "Has everything.",
    instructions: "Be brief.",
    license: "MIT",
    authors: ["A", "B"],
    min_macos: "15.0",
    min_osaurus: "0.5.0",
    secrets: [{ id: "api_key", label: "API key", required: true, description: "A key", url: "https://example.com" }],
    docs: {
      readme: "README.md",
      changelog: "CHANGELOG.md",
      links: [{ label: "Home", url: "https://example.com" }],
    },
    capabilities: {
      tools: [
        {
          id: "greet",
          description: "Greets.",
          parameters: { type: "object", properties: { name: { type: "string" } } },
          requirements: ["network", "calendar"],
          permission_policy: "ask",
        },
      ],
      routes: [
        {
          id: "items",
          path: "/api/items/:id",
          methods: ["GET", "POST"],
          description: "Items",
          auth: "owner",
          tunnel_exposed: false,
        },
      ],
      web: {
        static_dir: "web",
        entry: "index.html",
        mount: "/ui",
        auth: "owner",
        api_mount: "/api",
        tunnel_exposed: false,
      },
      config: {
        title: "Settings",
        sections: [
          {
            title: "Main",
            fields: [
              {
                key: "mode",
                type: "select",
                label: "Mode",
                placeholder: "Choose",
                default: "fast",
                options: [{ value: "fast", label: "Fast" }],
                validation: {
                  required: true,
                  min_length: 1,
                  max_length: 20,
                  pattern: "^[a-z]+$",
                  pattern_hint: "Lower case",
                  min: 0.5,
                  max: 10,
                },
                value_template: "{{plugin_url}}",
                copyable: true,
                connected_when: "token",
                connect_action: { type: "oauth", url_route: "login" },
                disconnect_action: { clear_keys: ["token"] },
              },
            ],
          },
        ],
      },
      artifact_handler: true,
    },
  };
}

export type Path = readonly (string | number)[];

/** The paths of all members and entries, those of the document itself and of a tool's schema left out. */
export function pathsOf(value: unknown, before: Path = []): Path[] {
  if (typeof value !== "object" || value === null || before.at(-1) === "parameters") return [];
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  return keys.flatMap((key) => {
    const path = [...before, key];
    return [path, ...pathsOf((value as Record<string | number, unknown>)[key], path)];
  });
}

/** Puts a value there, or with `undefined` takes out what is. Gives the document. */
export function withValue<T>(document: T, path: Path, value: unknown): T {
  // biome-ignore lint/suspicious/noExplicitAny: the path says what it is.
  let place: any = document;
  for (const step of path.slice(0, -1)) place = place[step];
  place[path.at(-1)!] = value;
  return document;
}

export function valueAt(document: unknown, path: Path): unknown {
  // biome-ignore lint/suspicious/noExplicitAny: the path says what it is.
  return path.reduce((value: any, step) => value[step], document);
}

/** As the messages write it: `capabilities.tools[0].id`. */
export function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .slice(1);
}

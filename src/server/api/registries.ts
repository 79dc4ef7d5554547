// /api/v1/registries: where plugins come from, and what there is.

import { isAbsolute } from "node:path";
import type { RegistryHost } from "../../host/registry-host.ts";
import { REGISTRIES_API } from "../../protocol/api/registries.ts";
import { REGISTRY_SEARCH_CHARS_MAX } from "../../protocol/limits.ts";
import { HttpError } from "../http-error.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

type Registry = Awaited<ReturnType<RegistryHost["remove"]>>;

export const REGISTRY_ROUTES: readonly ApiRoute[] = [
  apiRoute(REGISTRIES_API.list_registries, async ({ host }) => {
    const registries = await (await host.registries()).list();
    return {
      registries: registries.map(({ entries, broken, error, ...registry }) => ({
        ...plainRegistry(registry),
        entries: entries ?? null,
        broken,
        ...(error === undefined ? {} : error.toBody()),
      })),
    };
  }),
  apiRoute(REGISTRIES_API.add_registry, async ({ host, body: { location, name } }) => {
    if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(location) && !isAbsolute(location)) {
      throw new HttpError("request_invalid", "a registry has an address, or the whole path of a folder", {
        hint: 'such as "https://example.org/registry/" or "/home/me/registry"',
        param: "location",
      });
    }
    const { registry, added } = await (await host.registries()).add(location, name === "" ? undefined : name);
    return { ...plainRegistry(registry), added };
  }),
  apiRoute(REGISTRIES_API.remove_registry, async ({ host, params }) =>
    plainRegistry(await (await host.registries()).remove(params.name)),
  ),
  apiRoute(REGISTRIES_API.search_registries, async ({ host, query: { text = "" } }) => {
    if (text.length > REGISTRY_SEARCH_CHARS_MAX) {
      throw new HttpError("request_invalid", `text has ${REGISTRY_SEARCH_CHARS_MAX} characters at most`, {
        param: "text",
      });
    }
    const notes: string[] = [];
    const found = await (await host.registries((note) => void notes.push(note))).search(text);
    const plugins = found.map(({ pluginId, latest, runsHere, name, description, registry }) => ({
      plugin_id: pluginId,
      latest: latest ?? null,
      runs_here: runsHere,
      name: name ?? null,
      description: description ?? null,
      registry,
    }));
    return { plugins, notes };
  }),
];

function plainRegistry({ name, location, kind }: Registry): Registry {
  return { name, location, kind };
}

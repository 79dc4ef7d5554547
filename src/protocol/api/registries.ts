// /api/v1/registries: where plugins come from, and what there is.

import * as z from "zod/mini";
import { REGISTRY_LOCATION_CHARS_MAX, REGISTRY_NAME_CHARS_MAX, REGISTRY_SEARCH_CHARS_MAX } from "../limits.ts";
import { ErrorMembers } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const registry = {
  name: z.string(),
  location: z.string(),
  kind: z.enum(["folder", "url"]),
};
const Registry = z.object(registry);

/** Short remarks on what went on all the same. */
const notes = z.array(z.string());

export const REGISTRIES_API = {
  list_registries: endpoint({
    method: "GET",
    path: "/registries",
    name: "list_registries",
    summary: "lists the registries that plugins come from, in the order in which they are asked, and how each fares",
    answer: z.object({
      registries: z.array(
        z.object({
          ...registry,
          /** How many plugins it has; null when that could not be read. */
          entries: z.nullable(z.number()),
          /** How many of its entries break a rule. */
          broken: z.number(),
          error: z.optional(ErrorMembers),
        }),
      ),
    }),
    needsWholeKey: true,
  }),
  add_registry: endpoint({
    method: "POST",
    path: "/registries",
    name: "add_registry",
    summary: "adds a registry: an address, or the whole path of a folder on the host's machine",
    body: z.strictObject({
      location: z.string().check(z.trim(), z.minLength(1), z.maxLength(REGISTRY_LOCATION_CHARS_MAX)),
      name: z.optional(z.string().check(z.trim(), z.maxLength(REGISTRY_NAME_CHARS_MAX))),
    }),
    answer: z.object({ ...registry, added: z.boolean() }),
    status: 201,
    needsWholeKey: true,
  }),
  remove_registry: endpoint({
    method: "DELETE",
    path: "/registries/{name}",
    name: "remove_registry",
    summary: "forgets a registry; what was installed from it stays",
    params: { name: "the name of a registry" },
    answer: Registry,
    needsWholeKey: true,
  }),
  search_registries: endpoint({
    method: "GET",
    path: "/registries/search",
    name: "search_registries",
    summary: "lists the plugins of all registries whose id or name contains a text",
    query: {
      text: {
        about: "in whatever case; all plugins without it",
        schema: z.string().check(z.maxLength(REGISTRY_SEARCH_CHARS_MAX)),
      },
    },
    answer: z.object({
      plugins: z.array(
        z.object({
          plugin_id: z.string(),
          /** The newest version for the host's system, else the newest there is. */
          latest: z.nullable(z.string()),
          runs_here: z.boolean(),
          name: z.nullable(z.string()),
          description: z.nullable(z.string()),
          registry: z.string(),
        }),
      ),
      notes,
    }),
    needsWholeKey: true,
  }),
} as const;

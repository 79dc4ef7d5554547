// /api/v1/plugins: installing and upgrading native plugins, and consent to what they ask for. Nothing is installed before
// somebody has seen what it asks for: the first answer is a question, and the same request with the question's digest is
// the consent, to exactly what the question was about.

import * as z from "zod/mini";
import { INSTALL_SPEC_CHARS_MAX, PACKAGE_DIGEST_CHARS, PLUGIN_VERSION_CHARS_MAX } from "../limits.ts";
import { ErrorMembers, PluginDocument } from "./documents.ts";
import { endpoint } from "./endpoint.ts";

const PLUGIN_PARAM = { plugin: "a plugin's id" };

const consent = z.optional(z.string().check(z.length(PACKAGE_DIGEST_CHARS)));
const notes = z.array(z.string());

/** All texts are the package's own. */
const InstallQuestionDocument = z.object({
  plugin_id: z.string(),
  version: z.string(),
  name: z.optional(z.string()),
  authors: z.array(z.string()),
  description: z.optional(z.string()),
  /** Whether a signature vouches for it. */
  signed: z.boolean(),
  /** Null when the package does not say what it asks for: whatever it asks for is granted then. */
  requirements: z.nullable(
    z.array(
      z.object({
        id: z.string(),
        /** In plain words; null for names that are the plugin's own. */
        meaning: z.nullable(z.string()),
        /** The tools that need it. */
        tools: z.array(z.string()),
      }),
    ),
  ),
  /** What it asks for beyond what was consented to before; null for a first consent. */
  beyond: z.nullable(z.array(z.string())),
  /** Names the question and the package: sent back as `consent`. */
  digest: z.string(),
});

const AskedFirst = z.object({ state: z.literal("consent_required"), question: InstallQuestionDocument, notes });
const Done = z.object({
  state: z.literal("installed"),
  plugin_id: z.string(),
  version: z.string(),
  /** The version that was in use before. */
  previous: z.nullable(z.string()),
  /** How it fares now. */
  plugin: z.nullable(PluginDocument),
  notes,
});
const UpToDate = z.object({ state: z.literal("up_to_date"), notes });

export const PLUGIN_INSTALL_API = {
  list_outdated: endpoint({
    method: "GET",
    path: "/plugins/outdated",
    name: "list_outdated",
    summary: "lists installed plugins that a registry has a newer version of, and those that could not be looked up",
    answer: z.object({
      plugins: z.array(
        z.object({
          plugin_id: z.string(),
          installed: z.string(),
          available: z.nullable(z.string()),
          registry: z.nullable(z.string()),
          error: z.optional(ErrorMembers),
        }),
      ),
      notes,
    }),
    needsWholeKey: true,
  }),
  install_plugin: endpoint({
    method: "POST",
    path: "/plugins/install",
    name: "install_plugin",
    summary: "installs a native plugin, once somebody consented to what it asks for",
    body: z.strictObject({
      /** An id of a registry (with `@version`, if wanted), a URL, or the whole path of a zip or folder on the host's machine. */
      spec: z.string().check(z.trim(), z.minLength(1), z.maxLength(INSTALL_SPEC_CHARS_MAX)),
      version: z.optional(z.string().check(z.trim(), z.maxLength(PLUGIN_VERSION_CHARS_MAX))),
      allow_unsigned: z.optional(z.boolean()),
      /** The digest of the question that was answered with yes. */
      consent,
    }),
    answer: z.discriminatedUnion("state", [AskedFirst, Done]),
    needsWholeKey: true,
  }),
  upgrade_plugin: endpoint({
    method: "POST",
    path: "/plugins/{plugin}/upgrade",
    name: "upgrade_plugin",
    summary: "installs the newest version of a registry; asks when it wants more than was consented to",
    params: PLUGIN_PARAM,
    body: z.strictObject({ consent }),
    answer: z.discriminatedUnion("state", [AskedFirst, Done, UpToDate]),
    needsWholeKey: true,
  }),
  consent_to_plugin: endpoint({
    method: "POST",
    path: "/plugins/{plugin}/consent",
    name: "consent_to_plugin",
    summary: "consents to what an installed plugin asks for, which waits for that",
    params: PLUGIN_PARAM,
    body: z.strictObject({ consent }),
    answer: z.discriminatedUnion("state", [AskedFirst, Done]),
    needsWholeKey: true,
  }),
} as const;

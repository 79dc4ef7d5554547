// /api/v1/plugins: installing and upgrading native plugins, and consent to what they ask for. The first request is answered
// with the question; the consent is to the digest of that question, so that nothing else is installed than what was shown.

import type { InstallRequest } from "../../host/install-host.ts";
import { pluginDocument } from "../../host/plugin-document.ts";
import type { AnswerOf } from "../../protocol/api/client-types.ts";
import { PLUGIN_INSTALL_API } from "../../protocol/api/plugin-install.ts";
import { HostError } from "../../protocol/errors.ts";
import { requirementUses } from "../../protocol/requirement-meanings.ts";
import type { ServerHost } from "../server-host.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

type AskInstall = NonNullable<InstallRequest["ask"]>;
type InstallQuestion = Parameters<AskInstall>[0];
type AskedOrDone = AnswerOf<(typeof PLUGIN_INSTALL_API)["install_plugin"]>;

/** What became of an installation. */
interface Changed {
  readonly pluginId: string;
  readonly version: string;
  readonly previous: string | undefined;
}

export const PLUGIN_INSTALL_ROUTES: readonly ApiRoute[] = [
  apiRoute(PLUGIN_INSTALL_API.list_outdated, async ({ host }) => {
    const notes: string[] = [];
    const outdated = await (await host.registries((note) => void notes.push(note))).outdated();
    const plugins = outdated.map(({ pluginId, installed, available, registry, error }) => ({
      plugin_id: pluginId,
      installed,
      available: available ?? null,
      registry: registry ?? null,
      ...(error === undefined ? {} : error.toBody()),
    }));
    return { plugins, notes };
  }),
  apiRoute(PLUGIN_INSTALL_API.install_plugin, async ({ host, body }) => {
    const { spec, version, allow_unsigned: allowUnsigned, consent } = body;
    return await askedFirst(host, consent, async (ask, note) => {
      const how = { allowUnsigned, ask, note, asksDespiteRegistry: true, wholePathsOnly: true };
      return await (await host.installs()).install({ spec, version: version === "" ? undefined : version, ...how });
    });
  }),
  apiRoute(PLUGIN_INSTALL_API.upgrade_plugin, async ({ host, params, body }) => {
    const notes: string[] = [];
    const answer = await askedFirst(
      host,
      body.consent,
      async (ask, note) => {
        const registries = await host.registries(note);
        const [row] = await registries.upgrade(params.plugin, { ask, asksDespiteRegistry: true });
        if (row?.error !== undefined) throw row.error;
        if (row?.available === undefined) return undefined;
        return { pluginId: row.pluginId, version: row.available, previous: row.installed };
      },
      notes,
    );
    return answer ?? { state: "up_to_date" as const, notes };
  }),
  apiRoute(PLUGIN_INSTALL_API.consent_to_plugin, async ({ host, params, body }) =>
    askedFirst(host, body.consent, async (ask) => {
      const status = (await (await host.native()).look()).find(({ pluginId }) => pluginId === params.plugin);
      return await (await host.installs()).consent(params.plugin, ask, libraryAsksFor(status?.error));
    }),
  ),
];

/**
 * Does it with the consent that was given; where there is none, or it is to something else than what lies there by now,
 * nothing is done and the answer is the question.
 */
async function askedFirst<T extends Changed | undefined>(
  host: ServerHost,
  consent: string | undefined,
  work: (ask: AskInstall, note: (text: string) => void) => Promise<T>,
  notes: string[] = [],
): Promise<AskedOrDone | (T extends undefined ? undefined : never)> {
  let unanswered: InstallQuestion | undefined;
  const ask: AskInstall = async (question) => {
    if (question.digest === consent) return "prompt";
    unanswered = question;
    return undefined;
  };
  let changed: T;
  try {
    changed = await work(ask, (note) => void notes.push(note));
  } catch (error) {
    const isAsked = error instanceof HostError && error.code === "consent_required" && unanswered !== undefined;
    if (!isAsked) throw error;
    return { state: "consent_required", question: questionDocument(unanswered!), notes };
  }
  if (changed === undefined) return undefined as T extends undefined ? undefined : never;
  const { pluginId, version, previous = null } = changed;
  return { state: "installed", plugin_id: pluginId, version, previous, plugin: await statusNow(host, pluginId), notes };
}

/** Whatever is asked next meets the new version. */
async function statusNow(host: ServerHost, pluginId: string) {
  const native = await host.native();
  await native.catchUp();
  const status = (await native.look()).find((one) => one.pluginId === pluginId);
  return status === undefined ? null : pluginDocument(status);
}

/** What a plugin was refused for when it was loaded: its library asked for more than its package. */
function libraryAsksFor(error: HostError | undefined): string[] {
  const wanted = error?.code === "consent_required" ? error.details?.["requirements"] : undefined;
  return Array.isArray(wanted) ? wanted.filter((one) => typeof one === "string") : [];
}

function questionDocument(question: InstallQuestion) {
  const { pluginId, version, name, authors, description, tools, unsigned, beyond, digest } = question;
  const uses = tools && requirementUses(tools);
  return {
    plugin_id: pluginId,
    version,
    ...(name === undefined ? {} : { name }),
    authors: [...authors],
    ...(description === undefined ? {} : { description }),
    signed: !unsigned,
    requirements: uses?.map(({ id, meaning = null, tools: ids }) => ({ id, meaning, tools: [...ids] })) ?? null,
    beyond: beyond === undefined ? null : [...beyond],
    digest,
  };
}

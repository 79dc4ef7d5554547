// /api/v1/plugins/ID/settings: what people set for a plugin, for one agent.

import type { AddressInfo } from "node:net";
import type { SheetField } from "../../host/settings-sheet.ts";
import { PLUGIN_SETTINGS_API } from "../../protocol/api/plugin-settings.ts";
import type { ConfigField } from "../../protocol/manifest-config.ts";
import { agentOf } from "../authenticate.ts";
import { ownUrl } from "../own-url.ts";
import { type ApiRoute, apiRoute } from "./api-route.ts";

export const PLUGIN_SETTINGS_ROUTES: readonly ApiRoute[] = [
  apiRoute(PLUGIN_SETTINGS_API.show_plugin_settings, async (call) => {
    const { host, request, params, query, tunnel, publicUrl } = call;
    const agent = await agentOf(host, request, query.agent);
    const tunnelUrl = tunnel.urlOf(agent.id);
    const base = tunnelUrl ?? publicUrl ?? ownUrl(request.server.server.address() as AddressInfo);
    const pluginUrl = `${base}/plugins/${encodeURIComponent(params.plugin)}`;
    const settings = await host.settings();
    const { sheet, unknownBecause } = await settings.sheet(params.plugin, agent.id, { pluginUrl, tunnelUrl });
    return {
      plugin_id: params.plugin,
      agent_id: agent.id,
      title: sheet.title ?? null,
      sections: sheet.sections.map(({ title = null, kind, fields }) => ({
        title,
        kind,
        fields: fields.map(fieldDocument),
      })),
      ...(unknownBecause === undefined ? {} : unknownBecause.toBody()),
    };
  }),
  apiRoute(PLUGIN_SETTINGS_API.save_plugin_settings, async ({ host, request, params, body }) => {
    const agent = await agentOf(host, request, body.agent);
    const { keys, isTold } = await (await host.settings()).save(params.plugin, agent.id, body.values);
    return { plugin_id: params.plugin, agent_id: agent.id, keys: [...keys], told: isTold };
  }),
  apiRoute(PLUGIN_SETTINGS_API.remove_plugin_setting, async ({ host, request, params, query }) => {
    const agent = await agentOf(host, request, query.agent);
    const name = { pluginId: params.plugin, agentId: agent.id, key: params.key };
    const { wasSet, isTold } = await (await host.settings()).unset(name);
    return { plugin_id: params.plugin, agent_id: agent.id, keys: wasSet ? [params.key] : [], told: isTold };
  }),
];

function fieldDocument(one: SheetField) {
  const { key, type, label, required, isSet, isMissing, value, description, url, text, isConnected, field } = one;
  return {
    key,
    type,
    label,
    required,
    is_set: isSet,
    is_missing: isMissing,
    ...defined({ value, default: one.default, description, url, text, is_connected: isConnected }),
    ...(field === undefined ? {} : ofManifest(field)),
  };
}

function ofManifest({
  type,
  placeholder,
  options,
  validation,
  copyable,
  connect_action,
  disconnect_action,
}: ConfigField) {
  const { min_length, max_length, min, max, pattern_hint } = validation ?? {};
  const isStatus = type === "status";
  return defined({
    placeholder,
    options,
    validation: validation && defined({ min_length, max_length, min, max, pattern_hint }),
    copyable: type === "readonly" ? copyable : undefined,
    can_connect: isStatus && connect_action?.url_route !== undefined ? true : undefined,
    clear_keys: isStatus ? disconnect_action?.clear_keys : undefined,
  });
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> };

function defined<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}

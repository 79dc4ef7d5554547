// At which addresses a plugin answers, and who may call them.

import { Table, Text } from "@mantine/core";
import { LongText } from "../parts/long-text.tsx";
import { plainText } from "../parts/plain-text.ts";
import { RowsTable } from "../parts/rows-table.tsx";
import type { PluginDetails } from "./plugin-page.tsx";

const WHO: Readonly<Record<string, string>> = {
  none: "Anybody",
  verify: "Anybody; the plugin checks a signature",
  owner: "Whoever has a key of this host",
};

export function RoutesTab({ details: { plugin, routes, web } }: { readonly details: PluginDetails }) {
  const page =
    web === null ? [] : [{ id: "web", path: web.mount, methods: ["GET"], description: "Its web page", ...web }];
  return (
    <>
      <Text size="sm" mb="xs" className="plugin-text">
        {`Paths are below /plugins/${plainText(plugin.plugin_id)}.`}
      </Text>
      <RowsTable caption="Routes" columns={["Path", "Methods", "Who may call it", "In the tunnel"]}>
        {[...page, ...routes].map(({ id, path, methods, auth, description, tunnel_exposed }) => (
          <Table.Tr key={`${id}\n${path}`}>
            <Table.Td className="plugin-text">
              <Text size="sm" ff="monospace" className="plugin-text">
                {plainText(path)}
              </Text>
              {description !== null && <LongText text={description} />}
            </Table.Td>
            <Table.Td className="plugin-text">{plainText(methods.join(", "))}</Table.Td>
            <Table.Td>{WHO[auth] ?? auth}</Table.Td>
            <Table.Td>{tunnel_exposed ? "Yes" : "No"}</Table.Td>
          </Table.Tr>
        ))}
      </RowsTable>
    </>
  );
}

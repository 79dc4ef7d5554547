// What a plugin is, in its author's words, and where it came from, in ours.

import { Anchor, Divider, Group, List, Stack, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { requirementUses } from "../../../src/protocol/requirement-meanings.ts";
import { Markdown } from "../parts/markdown.tsx";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import { safeLink } from "../parts/safe-link.ts";
import { shortName } from "../parts/short-name.ts";
import { listedNames } from "./listed-names.ts";
import type { PluginDetails } from "./plugin-page.tsx";

export function OverviewTab({ details }: { readonly details: PluginDetails }) {
  const { readme, links } = details;
  return (
    <Stack gap="md">
      <Facts details={details} />
      <Requirements details={details} />
      {links.length > 0 && (
        <Group gap="md">
          {links.map(({ label, url }) => (
            <AuthorLink key={`${label}\n${url}`} label={label} url={url} />
          ))}
        </Group>
      )}
      {readme !== null && (
        <>
          <Divider />
          <Markdown text={readme.text} />
          {readme.is_cut && <Text size="sm">The README goes on; this is its beginning.</Text>}
        </>
      )}
    </Stack>
  );
}

function Facts({ details: { authors, license, receipt, plugin } }: { readonly details: PluginDetails }) {
  const rows: readonly (readonly [string, ReactNode])[] = [
    ...(authors.length > 0 ? [["Authors", shortName(authors.join(", "))] as const] : []),
    ...(license === null ? [] : [["License", shortName(license)] as const]),
    ...(receipt?.installed_at == null
      ? []
      : [["Installed", <Moment key="time" time={receipt.installed_at} />] as const]),
    ...(receipt === null ? [] : [["From", plainText(receipt.source)] as const]),
    ...(receipt === null ? [] : [["Signed", signedText(receipt)] as const]),
    ...(receipt?.dev === undefined ? [] : [["Built in", plainText(receipt.dev.project)] as const]),
    ...(plugin.abi === null ? [] : [["Plugin interface", `version ${plugin.abi}`] as const]),
  ];
  if (rows.length === 0) return null;
  return (
    <Table maw={760} layout="auto" aria-label="About this plugin">
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w={150}>
              {name}
            </Table.Th>
            <Table.Td className="plugin-text">{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function signedText({ signed_by }: NonNullable<PluginDetails["receipt"]>): string {
  return signed_by === null ? "No signature vouches for it" : `With key ${plainText(signed_by)}`;
}

function Requirements({ details: { requirements, tools } }: { readonly details: PluginDetails }) {
  if (requirements.length === 0) return null;
  return (
    <div>
      <Text fw={600}>It may</Text>
      <List size="sm">
        {requirementUses(tools).map(({ id, meaning, tools: users }) => (
          <List.Item key={id} className="plugin-text">
            {`${meaning ?? shortName(id)} (${listedNames(users)})`}
          </List.Item>
        ))}
      </List>
    </div>
  );
}

/** What it leads to is for its reader to see before. */
function AuthorLink({ label, url }: { readonly label: string; readonly url: string }) {
  const link = safeLink(url);
  if (link === undefined) return <Text className="plugin-text">{`${shortName(label)}: ${shortName(url)}`}</Text>;
  return (
    <Anchor
      href={link}
      title={link}
      target="_blank"
      rel="noopener noreferrer nofollow"
      underline="always"
      className="plugin-text"
    >
      {shortName(label)}
    </Anchor>
  );
}

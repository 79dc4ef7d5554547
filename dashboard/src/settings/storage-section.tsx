// Where things are kept, how large they are, how they are protected, and what the doctor says of them.

import { Button, List, Table, Text } from "@mantine/core";
import type { Answer } from "../api/ask.ts";
import { useAnswer } from "../api/use-answer.ts";
import { Answered } from "../parts/answered.tsx";
import { bytesText } from "../parts/bytes-text.ts";
import { Moment } from "../parts/moment.tsx";
import { plainText } from "../parts/plain-text.ts";
import { RowsTable } from "../parts/rows-table.tsx";
import { StatusBadge, type StatusTone } from "../parts/status-badge.tsx";
import { CopyText } from "./copy-text.tsx";
import { Section } from "./section.tsx";

type Storage = Answer<"GET /storage">;

export function StorageSection() {
  const answer = useAnswer("GET /storage", {});
  return (
    <Answered answer={answer}>
      {(storage) => (
        <>
          <Section title="Data folder">
            <CopyText text={storage.data_folder} what="the folder's path" />
            {storage.free_bytes !== null && (
              <Text size="sm">{`${bytesText(storage.free_bytes)} are free on its disk.`}</Text>
            )}
            <RowsTable caption="What is kept, and how large it is" columns={["What", "Size", "Where"]} minWidth={480}>
              {storage.parts.map(({ kind, name, path, bytes }) => (
                <Table.Tr key={path}>
                  <Table.Td className="plugin-text">{kind === "plugin" ? `Data of ${plainText(name)}` : name}</Table.Td>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>{bytesText(bytes)}</Table.Td>
                  <Table.Td className="plugin-text">{plainText(path)}</Table.Td>
                </Table.Tr>
              ))}
            </RowsTable>
          </Section>
          <Keys keys={storage.keys} />
          <Section
            title="Doctor"
            actions={
              <Button size="xs" variant="default" loading={answer.isFetching} onClick={() => void answer.refetch()}>
                Look again
              </Button>
            }
          >
            <Findings findings={storage.findings} />
          </Section>
        </>
      )}
    </Answered>
  );
}

const PROTECTION: Readonly<Record<Storage["keys"]["protected_by"], string>> = {
  keychain: "The operating system's keychain protects the keys of all that is encrypted.",
  key_file:
    "A key file in the data folder protects the keys of all that is encrypted: whoever can read it can read everything.",
  nothing: "Nothing is encrypted yet: keys are made with the first secret.",
  unknown: "What is written of the keys cannot be understood: the doctor below says why.",
};

function Keys({ keys }: { readonly keys: Storage["keys"] }) {
  return (
    <Section title="Keys and recovery">
      <List size="sm" spacing={4}>
        <List.Item>{PROTECTION[keys.protected_by]}</List.Item>
        {keys.made_at !== null && (
          <List.Item>
            They were made <Moment time={keys.made_at} />.
          </List.Item>
        )}
        {keys.made_at !== null && <List.Item>{recoveryText(keys.has_recovery_key)}</List.Item>}
        {keys.older > 0 && (
          <List.Item>{`${keys.older} older keys are kept besides: something is encrypted with them still.`}</List.Item>
        )}
      </List>
    </Section>
  );
}

function recoveryText(isThere: boolean): string {
  return isThere
    ? 'A recovery key was shown on the terminal when they were made, and is kept nowhere. Lost? "osaurus secrets rekey" makes a new one.'
    : 'There is no recovery key: "osaurus secrets rekey" makes one.';
}

const STATES: Readonly<Record<Storage["findings"][number]["status"], readonly [StatusTone, string]>> = {
  ok: ["good", "Good"],
  warn: ["waiting", "Look at it"],
  fail: ["bad", "Broken"],
};

function Findings({ findings }: { readonly findings: Storage["findings"] }) {
  return (
    <RowsTable caption="What the doctor found" columns={["State", "What", "Finding"]} minWidth={480}>
      {findings.map(({ code, status, label, detail, hint }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: several findings may have the same code
        <Table.Tr key={`${code} ${place}`}>
          <Table.Td>
            <StatusBadge tone={STATES[status][0]}>{STATES[status][1]}</StatusBadge>
          </Table.Td>
          <Table.Td>{label}</Table.Td>
          <Table.Td className="plugin-text">
            {plainText(detail)}
            {hint !== null && status !== "ok" && (
              <Text size="sm" className="plugin-text">
                {plainText(hint)}
              </Text>
            )}
          </Table.Td>
        </Table.Tr>
      ))}
    </RowsTable>
  );
}

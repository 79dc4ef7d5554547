// The question whether a plugin may be installed: who made it, who vouches for it, and what it asks for, in plain words. Every text
// in it but ours is the package's own.

import { Alert, Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { ShieldAlert, ShieldCheck, TriangleAlert } from "lucide-react";
import { plainText } from "../../parts/plain-text.ts";
import type { Installation, Question } from "./use-installation.ts";

const NAMES_SHOWN_MAX = 8;

export function ConsentDialog({ installation }: { readonly installation: Installation }) {
  const { step } = installation;
  const question = step.at === "question" || step.at === "asking" ? step.question : undefined;
  if (question === undefined) return null;
  const isWorking = step.at === "asking";
  const close = () => !isWorking && installation.cancel();
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={<strong className="plugin-text">Install {plainText(question.name ?? question.plugin_id)}?</strong>}
    >
      <Stack gap="md">
        {step.at === "question" && step.isAnother && (
          <Alert color="orange" variant="outline" icon={<TriangleAlert aria-hidden />} role="alert">
            The package changed since you agreed to it. Nothing was installed: please look again.
          </Alert>
        )}
        <About question={question} />
        <Signature isSigned={question.signed} />
        <AsksFor question={question} />
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={close} disabled={isWorking}>
            Cancel
          </Button>
          <Button onClick={installation.consent} loading={isWorking}>
            Install
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function About({ question: { plugin_id, version, authors, description } }: { readonly question: Question }) {
  return (
    <div>
      {description !== undefined && <Text className="plugin-text">{plainText(description)}</Text>}
      <Text size="sm" className="plugin-text">
        {plainText(plugin_id)}, version {plainText(version)}
        {authors.length > 0 && `, by ${listed(authors)}`}
      </Text>
    </div>
  );
}

function Signature({ isSigned }: { readonly isSigned: boolean }) {
  if (isSigned) {
    return (
      <Group gap="xs" wrap="nowrap">
        <ShieldCheck size={20} aria-hidden />
        <Text size="sm">Signed by its author, and the signature holds.</Text>
      </Group>
    );
  }
  return (
    <Alert color="orange" variant="outline" icon={<ShieldAlert aria-hidden />}>
      No signature vouches for this package. Install it only if you trust where it comes from.
    </Alert>
  );
}

function AsksFor({ question: { requirements, beyond } }: { readonly question: Question }) {
  return (
    <section aria-labelledby="asks-for">
      <Text id="asks-for" fw={600} mb={4}>
        {beyond === null ? "What it asks for" : "It asks for more than you agreed to before"}
      </Text>
      {beyond !== null && (
        <Text className="plugin-text" mb="xs">
          New: {listed(beyond)}
        </Text>
      )}
      <Requirements requirements={requirements} />
    </section>
  );
}

function Requirements({ requirements }: { readonly requirements: Question["requirements"] }) {
  if (requirements === null) {
    return <Text>The package does not say what it asks for. Whatever it asks for is granted.</Text>;
  }
  if (requirements.length === 0) {
    return <Text>Nothing in particular. Like every program, it may use files and the network.</Text>;
  }
  return (
    <List spacing="xs">
      {requirements.map(({ id, meaning, tools }) => (
        <List.Item key={id} className="plugin-text">
          {meaning === null ? `use "${plainText(id)}", a name of its own` : meaning}
          <Text size="sm" span>
            {` (${meaning === null ? "" : `${plainText(id)}, `}for ${listed(tools)})`}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}

function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN_MAX;
  const shown = names.slice(0, NAMES_SHOWN_MAX).map(plainText).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

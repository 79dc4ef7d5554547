// The question whether a plugin may be installed: who made it, who vouches for it, and what it asks for, in plain words. Every text
// in it but ours is the package's own.

import { Alert, Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { ShieldAlert, ShieldCheck, TriangleAlert } from "lucide-react";
import { ArmedButton } from "../../parts/armed-button.tsx";
import { plainText } from "../../parts/plain-text.ts";
import { shortName } from "../../parts/short-name.ts";
import { useReturnFocus } from "../../parts/use-return-focus.ts";
import { listedNames } from "../listed-names.ts";
import { type Installation, type Question, questionOf } from "./use-installation.ts";

export function ConsentDialog({ installation }: { readonly installation: Installation }) {
  const question = questionOf(installation.step);
  return question === undefined ? null : <Dialog installation={installation} question={question} />;
}

interface DialogProps {
  readonly installation: Installation;
  readonly question: Question;
}

function Dialog({ installation, question }: DialogProps) {
  useReturnFocus(installation.opener());
  const { step } = installation;
  const isWorking = step.at === "asking";
  const isInstalled = step.at !== "idle" && step.wanted.kind === "consent";
  const name = shortName(question.name ?? question.plugin_id);
  const close = () => !isWorking && installation.cancel();
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={
        <strong className="plugin-text">{isInstalled ? `Grant what ${name} asks for?` : `Install ${name}?`}</strong>
      }
    >
      <Stack gap="md">
        {step.at === "question" && step.isAnother && (
          <Alert color="orange" variant="outline" icon={<TriangleAlert aria-hidden />} role="alert">
            {`The package changed since you agreed to it. Nothing was ${isInstalled ? "granted" : "installed"}: please look again.`}
          </Alert>
        )}
        <About question={question} />
        <Signature isSigned={question.signed} isInstalled={isInstalled} />
        <AsksFor question={question} />
        <Group justify="flex-end">
          <Button variant="default" data-autofocus onClick={close} disabled={isWorking}>
            Cancel
          </Button>
          <ArmedButton key={question.digest} onClick={installation.consent} loading={isWorking}>
            {isInstalled ? "Grant" : "Install"}
          </ArmedButton>
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
        {authors.length > 0 && `, by ${listedNames(authors)}`}
      </Text>
    </div>
  );
}

function Signature({ isSigned, isInstalled }: { readonly isSigned: boolean; readonly isInstalled: boolean }) {
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
      No signature vouches for this package. {isInstalled ? "Grant it" : "Install it"} only if you trust where it comes
      from.
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
          New: {listedNames(beyond)}
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
            {` (${meaning === null ? "" : `${plainText(id)}, `}for ${listedNames(tools)})`}
          </Text>
        </List.Item>
      ))}
    </List>
  );
}

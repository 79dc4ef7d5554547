// What somebody sees who is not signed in: how to open the dashboard, and two fields for those who cannot open a link.

import { Alert, Anchor, Code, Container, Divider, Paper, Stack, Text } from "@mantine/core";
import { Info } from "lucide-react";
import { useState } from "react";
import type { ApiError } from "../api/api-error.ts";
import { PageTitle } from "../parts/page-title.tsx";
import { SecretForm } from "./secret-form.tsx";
import { codeOf, forgetCode, hadCode } from "./sign-in-link.ts";

/** @param error why nobody is signed in. */
export function SignIn({ error }: { readonly error: ApiError }) {
  const [isDeadLink] = useState(hadCode);
  const notice = noticeOf(error, isDeadLink);
  return (
    <Container component="main" size="xs" py="xl">
      <PageTitle title="Sign in" />
      <Stack>
        {notice !== undefined && (
          <Alert color="yellow" variant="light" role="status" icon={<Info aria-hidden />}>
            {notice}
          </Alert>
        )}
        <Text>On the computer where the host runs, open a terminal and type:</Text>
        <Code block>osaurus ui</Code>
        <Paper withBorder p="md">
          <SecretForm
            member="code"
            label="One-time code"
            description={
              <>
                <Code>osaurus ui --print</Code> prints a link. Paste it here: it is good once, for five minutes.
              </>
            }
            read={codeOf}
          />
          <Divider my="md" label="or" />
          <SecretForm
            member="key"
            label="Access key"
            description={
              <>
                For the whole host, as <Code>osaurus keys create</Code> makes it. It is not kept in this browser.
              </>
            }
            read={(text) => text.trim()}
          />
        </Paper>
        {isDeadLink && (
          <Anchor href="/" onClick={forgetCode}>
            Already signed in? Try again.
          </Anchor>
        )}
      </Stack>
    </Container>
  );
}

function noticeOf({ details }: ApiError, isDeadLink: boolean): string | undefined {
  if (isDeadLink) return "This link was used already, or is too old. A new one signs you in.";
  if (details["reason"] !== "session_ended") return undefined;
  return "Your session is over: the host was started anew, its access key was revoked, or its time was up. Sign in again.";
}

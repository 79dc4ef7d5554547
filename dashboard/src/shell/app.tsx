// Decides between the sign-in page and the places, and follows what changes on the host while somebody is signed in.

import { Center, Container, Loader } from "@mantine/core";
import { Suspense } from "react";
import { Navigate, Route, Routes } from "react-router";
import { useAnswer } from "../api/use-answer.ts";
import { useLiveAnswers } from "../api/use-live-answers.ts";
import { ConfirmPlace } from "../parts/confirm.tsx";
import { ErrorNotice } from "../parts/error-notice.tsx";
import { SignIn } from "../sign-in/sign-in.tsx";
import { Frame } from "./frame.tsx";
import { NotFound } from "./not-found.tsx";
import { PageBoundary, PageIsThere } from "./page-boundary.tsx";
import { PAGES } from "./places.ts";

export function App() {
  const session = useAnswer("GET /session", {});
  if (session.error?.code === "unauthorized") return <SignIn error={session.error} />;
  // A host that does not answer now may answer again: nothing that somebody typed is lost meanwhile.
  if (session.data !== undefined) return <SignedIn />;
  if (session.error === null) return <Waiting />;
  return (
    <Container component="main" size="xs" py="xl">
      <ErrorNotice error={session.error} retry={() => void session.refetch()} />
    </Container>
  );
}

function SignedIn() {
  useLiveAnswers();
  return (
    <Frame>
      <PageBoundary>
        <Suspense fallback={<Waiting />}>
          <Routes>
            <Route path="/" element={<Navigate to="/ui/plugins" replace />} />
            <Route path="/ui" element={<Navigate to="/ui/plugins" replace />} />
            {PAGES.map(({ path, Page }) => (
              <Route key={path} path={path} element={<Page />} />
            ))}
            <Route path="*" element={<NotFound />} />
          </Routes>
          <PageIsThere />
        </Suspense>
      </PageBoundary>
      <ConfirmPlace />
    </Frame>
  );
}

function Waiting() {
  return (
    <Center mih="50dvh">
      <Loader aria-label="Loading" />
    </Center>
  );
}

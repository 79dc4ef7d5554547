// What is left when the dashboard itself breaks.

import { Container } from "@mantine/core";
import { useRouteError } from "react-router";
import { BrokenNotice } from "../parts/boundary.tsx";
import { PageTitle } from "../parts/page-title.tsx";

export function BrokenApp() {
  const thrown = useRouteError();
  return (
    <Container component="main" size="xs" py="xl">
      <PageTitle title="Something broke" />
      <BrokenNotice thrown={thrown} />
    </Container>
  );
}

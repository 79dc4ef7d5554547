// Installing plugins: from registries, from a package, and newer versions of what is installed.

import { Anchor, Box, Group, Loader, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, useLocation, useNavigate, useSearchParams } from "react-router";
import { PageTitle } from "../../parts/page-title.tsx";
import { isAt } from "../is-at.ts";
import { pluginAddress } from "../plugin-list.tsx";
import { ConsentDialog } from "./consent-dialog.tsx";
import { InstallationNotice } from "./installation-notice.tsx";
import { NewerVersions } from "./newer-versions.tsx";
import { PackageForm } from "./package-form.tsx";
import { RegistryList } from "./registry-list.tsx";
import { RegistrySearch } from "./registry-search.tsx";
import { INSTALL_ADDRESS, reviewOf } from "./review-wish.ts";
import { type Installation, useInstallation, type Wanted } from "./use-installation.ts";

export default function InstallPlace() {
  const navigate = useNavigate();
  const installation = useInstallation(
    ({ plugin_id }) => void (isAt(INSTALL_ADDRESS) && navigate(pluginAddress(plugin_id))),
  );
  const [params] = useSearchParams();
  const spec = params.get("spec") ?? "";
  useReview(installation);
  return (
    <>
      <PageTitle title="Install a plugin">
        <Anchor component={Link} to="/ui/plugins">
          Back to the list
        </Anchor>
      </PageTitle>
      <Progress of="consent" installation={installation} />
      <ConsentDialog installation={installation} />
      <Section title="From a registry">
        <Progress of="registry" installation={installation} />
        <RegistrySearch installation={installation} />
      </Section>
      <Section title="From a package">
        <PackageForm installation={installation} spec={spec} />
        <Progress of="package" installation={installation} />
      </Section>
      <Section title="Newer versions">
        <Progress of="upgrade" installation={installation} />
        <NewerVersions installation={installation} />
      </Section>
      <Section title="Registries">
        <RegistryList />
      </Section>
    </>
  );
}

interface ProgressProps {
  readonly of: Wanted["kind"];
  readonly installation: Installation;
}

/** Beside what was used to start it. */
function Progress({ of, installation }: ProgressProps) {
  if (installation.kind !== of) return null;
  return (
    <Box mt="sm">
      {installation.step.at === "asking" && (
        <Group gap="xs" mb="md" role="status">
          <Loader size="sm" aria-hidden /> Looking at the package…
        </Group>
      )}
      <InstallationNotice installation={installation} />
    </Box>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  const id = title.toLowerCase().replaceAll(" ", "-");
  return (
    <section aria-labelledby={id}>
      <Title order={2} size="h4" id={id} mt="xl" mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}

/** Whoever comes from a plugin that waits for consent is asked at once, and once. */
function useReview({ start }: Installation): void {
  const navigate = useNavigate();
  const pluginId = reviewOf(useLocation().state);
  const isAsked = useRef(false);
  useEffect(() => {
    if (pluginId === undefined || isAsked.current) return;
    isAsked.current = true;
    void navigate(".", { replace: true, state: null });
    start({ kind: "consent", plugin: pluginId });
  }, [pluginId, navigate, start]);
}

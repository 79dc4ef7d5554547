// Installing plugins: from registries, from a package, and newer versions of what is installed.

import { Anchor, Group, Loader, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { useAnswer } from "../../api/use-answer.ts";
import { PageTitle } from "../../parts/page-title.tsx";
import { ConsentDialog } from "./consent-dialog.tsx";
import { InstallationNotice } from "./installation-notice.tsx";
import { NewerVersions } from "./newer-versions.tsx";
import { PackageForm } from "./package-form.tsx";
import { RegistryList } from "./registry-list.tsx";
import { RegistrySearch } from "./registry-search.tsx";
import { type Installation, useInstallation } from "./use-installation.ts";

export default function InstallPlace() {
  const navigate = useNavigate();
  const installation = useInstallation(
    ({ plugin_id }) => void navigate(`/ui/plugins/${encodeURIComponent(plugin_id)}`),
  );
  const [params] = useSearchParams();
  const spec = params.get("spec") ?? "";
  useReview(spec, installation);
  return (
    <>
      <PageTitle title="Install a plugin">
        <Anchor component={Link} to="/ui/plugins">
          All plugins
        </Anchor>
      </PageTitle>
      {installation.step.at === "asking" && (
        <Group gap="xs" mb="md" role="status">
          <Loader size="sm" aria-hidden /> Looking at the package…
        </Group>
      )}
      <InstallationNotice installation={installation} />
      <ConsentDialog installation={installation} />
      <Section title="From a registry">
        <RegistrySearch installation={installation} />
      </Section>
      <Section title="From a package">
        <PackageForm installation={installation} spec={spec} />
      </Section>
      <Section title="Newer versions">
        <NewerVersions installation={installation} />
      </Section>
      <Section title="Registries">
        <RegistryList />
      </Section>
    </>
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

/** Whoever comes from a plugin that waits for consent is asked at once; else the word stands in the form. */
function useReview(spec: string, { start }: Installation): void {
  const isReviewed = useRef(false);
  const { data } = useAnswer("GET /plugins", {}, { isOff: spec === "" });
  useEffect(() => {
    const plugin = data?.plugins.find(({ plugin_id }) => plugin_id === spec);
    const isWaiting = plugin?.state === "consent_required" || plugin?.error?.code === "consent_required";
    if (!isWaiting || isReviewed.current) return;
    isReviewed.current = true;
    start({ kind: "consent", plugin: spec });
  }, [data, spec, start]);
}

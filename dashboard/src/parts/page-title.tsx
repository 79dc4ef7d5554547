// The heading of a page, which is its title in the browser's tab too. Each page has exactly one.

import { Group, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** @param children what stands at the right of it: buttons. */
export function PageTitle({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <Group justify="space-between" mb="md" wrap="wrap">
      <title>{`${title} · Osprey`}</title>
      <Title order={1} size="h2" className="plugin-text">
        {title}
      </Title>
      {children === undefined ? null : <Group gap="xs">{children}</Group>}
    </Group>
  );
}

// The heading of a page, which is its title in the browser's tab too. Each page has exactly one.

import { Group, Title } from "@mantine/core";
import type { ReactNode } from "react";

interface PageTitleProps {
  readonly title: string;
  /** The tab's title is given by what the page shows below. */
  readonly hasTabBelow?: boolean;
  /** What stands at the right of it: buttons. */
  readonly children?: ReactNode;
}

export function PageTitle({ title, hasTabBelow = false, children }: PageTitleProps) {
  return (
    <Group justify="space-between" mb="md" wrap="wrap">
      {!hasTabBelow && <title>{`${title} · Osprey`}</title>}
      <Title order={1} size="h2" className="plugin-text" lineClamp={2} title={title}>
        {title}
      </Title>
      {children === undefined ? null : <Group gap="xs">{children}</Group>}
    </Group>
  );
}

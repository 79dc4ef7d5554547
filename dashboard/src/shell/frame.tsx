// What stands around every place: the navigation, what waits for an answer, the colours, signing out.

import { ActionIcon, AppShell, Burger, Button, Group, NavLink, Text, useMantineColorScheme } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { LogOut, Moon, Sun } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "react-router";
import { toApiError } from "../api/api-error.ts";
import { signOut } from "../api/query-client.ts";
import { ApprovalsTray } from "../approvals/approvals-tray.tsx";
import { Boundary } from "../parts/boundary.tsx";
import { tellFailure } from "../parts/tell.ts";
import { ConnectionState } from "./connection-state.tsx";
import classes from "./frame.module.css";
import { PLACES } from "./places.ts";
import { SkipLink } from "./skip-link.tsx";

export function Frame({ children }: { readonly children: ReactNode }) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever goes somewhere has used the navigation
  useEffect(close, [pathname, close]);
  const burger = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const onKey = ({ key, defaultPrevented }: KeyboardEvent) => {
      if (key !== "Escape" || defaultPrevented) return;
      close();
      burger.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [isOpen, close]);
  return (
    <AppShell
      padding="md"
      header={{ height: 52 }}
      navbar={{ width: 190, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
    >
      <AppShell.Header>
        <SkipLink />
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              ref={burger}
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label="Navigation"
              aria-expanded={isOpen}
              aria-controls="places"
            />
            <Text fw={700}>Osprey</Text>
            <ConnectionState />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Boundary fallback={<BrokenTray />}>
              <ApprovalsTray />
            </Boundary>
            <ColorSwitch />
            <ActionIcon variant="subtle" color="gray" aria-label="Sign out" onClick={() => void leave()}>
              <LogOut size={18} aria-hidden />
            </ActionIcon>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" id="places" aria-label="Places" className={isOpen ? "" : (classes["closed"] ?? "")}>
        {PLACES.map(({ name, path, icon: Icon }) => (
          <NavLink
            key={path}
            component={Link}
            to={path}
            onClick={close}
            label={name}
            active={pathname === path || pathname.startsWith(`${path}/`)}
            aria-current={pathname === path ? "page" : pathname.startsWith(`${path}/`) ? "true" : undefined}
            leftSection={<Icon size={18} aria-hidden />}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

/** What waits is at the pages of chats and tasks as well. */
function BrokenTray() {
  return (
    <Button size="compact-sm" variant="default" onClick={() => location.reload()}>
      Load the page again
    </Button>
  );
}

async function leave(): Promise<void> {
  await signOut().catch((thrown: unknown) => {
    const { message, hint, code } = toApiError(thrown, "signing out failed");
    tellFailure({ message: `You are still signed in: ${message}`, hint, code });
  });
}

function ColorSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const isDark =
    colorScheme === "dark" || (colorScheme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={isDark ? "Light colours" : "Dark colours"}
      onClick={() => setColorScheme(isDark ? "light" : "dark")}
    >
      {isDark ? <Sun size={18} aria-hidden /> : <Moon size={18} aria-hidden />}
    </ActionIcon>
  );
}

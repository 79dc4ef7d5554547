// The places of the dashboard: what the navigation shows and which page belongs to which address. A page is loaded when somebody
// goes there.

import { Boxes, ListChecks, type LucideIcon, MessagesSquare, ScanSearch, Settings } from "lucide-react";
import { lazy } from "react";

interface Place {
  readonly name: string;
  readonly path: string;
  readonly icon: LucideIcon;
}

export const PLACES: readonly Place[] = [
  { name: "Plugins", path: "/ui/plugins", icon: Boxes },
  { name: "Chat", path: "/ui/chat", icon: MessagesSquare },
  { name: "Tasks", path: "/ui/tasks", icon: ListChecks },
  { name: "Insights", path: "/ui/insights", icon: ScanSearch },
  { name: "Settings", path: "/ui/settings", icon: Settings },
];

/** Below an address of the navigation, a page has its own addresses. */
export const PAGES = [
  { path: "/ui/plugins/*", Page: lazy(() => import("../plugins/plugins-place.tsx")) },
  { path: "/ui/chat/*", Page: lazy(() => import("../chat/chat-place.tsx")) },
  { path: "/ui/tasks/*", Page: lazy(() => import("../tasks/tasks-place.tsx")) },
  { path: "/ui/insights/*", Page: lazy(() => import("../insights/insights-place.tsx")) },
  { path: "/ui/settings/*", Page: lazy(() => import("../settings/settings-place.tsx")) },
] as const;

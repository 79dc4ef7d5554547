// A page that breaks takes nothing else with it: the navigation stays, and going elsewhere tries again.

import { type ReactNode, useEffect } from "react";
import { useLocation } from "react-router";
import { Boundary } from "../parts/boundary.tsx";
import { pageIsThere, reloadOnce } from "../parts/not-loaded.ts";

export function PageBoundary({ children }: { readonly children: ReactNode }) {
  const { pathname } = useLocation();
  return (
    <Boundary
      key={pathname.split("/", 3).join("/")}
      onBroken={(_, isNotLoaded) => {
        if (isNotLoaded) void reloadOnce();
      }}
    >
      {children}
    </Boundary>
  );
}

/** Stands beside what is loaded, and is drawn when all of it is there. */
export function PageIsThere() {
  useEffect(pageIsThere, []);
  return null;
}

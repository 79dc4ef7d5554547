// Asks before somebody leaves what is not saved: for another page of the dashboard, or altogether.

import { useEffect } from "react";
import { useBlocker } from "react-router";
import { useConfirm } from "./confirm.tsx";

export function useLeaveGuard(isUnsaved: boolean): void {
  const confirm = useConfirm();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) => isUnsaved && currentLocation.pathname !== nextLocation.pathname,
  );
  useEffect(() => {
    if (blocker.state !== "blocked") return;
    void confirm({ title: "Leave without saving?", text: "What you changed here is not saved.", action: "Leave" }).then(
      (yes) => (yes ? blocker.proceed() : blocker.reset()),
    );
  }, [blocker, confirm]);
  useEffect(() => {
    if (!isUnsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isUnsaved]);
}

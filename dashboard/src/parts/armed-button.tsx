// A button that does something only after it was seen for a moment: for consent, where a click that was meant for something else
// would give something away. It keeps the focus meanwhile.

import { Button, type ButtonProps } from "@mantine/core";
import type { ReactNode } from "react";
import { useArmed } from "./use-armed.ts";

interface ArmedButtonProps extends ButtonProps {
  readonly children: ReactNode;
  /** Without it, `type="submit"` sends its form. */
  readonly onClick?: () => void;
  readonly type?: "button" | "submit";
  /** It was clicked, and what follows is not done yet: it does nothing, and keeps the focus. */
  readonly isBusy?: boolean;
  /** See `useArmed`. */
  readonly mayMove?: boolean;
}

export function ArmedButton(props: ArmedButtonProps) {
  const { children, onClick, type = "button", disabled = false, isBusy = false, mayMove = false, ...look } = props;
  const { ref, isArmed, mayClick } = useArmed({ mayMove });
  const isWaiting = (!isArmed || isBusy) && !disabled;
  return (
    <Button
      {...look}
      ref={ref}
      type={type}
      disabled={disabled}
      {...(isWaiting && { "aria-disabled": true, "data-disabled": true })}
      onClick={(event) => {
        if (mayClick() && !isBusy) onClick?.();
        else event.preventDefault();
      }}
    >
      {children}
    </Button>
  );
}

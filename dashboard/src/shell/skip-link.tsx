// The first thing that the keyboard reaches: straight to the page, past the navigation.

import { Anchor } from "@mantine/core";
import classes from "./skip-link.module.css";

export function SkipLink() {
  return (
    <Anchor href="#content" className={classes["link"] ?? ""}>
      Skip to the page
    </Anchor>
  );
}

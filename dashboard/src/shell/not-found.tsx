import { Anchor, Text } from "@mantine/core";
import { Link } from "react-router";
import { PageTitle } from "../parts/page-title.tsx";

export function NotFound() {
  return (
    <>
      <PageTitle title="Nothing here" />
      <Text>
        There is no page at this address.{" "}
        <Anchor component={Link} to="/ui/plugins">
          Plugins
        </Anchor>{" "}
        is a place to begin.
      </Text>
    </>
  );
}

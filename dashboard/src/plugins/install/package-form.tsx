// Installs a package that somebody names.

import { Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { INSTALL_SPEC_CHARS_MAX } from "../../../../src/protocol/limits.ts";
import { ArmedButton } from "../../parts/armed-button.tsx";
import type { Installation } from "./use-installation.ts";

export function PackageForm({ installation, spec }: { readonly installation: Installation; readonly spec: string }) {
  const [text, setText] = useState(spec);
  const wanted = text.trim();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (wanted !== "") installation.start({ kind: "package", spec: wanted });
      }}
    >
      <Group align="flex-end" gap="sm">
        <TextInput
          label="Package or folder"
          description="An id with or without @version, a web address, or the whole path of a zip or folder on the host's computer"
          placeholder="com.example.weather@1.2.0"
          maxLength={INSTALL_SPEC_CHARS_MAX}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          spellCheck={false}
          autoCapitalize="off"
          style={{ flex: "1 1 260px" }}
          maw={640}
        />
        {/* What stands in the field may have come with the address. */}
        <ArmedButton type="submit" disabled={wanted === "" || installation.step.at === "asking"}>
          Install
        </ArmedButton>
      </Group>
    </form>
  );
}

// Opens a plugin's page: in a tab, or here in a frame. Either way it has a name of its own, and reaches nothing of the dashboard.

import { Button, Modal } from "@mantine/core";
import { ExternalLink, PanelTop } from "lucide-react";
import { useState } from "react";
import { toApiError } from "../api/api-error.ts";
import { plainText } from "../parts/plain-text.ts";
import { tellFailure } from "../parts/tell.ts";
import { useReturnFocus } from "../parts/use-return-focus.ts";
import { AgentSelect } from "./agent-select.tsx";
import { pageLink, useOpenTab } from "./use-open-tab.ts";
import classes from "./web-app.module.css";

/** It may run its program, and neither leads the dashboard elsewhere nor reads anything of it. */
const ALLOWED = "allow-scripts allow-forms allow-same-origin allow-popups allow-downloads allow-modals";

interface Shown {
  readonly link: string;
  /** What was clicked: while the link is asked for, it has no focus. */
  readonly opener: Element | null;
}

export function WebApp({ pluginId }: { readonly pluginId: string }) {
  const [agent, setAgent] = useState("");
  const [shown, setShown] = useState<Shown>();
  const [isLoading, setLoading] = useState(false);
  const tab = useOpenTab(pluginId);
  const show = async () => {
    const opener = document.activeElement;
    setLoading(true);
    try {
      const link = await pageLink(pluginId, { agent, frame: true });
      setShown({ link, opener });
    } catch (thrown) {
      tellFailure(toApiError(thrown, "the page was not opened"));
    } finally {
      setLoading(false);
    }
  };
  return (
    <>
      <AgentSelect label="Open it for the agent" value={agent} onChange={setAgent} />
      <Button
        leftSection={<ExternalLink size={16} aria-hidden />}
        loading={tab.isOpening}
        onClick={() => tab.open({ agent })}
      >
        Open Web App
      </Button>
      <Button
        variant="default"
        leftSection={<PanelTop size={16} aria-hidden />}
        loading={isLoading}
        onClick={() => void show()}
      >
        Show here
      </Button>
      {shown !== undefined && <WebAppFrame pluginId={pluginId} {...shown} onClose={() => setShown(undefined)} />}
    </>
  );
}

interface WebAppFrameProps extends Shown {
  readonly pluginId: string;
  onClose(): void;
}

function WebAppFrame({ pluginId, link, opener, onClose }: WebAppFrameProps) {
  useReturnFocus(opener);
  const title = `Web app of ${plainText(pluginId)}`;
  return (
    <Modal
      opened
      onClose={onClose}
      size="min(1400px, 95vw)"
      centered
      title={<span className="plugin-text">{title}</span>}
      styles={{ body: { padding: 0 } }}
    >
      <iframe src={link} title={title} sandbox={ALLOWED} referrerPolicy="no-referrer" className={classes["frame"]} />
    </Modal>
  );
}

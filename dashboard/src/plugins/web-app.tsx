// Opens a plugin's page: in a tab, or here in a frame. Either way it has a name of its own, and reaches nothing of the dashboard.

import { Button, Modal } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { ExternalLink, PanelTop } from "lucide-react";
import { useState } from "react";
import { toApiError } from "../api/api-error.ts";
import { plainText } from "../parts/plain-text.ts";
import { AgentSelect } from "./agent-select.tsx";
import { pageLink, useOpenTab } from "./use-open-tab.ts";
import classes from "./web-app.module.css";

/** It may run its program, and neither leads the dashboard elsewhere nor reads anything of it. */
const ALLOWED = "allow-scripts allow-forms allow-same-origin allow-popups allow-downloads allow-modals";

export function WebApp({ pluginId }: { readonly pluginId: string }) {
  const [agent, setAgent] = useState("");
  const [link, setLink] = useState<string>();
  const [isLoading, setLoading] = useState(false);
  const tab = useOpenTab(pluginId);
  const show = async () => {
    setLoading(true);
    try {
      setLink(await pageLink(pluginId, { agent, frame: true }));
    } catch (thrown) {
      const { message, hint } = toApiError(thrown, "the page was not opened");
      notifications.show({ color: "red", title: message, message: hint ?? "", autoClose: 10_000 });
    } finally {
      setLoading(false);
    }
  };
  return (
    <>
      <AgentSelect value={agent} onChange={setAgent} />
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
      {link !== undefined && <WebAppFrame pluginId={pluginId} link={link} onClose={() => setLink(undefined)} />}
    </>
  );
}

interface WebAppFrameProps {
  readonly pluginId: string;
  readonly link: string;
  onClose(): void;
}

function WebAppFrame({ pluginId, link, onClose }: WebAppFrameProps) {
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

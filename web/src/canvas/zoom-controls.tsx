import { type FitViewOptions, useReactFlow, useViewport } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { t } from "~/i18n/t.ts";
import { IconButton } from "~/ui/button.tsx";
import { useShortcut } from "~/ui/shortcuts.ts";

export function ZoomControls({ fit, onFit }: { fit: FitViewOptions; onFit: () => void }) {
  const flow = useReactFlow();
  const { zoom } = useViewport();
  const fitAll = () => {
    onFit();
    void flow.fitView({ ...fit, duration: 180 });
  };
  useShortcut("1", fitAll);
  useShortcut("0", () => void flow.zoomTo(1, { duration: 180 }));
  return (
    <div className="float">
      <IconButton small label={t("canvas.zoomOut")} onClick={() => void flow.zoomOut({ duration: 120 })}>
        <Minus size={14} />
      </IconButton>
      <span className="zoom-level num">{Math.round(zoom * 100)}%</span>
      <IconButton small label={t("canvas.zoomIn")} onClick={() => void flow.zoomIn({ duration: 120 })}>
        <Plus size={14} />
      </IconButton>
      <IconButton small label={t("canvas.fit")} onClick={fitAll}>
        <Maximize size={14} />
      </IconButton>
    </div>
  );
}

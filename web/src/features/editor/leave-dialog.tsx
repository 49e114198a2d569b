import { t } from "~/i18n/t.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";

export function LeaveDialog({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  return (
    <Dialog
      open
      onClose={onStay}
      title={t("leave.title")}
      text={t("leave.text")}
      foot={
        <>
          <Button look="danger" onClick={onLeave}>
            {t("leave.discard")}
          </Button>
          <Button look="primary" onClick={onStay}>
            {t("leave.stay")}
          </Button>
        </>
      }
    />
  );
}

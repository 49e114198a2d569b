import { LoaderCircle } from "lucide-react";
import { t } from "~/i18n/t.ts";
import "./panel.css";

export function Loading() {
  return (
    <div className="loading" role="status">
      <LoaderCircle size={16} className="spin" aria-hidden="true" />
      {t("common.loading")}
    </div>
  );
}

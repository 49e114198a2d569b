import { CircleCheck, ListChecks, Pencil } from "lucide-react";
import { t } from "~/i18n/t.ts";
import type { Located } from "~/lib/json/locate.ts";
import { Button } from "~/ui/button.tsx";
import type { DefinitionSaving } from "./use-definition-saving.ts";

export function JsonBar({ json, dirty, saving }: { json: Located; dirty: boolean; saving: DefinitionSaving }) {
  const blocked = !json.ok || saving.pending;
  return (
    <div className="json-bar" role="toolbar" aria-label={t("json.toolbar")}>
      <span className={`row ${dirty ? "tone-wait" : "muted"}`} role="status">
        {dirty ? <Pencil size={14} aria-hidden="true" /> : <CircleCheck size={14} aria-hidden="true" />}
        {t(dirty ? "json.unsaved" : "json.saved")}
      </span>
      <span className="grow" />
      <Button disabled={blocked} onClick={() => json.ok && saving.validate(json.value)}>
        <ListChecks size={14} aria-hidden="true" />
        {t("json.validate")}
      </Button>
      <Button
        disabled={blocked || !dirty}
        onClick={() => json.ok && saving.save(json.value, false)}
        title={t("json.saveHint")}
      >
        {t("json.saveDraft")}
      </Button>
      <Button look="primary" disabled={blocked || !dirty} onClick={() => json.ok && saving.save(json.value, true)}>
        {t("json.savePublish")}
      </Button>
    </div>
  );
}

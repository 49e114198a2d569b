import { Suspense, useId, useState } from "react";
import { ApiProblem } from "~/api/problem.ts";
import { problemText } from "~/api/problem-text.ts";
import { useDecide } from "~/api/queries/approvals.ts";
import type { Approval, Decision } from "~/api/types.ts";
import { mistakeText } from "~/i18n/mistake-text.ts";
import { t } from "~/i18n/t.ts";
import { locateJson } from "~/lib/json/locate.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { LazyJsonEditor } from "~/ui/json-editor/lazy.ts";
import { Loading } from "~/ui/loading.tsx";
import { Notice } from "~/ui/notice.tsx";
import { FilterSelect } from "~/ui/select.tsx";
import { toast } from "~/ui/toast.tsx";
import { type FormField, formData, formFields } from "./form-fields.ts";

/** Asks for what the form of an approval wants, and for a word about it. */
export function DecisionDialog({
  approval,
  decision,
  onClose,
}: {
  approval: Approval;
  decision: Decision;
  onClose: () => void;
}) {
  const decide = useDecide();
  const form = useId();
  const [comment, setComment] = useState("");
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [json, setJson] = useState("{}");
  const asksForData = decision === "approved" && approval.form !== null;
  const fields = asksForData ? formFields(approval.form) : [];
  const written = locateJson(json);
  const submit = () => {
    const data = !asksForData ? undefined : fields ? formData(fields, typed) : written.ok ? written.value : undefined;
    decide.mutate(
      { id: approval.id, body: { decision, comment: comment.trim() || null, ...(data === undefined ? {} : { data }) } },
      {
        onSuccess: () => {
          toast({ tone: "ok", title: t(`approvals.${decision}`), text: approval.title });
          onClose();
        },
      },
    );
  };
  const isUnreadable = asksForData && fields === null && !written.ok;
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(decision === "approved" ? "approvals.approveTitle" : "approvals.rejectTitle")}
      text={approval.title}
      foot={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button
            type="submit"
            form={form}
            look={decision === "approved" ? "primary" : "danger"}
            disabled={decide.isPending || isUnreadable}
          >
            {t(decision === "approved" ? "approvals.approve" : "approvals.reject")}
          </Button>
        </>
      }
    >
      <form
        id={form}
        className="decision-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        {fields?.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={typed[field.name] ?? ""}
            problem={problemOf(decide.error, field.name)}
            onChange={(value) => setTyped((before) => ({ ...before, [field.name]: value }))}
          />
        ))}
        <TextField
          label={t("approvals.comment")}
          value={comment}
          onChange={(event) => setComment(event.target.value)}
          maxLength={2000}
        />
      </form>
      {asksForData && fields === null && (
        <div className="field">
          <span className="field-label">{t("approvals.data")}</span>
          <div className="boxed" style={{ height: 200 }}>
            <Suspense fallback={<Loading />}>
              <LazyJsonEditor label={t("approvals.data")} initialText="{}" onChange={setJson} />
            </Suspense>
          </div>
          {!written.ok && <span className="field-problem">{mistakeText(written)}</span>}
        </div>
      )}
      {decide.error && <Notice tone="bad" {...problemText(decide.error)} />}
    </Dialog>
  );
}

function Field({
  field,
  value,
  problem,
  onChange,
}: {
  field: FormField;
  value: string;
  problem: string | null;
  onChange: (value: string) => void;
}) {
  const label = field.required ? t("approvals.required", { name: field.label }) : field.label;
  if (field.kind === "choice" || field.kind === "boolean") {
    const options =
      field.kind === "boolean"
        ? [
            { value: "", label: t("approvals.no") },
            { value: "true", label: t("approvals.yes") },
          ]
        : [{ value: "", label: "–" }, ...field.choices.map((choice) => ({ value: choice, label: choice }))];
    return <FilterSelect label={label} value={value} onChange={onChange} options={options} />;
  }
  return (
    <TextField
      label={label}
      value={value}
      problem={problem}
      placeholder={field.hint ?? undefined}
      inputMode={field.kind === "number" ? "decimal" : undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** What the server said about one field of the data. */
function problemOf(error: Error | null, name: string): string | null {
  if (!(error instanceof ApiProblem)) return null;
  const item = error.errors.find(({ pointer }) => pointer === `/data/${name}`);
  return item ? item.detail : null;
}

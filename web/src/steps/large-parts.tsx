import { useQuery } from "@tanstack/react-query";
import { Download, Eye, FileBox } from "lucide-react";
import { useState } from "react";
import { problemText } from "~/api/problem-text.ts";
import { objectStartQuery } from "~/api/queries/objects.ts";
import type { LargePart } from "~/api/types.ts";
import { t } from "~/i18n/t.ts";
import { bytes } from "~/lib/bytes.ts";
import { Button, buttonClass } from "~/ui/button.tsx";
import { Loading } from "~/ui/loading.tsx";
import { Notice } from "~/ui/notice.tsx";
import { ValueView } from "~/ui/value-view/value-view.tsx";
import "./large-parts.css";

/** Parts of a value that are too large to be shown with it: what they are, their beginning, and where to get them. */
export function LargeParts({ parts, title }: { parts: readonly LargePart[]; title?: string }) {
  return (
    <section className="large-parts" aria-label={title ?? t("large.kept")}>
      {title && <header className="value-view-head">{title}</header>}
      <p className="muted">{t("large.kept")}</p>
      <ul>
        {parts.map((part) => (
          <Part key={part.path} part={part} />
        ))}
      </ul>
    </section>
  );
}

function Part({ part }: { part: LargePart }) {
  const [isOpen, setOpen] = useState(false);
  const name = part.path === "" ? t("large.whole") : part.path;
  return (
    <li className="large-part">
      <div className="large-part-head">
        <FileBox size={16} aria-hidden="true" />
        <div className="grow">
          <div className={part.path === "" ? "truncate" : "truncate mono"}>{name}</div>
          <div className="muted num">{facts(part)}</div>
        </div>
        <Button
          small
          aria-expanded={isOpen}
          aria-label={t("large.previewPart", { name })}
          title={t("large.preview")}
          onClick={() => setOpen(!isOpen)}
        >
          <Eye size={14} aria-hidden="true" />
        </Button>
        <a
          href={part.url}
          download
          className={buttonClass({ small: true })}
          aria-label={t("large.downloadPart", { name })}
        >
          <Download size={14} aria-hidden="true" />
          {t("large.download")}
        </a>
      </div>
      {isOpen && <Beginning part={part} />}
    </li>
  );
}

const kinds = { text: "large.text", array: "large.array", json: "large.json" } as const;

function facts({ kind, items, bytes: size }: LargePart): string {
  const word = t(kinds[kind as keyof typeof kinds] ?? kinds.json);
  const count = typeof items !== "number" ? null : t("data.items", { count: items });
  return [word, count, bytes(size)].filter((fact) => fact !== null).join(", ");
}

function Beginning({ part }: { part: LargePart }) {
  const start = useQuery(objectStartQuery(part));
  if (start.error) return <Notice tone="bad" {...problemText(start.error)} />;
  if (!start.data) return <Loading />;
  const { rows, text } = start.data;
  return rows ? (
    <ValueView title={t("large.firstItems", { count: rows.length })} value={rows} />
  ) : (
    <pre className="data-box data-text large-text">{text}</pre>
  );
}

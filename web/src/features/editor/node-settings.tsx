import type { NodeType } from "~/api/types.ts";
import type { GraphNode, Port } from "~/graph/document.ts";
import { t } from "~/i18n/t.ts";
import { ValueView } from "~/ui/value-view/value-view.tsx";

/** The settings of a node, named and explained as the schema of its type does. */
export function NodeSettings({ node, type }: { node: GraphNode; type: NodeType | null }) {
  const settings = Object.entries(node.data).filter(([key]) => key !== "label");
  return (
    <div className="stack">
      {type?.summary && <p className="muted">{type.summary}</p>}
      {settings.length === 0 && <p className="muted">{t("inspector.noSettings")}</p>}
      <dl className="settings">
        {settings.map(([key, value]) => {
          const field = fieldOf(type, key);
          return (
            <div key={key} className="setting">
              {isSimple(value) && <dt>{field.title}</dt>}
              <dd className={isSimple(value) ? (looksLikeCode(key, value) ? "code" : "") : "bare"}>
                {isSimple(value) ? text(value) : <ValueView title={field.title} value={value} />}
              </dd>
              {field.help && <dd className="bare help">{field.help}</dd>}
            </div>
          );
        })}
        {node.outputs.some(({ handle }) => handle !== null) && (
          <div className="setting">
            <dt>{t("inspector.outputs")}</dt>
            <dd className="bare">
              <Outputs outputs={node.outputs} />
            </dd>
          </div>
        )}
        <div className="setting">
          <dt>{t("inspector.id")}</dt>
          <dd className="code">{node.id}</dd>
        </div>
      </dl>
    </div>
  );
}

/** Where edges can leave, by the handles that they name, and where they lead. */
function Outputs({ outputs }: { outputs: readonly Port[] }) {
  return (
    <ul className="outputs">
      {outputs.map(({ handle, label, role, targets }) => (
        <li key={handle ?? ""}>
          <span className={`output-mark ${role}`} aria-hidden="true" />
          <span>{label ?? t("inspector.output")}</span>
          {handle !== null && <code className="mono muted">{handle}</code>}
          <span className="grow" />
          <span className="mono muted truncate" title={targets.join(", ")}>
            {targets.length === 0 ? "–" : `→ ${targets.join(", ")}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

function fieldOf(type: NodeType | null, key: string): { title: string; help: string | null } {
  const properties = record(record(type?.schema).properties);
  const { title, description } = record(properties[key]);
  return {
    title: typeof title === "string" ? title : humanised(key),
    help: typeof description === "string" ? description : null,
  };
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** `initial_value` as people write it: "Initial value". */
const humanised = (key: string): string => {
  const words = key.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const isSimple = (value: unknown): boolean => typeof value !== "object" || value === null;

const text = (value: unknown): string => (typeof value === "string" && value !== "" ? value : JSON.stringify(value));

const looksLikeCode = (key: string, value: unknown): boolean =>
  typeof value === "string" && /expression|condition|url|schema|field|when|path/.test(key);

/** One field of a form, as far as it can be drawn as an input. */
export interface FormField {
  name: string;
  label: string;
  hint: string | null;
  required: boolean;
  kind: "text" | "number" | "boolean" | "choice";
  choices: readonly string[];
}

interface Property {
  type?: unknown;
  title?: unknown;
  description?: unknown;
  enum?: unknown;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The fields of a form's JSON Schema, or null when it is not a flat object of texts, numbers, yes-or-no and choices: such data is
 * written as JSON.
 */
export function formFields(schema: unknown): FormField[] | null {
  if (!isRecord(schema) || (schema.type !== undefined && schema.type !== "object") || !isRecord(schema.properties))
    return null;
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields: FormField[] = [];
  for (const [name, property] of Object.entries(schema.properties)) {
    const kind = isRecord(property) ? kindOf(property) : null;
    if (!isRecord(property) || kind === null) return null;
    fields.push({
      name,
      label: typeof property.title === "string" ? property.title : name,
      hint: typeof property.description === "string" ? property.description : null,
      required: required.includes(name),
      kind,
      choices: kind === "choice" ? (property.enum as string[]) : [],
    });
  }
  return fields;
}

function kindOf(property: Property): FormField["kind"] | null {
  if (Array.isArray(property.enum))
    return property.enum.every((choice) => typeof choice === "string") ? "choice" : null;
  switch (property.type) {
    case "string":
      return "text";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    default:
      return null;
  }
}

/** What was typed, as the data that the form asks for; what was left empty is left out. */
export function formData(
  fields: readonly FormField[],
  typed: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const entries = fields.flatMap((field): [string, unknown][] => {
    const text = typed[field.name] ?? "";
    if (field.kind === "boolean") return [[field.name, text === "true"]];
    if (text === "") return [];
    return [[field.name, field.kind === "number" && Number.isFinite(Number(text)) ? Number(text) : text]];
  });
  return Object.fromEntries(entries);
}

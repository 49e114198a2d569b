// Shows /api/openapi.json. Text only ever enters the page as text.
const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function resolve(document_, schema) {
  const path = schema?.$ref?.split("/").slice(1) ?? [];
  return path.length === 0 ? schema : path.reduce((at, key) => at?.[key], document_);
}

function kind(schema) {
  if (!schema) return "any";
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  const options = schema.oneOf ?? schema.anyOf;
  if (options) return options.map(kind).join(" | ");
  if (schema.type === "array") return `${kind(schema.items)}[]`;
  const types = [schema.type ?? "any"].flat().join(" | ");
  return schema.format ? `${types} (${schema.format})` : types;
}

function fields(document_, schema) {
  const resolved = resolve(document_, schema);
  const properties = Object.entries(resolved?.properties ?? {});
  if (properties.length === 0) return element("p", {}, kind(schema));
  const rows = properties.map(([name, property]) => {
    const needed = resolved.required?.includes(name) ? "" : "?";
    return element("tr", {}, element("th", { scope: "row" }, name + needed), element("td", {}, kind(property)), element("td", {}, property.description ?? ""));
  });
  return element("table", {}, element("tbody", {}, ...rows));
}

function parameters(list) {
  const rows = list.map((parameter) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, parameter.name + (parameter.required ? "" : "?")),
      element("td", {}, `${parameter.in}, ${kind(parameter.schema)}`),
      element("td", {}, parameter.description ?? ""),
    ),
  );
  return element("table", {}, element("tbody", {}, ...rows));
}

function content(document_, title, holder) {
  return Object.entries(holder?.content ?? {}).flatMap(([type, body]) => [element("h4", {}, `${title} (${type})`), fields(document_, body.schema)]);
}

function operation(document_, path, method, described) {
  const parts = [element("p", {}, described.description ?? "")];
  if (described.parameters?.length) parts.push(element("h4", {}, "Parameters"), parameters(described.parameters));
  parts.push(...content(document_, "Body", described.requestBody));
  for (const [status, response] of Object.entries(described.responses ?? {})) {
    if (status === "default") continue;
    const shown = content(document_, `${status}: ${response.description}`, response);
    parts.push(...(shown.length ? shown : [element("h4", {}, `${status}: ${response.description}`)]));
  }
  const head = element("summary", {}, element("b", { class: method }, method.toUpperCase()), " ", element("code", {}, path), " ", described.summary ?? "");
  return element("details", { "data-text": `${method} ${path} ${described.summary ?? ""}`.toLowerCase() }, head, ...parts);
}

function show(document_) {
  document.getElementById("about").textContent = document_.info.description;
  const byTag = new Map(document_.tags.map((tag) => [tag.name, { tag, items: [] }]));
  for (const [path, methods] of Object.entries(document_.paths)) {
    for (const method of METHODS.filter((name) => methods[name])) {
      byTag.get(methods[method].tags[0])?.items.push(operation(document_, path, method, methods[method]));
    }
  }
  const sections = [...byTag.values()].map(({ tag, items }) => element("section", {}, element("h2", {}, tag.name), element("p", {}, tag.description ?? ""), ...items));
  document.getElementById("operations").replaceChildren(...sections);
}

document.getElementById("find").addEventListener("input", (event) => {
  const wanted = event.target.value.trim().toLowerCase();
  for (const details of document.querySelectorAll("details")) details.hidden = !details.dataset.text.includes(wanted);
});

const answer = await fetch("/api/openapi.json");
if (answer.ok) show(await answer.json());
else document.getElementById("operations").textContent = `Could not load openapi.json: ${answer.status}`;

/**
 * The part of ICU message syntax that the catalogue uses: `{name}` and
 * `{count, plural, =0 {none} one {# step} other {# steps}}`, nested freely. A quote is an ordinary character.
 */
export type MessageValues = Record<string, string | number>;

export function formatMessage(message: string, values: MessageValues, locale: string): string {
  let out = "";
  let at = 0;
  while (at < message.length) {
    const open = message.indexOf("{", at);
    if (open < 0) return out + message.slice(at);
    const close = matchingBrace(message, open);
    out += message.slice(at, open) + argument(message.slice(open + 1, close), values, locale);
    at = close + 1;
  }
  return out;
}

function argument(body: string, values: MessageValues, locale: string): string {
  const plural = /^\s*(\w+)\s*,\s*plural\s*,/.exec(body);
  if (!plural) return text(values[body.trim()], body, locale);
  const count = values[plural[1] ?? ""];
  if (typeof count !== "number") throw new Error(`"${plural[1]}" needs a number`);
  const choices = pluralChoices(body.slice(plural[0].length));
  const chosen =
    choices.get(`=${count}`) ?? choices.get(new Intl.PluralRules(locale).select(count)) ?? choices.get("other") ?? "";
  return formatMessage(chosen, values, locale).replaceAll("#", count.toLocaleString(locale));
}

function pluralChoices(text: string): Map<string, string> {
  const choices = new Map<string, string>();
  let at = 0;
  for (;;) {
    const open = text.indexOf("{", at);
    if (open < 0) return choices;
    const close = matchingBrace(text, open);
    choices.set(text.slice(at, open).trim(), text.slice(open + 1, close));
    at = close + 1;
  }
}

function matchingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === "{") depth += 1;
    if (text[at] === "}") depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error(`unclosed brace in "${text}"`);
}

function text(value: string | number | undefined, name: string, locale: string): string {
  if (value === undefined) throw new Error(`no value for "${name.trim()}"`);
  return typeof value === "number" ? value.toLocaleString(locale) : value;
}

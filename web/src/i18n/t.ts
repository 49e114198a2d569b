import { en } from "./en.ts";
import { formatMessage, type MessageValues } from "./format-message.ts";

export type MessageKey = keyof typeof en;

/** English texts go with British dates: day before month, and 24 hours. */
export const locale = "en-GB";

/** The text for the page. Every text a person reads comes through here. */
export function t(key: MessageKey, values: MessageValues = {}): string {
  return formatMessage(en[key], values, locale);
}

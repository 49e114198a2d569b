import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Visitor {
  page: Page;
  context: BrowserContext;
  /** What the browser complained about: violations of the policy, errors of the console, thrown errors. */
  complaints: string[];
  /** Complaints that fit are expected by this story. */
  expectComplaint: (pattern: RegExp) => void;
  leave: () => Promise<void>;
}

let browser: Promise<Browser> | null = null;

/** One browser serves every story of a file; each story has a profile of its own in it. */
function open(): Promise<Browser> {
  browser ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
  return browser;
}

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = null;
}

/** A browser with an empty profile that listens for everything that must not happen. */
export async function visit(baseURL: string): Promise<Visitor> {
  const context = await (await open()).newContext({
    baseURL,
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
  });
  context.setDefaultTimeout(20_000);
  // The answer to "who am I" is a 401 for a stranger, which browsers report as an error.
  const expected: RegExp[] = [/status of 401.*\/api\/v1\/auth\//];
  const complaints: string[] = [];
  const complain = (text: string) => {
    if (!expected.some((pattern) => pattern.test(text))) complaints.push(text);
  };
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complain(`${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => complain(`${error.name}: ${error.message}\n${error.stack ?? ""}`));
  return {
    page,
    context,
    complaints,
    expectComplaint: (pattern) => expected.push(pattern),
    leave: () => context.close(),
  };
}

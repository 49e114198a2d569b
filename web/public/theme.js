// Runs before the first paint so that a dark page never flashes light.
// The same rule lives in src/ui/theme.ts, which takes over once the page is up.
(() => {
  let choice = "system";
  try {
    choice = localStorage.getItem("thaiyyal.theme") ?? "system";
  } catch {
    // Storage may be blocked; the system's choice is a good answer then.
  }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();

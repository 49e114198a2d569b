import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { EditorMark } from "./json-editor.tsx";
import { ownTyping } from "./own-typing.ts";

export interface EditorHandle {
  mark: (marks: readonly EditorMark[]) => void;
  reveal: (from: number, to: number) => void;
  destroy: () => void;
}

export interface EditorSetup {
  label: string;
  text: string;
  focus: boolean;
  onChange: (text: string) => void;
}

export function mountEditor(host: HTMLElement, setup: EditorSetup): EditorHandle {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({ doc: setup.text, extensions: extensions(setup) }),
  });
  if (setup.focus) view.focus();
  return {
    mark: (marks) => view.dispatch(setDiagnostics(view.state, marks.map(clamped(view.state.doc.length)))),
    reveal: (from, to) => {
      const [anchor, head] = [Math.min(from, view.state.doc.length), Math.min(to, view.state.doc.length)];
      view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

const extensions = ({ label, onChange }: EditorSetup) => [
  lineNumbers(),
  foldGutter(),
  codeFolding(),
  lintGutter(),
  history(),
  drawSelection(),
  indentOnInput(),
  bracketMatching(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  search({ top: true }),
  json(),
  syntaxHighlighting(colours),
  theme,
  EditorView.lineWrapping,
  ownTyping,
  EditorState.tabSize.of(2),
  EditorView.contentAttributes.of({ "aria-label": label }),
  // Escape first lets Tab leave the editor, so nobody is caught in it.
  keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap, ...foldKeymap, indentWithTab]),
  EditorView.updateListener.of((update) => {
    if (update.docChanged) onChange(update.state.doc.toString());
  }),
];

const clamped = (length: number) => (mark: EditorMark) => ({
  ...mark,
  from: Math.min(mark.from, length),
  to: Math.min(Math.max(mark.to, mark.from), length),
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--run)" },
  { tag: tags.string, color: "var(--ok)" },
  { tag: tags.number, color: "var(--wait)" },
  { tag: [tags.bool, tags.null], color: "var(--off)" },
  { tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket], color: "var(--muted)" },
]);

// Custom properties reach into the shadow root, so one theme serves light and dark.
const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "12px", color: "var(--ink)", backgroundColor: "transparent" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "19px", fontFeatureSettings: '"zero"' },
  ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--muted)", border: "none", paddingLeft: "4px" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "28px" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--ink) 4%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--ink-2)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--primary) 24%, transparent)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "color-mix(in srgb, var(--primary) 18%, transparent)",
  },
  ".cm-selectionMatch": { backgroundColor: "color-mix(in srgb, var(--accent) 22%, transparent)" },
  ".cm-foldPlaceholder": { border: "none", background: "var(--idle-soft)", color: "var(--muted)", padding: "0 6px" },
  ".cm-tooltip": {
    border: "1px solid var(--line)",
    borderRadius: "8px",
    backgroundColor: "var(--raised)",
    boxShadow: "var(--shadow-2)",
    fontFamily: "var(--font)",
    overflow: "hidden",
  },
  ".cm-diagnostic": { padding: "6px 10px", borderLeftWidth: "3px" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--wait)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--ink)", fontFamily: "var(--font)" },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-panel.cm-search": { padding: "8px 10px" },
  ".cm-textfield": {
    border: "1px solid var(--line-2)",
    borderRadius: "6px",
    backgroundColor: "var(--surface)",
    padding: "3px 6px",
  },
  ".cm-button": {
    border: "1px solid var(--line-2)",
    borderRadius: "6px",
    background: "var(--surface)",
    padding: "3px 8px",
  },
});

import { EditorView } from "@codemirror/view";

/**
 * Puts typed text into the document itself instead of letting the browser change the page first. The browser
 * keeps the look of what a selection held by writing style attributes, which the content security policy forbids.
 * Composed input (accents, other scripts) is left to the browser: it cannot be taken over.
 */
export const ownTyping = EditorView.domEventHandlers({
  beforeinput(event, view) {
    if (event.inputType !== "insertText" || event.isComposing || view.composing || event.data === null) return false;
    view.dispatch(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    event.preventDefault();
    return true;
  },
});

import { type Ref, useEffect, useEffectEvent, useImperativeHandle, useRef } from "react";
import { type EditorHandle, mountEditor } from "./mount-editor.ts";
import "./json-editor.css";

export interface EditorMark {
  from: number;
  to: number;
  severity: "error" | "warning";
  message: string;
}

export interface JsonEditorRef {
  /** Selects a stretch of the text and scrolls to it. */
  reveal: (from: number, to: number) => void;
}

interface JsonEditorProps {
  label: string;
  /** The text at first. The editor owns it from then on; give another `key` to start over. */
  initialText: string;
  marks?: readonly EditorMark[];
  onChange: (text: string) => void;
  ref?: Ref<JsonEditorRef>;
  autoFocus?: boolean;
  minLines?: number;
}

/** CodeMirror inside a shadow root, where it adopts style sheets instead of writing style elements. */
export function JsonEditor({ label, initialText, marks = [], onChange, ref, autoFocus, minLines }: JsonEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorHandle | null>(null);
  const changed = useEffectEvent(onChange);
  const first = useEffectEvent(() => ({ label, text: initialText, focus: autoFocus ?? false }));

  useEffect(() => {
    if (!host.current) return;
    const handle = mountEditor(host.current, { ...first(), onChange: (text) => changed(text) });
    editor.current = handle;
    return () => {
      handle.destroy();
      editor.current = null;
    };
  }, []);
  useEffect(() => editor.current?.mark(marks), [marks]);
  useImperativeHandle(ref, () => ({ reveal: (from, to) => editor.current?.reveal(from, to) }), []);

  return <div ref={host} className="json-editor" style={minLines ? { minHeight: minLines * 19 + 18 } : undefined} />;
}

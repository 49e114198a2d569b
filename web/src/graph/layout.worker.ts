import { type LayoutInput, layout } from "./layout.ts";

self.onmessage = ({ data }: MessageEvent<LayoutInput>) => {
  self.postMessage(layout(data));
};

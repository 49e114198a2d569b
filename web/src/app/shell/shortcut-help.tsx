import { type MessageKey, t } from "~/i18n/t.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { Kbd } from "~/ui/field.tsx";
import "./shortcut-help.css";

const groups: readonly { title: MessageKey; keys: readonly (readonly [string, MessageKey])[] }[] = [
  {
    title: "help.everywhere",
    keys: [
      ["Ctrl K", "help.palette"],
      ["?", "help.this"],
      ["G W", "help.goWorkflows"],
      ["G E", "help.goExecutions"],
      ["/", "help.search"],
    ],
  },
  {
    title: "help.workflow",
    keys: [
      ["Ctrl Enter", "help.run"],
      ["Ctrl S", "help.save"],
      ["Tab", "help.nextNode"],
      ["Enter", "help.openNode"],
      ["Esc", "help.closeNode"],
      ["1", "help.fit"],
      ["0", "help.actualSize"],
    ],
  },
];

export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={t("help.title")}>
      <div className="shortcut-groups">
        {groups.map((group) => (
          <section key={group.title}>
            <h2>{t(group.title)}</h2>
            <dl>
              {group.keys.map(([keys, text]) => (
                <div key={keys} className="shortcut">
                  <dt>{t(text)}</dt>
                  <dd>
                    {keys.split(" ").map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

/** What the page calls the icon that the server names: `git-branch` is `GitBranch`. */
export const iconComponent = (name: string): string =>
  name.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

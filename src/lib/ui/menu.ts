import type { MenuNode } from '../session/messages.ts';

/** The entries whose prompt, symbol or help has every word of the search, with the menus that lead to them. */
export function filterMenu(nodes: readonly MenuNode[], search: string): MenuNode[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...nodes];
  return nodes.flatMap((node) => {
    const text = `${node.prompt} ${node.symbol ?? ''} ${node.help ?? ''}`.toLowerCase();
    if (words.every((word) => text.includes(word))) return [node];
    const children = filterMenu(node.children, search);
    return children.length > 0 ? [{ ...node, children }] : [];
  });
}

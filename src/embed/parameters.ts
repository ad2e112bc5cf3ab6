/** What the address of an embedded player says. docs/embedding.md is for people; names and defaults are the same there. */

export const paneNames = ['code', 'terminal', 'log'] as const;
export type Pane = (typeof paneNames)[number];

export type EmbedParameters = {
  /** Example of the pool, when the fragment is no link. */
  example: string;
  /** File to show first. */
  file?: string;
  panes: Pane[];
  view: 'split' | 'tabs';
  theme: 'light' | 'dark' | 'auto';
  readOnly: boolean;
  /** Boots without being asked, as soon as it is loaded. */
  autoplay: boolean;
  /** When the machine is fetched: with the page, when it comes into view, or at a click. */
  load: 'eager' | 'lazy' | 'click';
  /** A link's fragment, not looked into yet. */
  link?: string;
};

/** What is not understood is as good as not there: an embed in a page of five years ago must go on working. */
export function readParameters(search: string, fragment: string): EmbedParameters {
  const query = new URLSearchParams(search);
  const oneOf = <T extends string>(name: string, values: readonly T[], fallback: T): T =>
    values.find((value) => value === query.get(name)) ?? fallback;
  const isSet = (name: string) => query.has(name) && !['0', 'false', 'no'].includes(query.get(name) ?? '');
  const asked = (query.get('panes') ?? '').split(',');
  const panes = paneNames.filter((pane) => asked.includes(pane));
  const file = query.get('file');
  return {
    example: query.get('example') || 'helloworld',
    ...(file ? { file } : {}),
    panes: panes.length > 0 ? panes : ['code', 'terminal'],
    view: oneOf('view', ['split', 'tabs'], 'split'),
    theme: oneOf('theme', ['light', 'dark', 'auto'], 'auto'),
    readOnly: isSet('readonly'),
    autoplay: isSet('autoplay'),
    load: oneOf('load', ['eager', 'lazy', 'click'], 'click'),
    ...(/^#v\d+:/.test(fragment) ? { link: fragment } : {}),
  };
}

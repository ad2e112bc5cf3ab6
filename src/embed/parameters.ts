/** What the address of an embedded player says. docs/embedding.md is for people; names and defaults are the same there. */

/** Panes that an address may ask for; a lesson's text is there whenever there is a lesson. */
export const paneNames = ['code', 'terminal', 'log'] as const;
export type Pane = 'lesson' | (typeof paneNames)[number];

export type EmbedParameters = {
  /** Example of the pool, when the fragment is no link. */
  example: string;
  /** Name of a lesson, which takes the place of the example. */
  lesson?: string;
  /** Id of the lesson's step to begin with. */
  step?: string;
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
  const named: Pane[] = paneNames.filter((pane) => asked.includes(pane));
  const panes: Pane[] = named.length > 0 ? named : ['code', 'terminal'];
  const lesson = query.get('lesson');
  const isLink = /^#v\d+:/.test(fragment);
  // As in the lesson's own page the fragment is a step, unless a link needs it.
  const step = query.get('step') ?? (isLink ? null : fragment.slice(1));
  const file = query.get('file');
  return {
    example: query.get('example') || 'helloworld',
    ...(file ? { file } : {}),
    ...(lesson ? { lesson } : {}),
    ...(lesson && step ? { step } : {}),
    panes: lesson ? ['lesson', ...panes] : panes,
    view: oneOf('view', ['split', 'tabs'], 'split'),
    theme: oneOf('theme', ['light', 'dark', 'auto'], 'auto'),
    readOnly: isSet('readonly'),
    autoplay: isSet('autoplay'),
    load: oneOf('load', ['eager', 'lazy', 'click'], 'click'),
    ...(isLink ? { link: fragment } : {}),
  };
}

/** The search part of an address for the lesson that a link names, and otherwise as this one; nothing when it names none. */
export function otherLesson(search: string, linked: string): string | undefined {
  const lesson = new URLSearchParams(linked).get('lesson');
  if (!lesson) return undefined;
  const query = new URLSearchParams(search);
  query.set('lesson', lesson);
  for (const ofThis of ['step', 'file']) query.delete(ofThis);
  return `?${query.toString()}`;
}

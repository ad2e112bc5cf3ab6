import { error } from '@sveltejs/kit';
import lessons from 'virtual:lessons';

/** Every lesson is a page of its own, made when the site is built. */
export const entries = () => lessons.map(({ name }) => ({ lesson: name }));

export function load({ params }: { params: { lesson: string } }) {
  const at = lessons.findIndex(({ name }) => name === params.lesson);
  if (at < 0) error(404, `There is no lesson "${params.lesson}".`);
  const next = lessons.at(at + 1);
  return { lesson: lessons[at], next: next && { href: `../${next.name}/`, title: next.title } };
}

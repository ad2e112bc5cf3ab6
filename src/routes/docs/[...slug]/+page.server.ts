import { posix } from 'node:path';
import { error } from '@sveltejs/kit';
import pages, { type DocPage } from 'virtual:docs';

/** All pages are made when the site is built; the first is the list of the others. */
export const entries = () => [{ slug: '' }, ...pages.map(({ slug }) => ({ slug }))];

const groups = [
  { title: 'Using it', has: (slug: string) => /^(tour|playground|links|snapshots|debugging|embed\w*)$/.test(slug) },
  { title: 'How it works', has: (slug: string) => !slug.includes('/') && slug !== 'libraries' },
  { title: 'Library pool', has: (slug: string) => slug.startsWith('libraries') },
  { title: 'Decisions', has: (slug: string) => slug.startsWith('decisions/') },
];

export function load({ params }: { params: { slug: string } }) {
  const slug = params.slug.replace(/\/$/, '');
  const page = pages.find((candidate) => candidate.slug === slug);
  if (!page && slug !== '') error(404, `There is no page "${slug}".`);
  return {
    page,
    home: `${posix.relative(slug, '') || '.'}/`,
    site: `${posix.relative(posix.join('docs', slug), '')}/`,
    groups: grouped(slug),
  };
}

/** Each page in the first group that has it, with a link relative to the page `from`. */
function grouped(from: string) {
  const groupOf = ({ slug }: DocPage) => groups.find(({ has }) => has(slug));
  return groups.map((group) => ({
    title: group.title,
    pages: pages
      .filter((page) => groupOf(page) === group)
      .map(({ slug, title }) => ({ title, href: `${posix.relative(from, slug) || '.'}/`, current: slug === from })),
  }));
}

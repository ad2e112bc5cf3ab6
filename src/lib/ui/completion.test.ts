import { expect, it } from 'vitest';
import { kindOfCompletion, signatureOf, snippetOf } from './completion.ts';

const printf = {
  name: 'printf',
  type: 'int',
  chunks: [{ text: 'printf(' }, { placeholder: 'const char *fmt' }, { text: ', ' }, { placeholder: '${x}' }, { text: ')' }],
};

it('makes a snippet with a stop for each parameter, and nothing of the name is special', () => {
  expect(snippetOf(printf)).toBe('printf(${1:const char *fmt}, ${2:\\${x\\}})');
  expect(signatureOf(printf)).toBe('int printf(const char *fmt, ${x})');
  expect([
    kindOfCompletion(printf),
    kindOfCompletion({ name: 'x', type: 'int', chunks: [{ text: 'x' }] }),
    kindOfCompletion({ name: 'F', chunks: [{ text: 'F' }] }),
  ]).toEqual(['function', 'variable', 'name']);
});

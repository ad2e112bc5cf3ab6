import { escapeText, typeText } from './type-table.ts';
import type { Attributes } from './types.ts';

type AttributeValue = Attributes extends ReadonlyMap<string, infer V> ? V : never;

/** Attributes that are words with text in parentheses; other text is that of a string attribute, `"name"="text"`. */
const wordsWithText = new Set([
  ...['memory', 'captures', 'initializes', 'range', 'nofpclass', 'uwtable', 'allockind', 'denormal_fpenv', 'vscale_range', 'allocsize'],
  ...['byref', 'sret', 'byval', 'elementtype', 'inalloca', 'preallocated', 'dead_on_return'],
]);

/** Words of attributes are lower case without dashes; string attributes without a value look so too only if LLVM does not know them. */
const wordName = /^[a-z][a-z0-9_]*$/;

/** An attribute as LLVM writes it on a parameter, a result or a call. */
export function printAttribute([name, value]: readonly [string, AttributeValue]): string {
  if (value === true) return wordName.test(name) ? name : `"${escapeText(name)}"`;
  if (typeof value === 'number') return name === 'align' ? `align ${value}` : `${name}(${value})`;
  if (typeof value === 'string')
    return wordsWithText.has(name) && wordName.test(name) ? `${name}(${value})` : `"${escapeText(name)}"="${escapeText(value)}"`;
  return `${name}(${isNumbers(value) ? value.join(', ') : typeText(value)})`;
}

function isNumbers(value: Exclude<AttributeValue, true | number | string>): value is readonly number[] {
  return Array.isArray(value);
}

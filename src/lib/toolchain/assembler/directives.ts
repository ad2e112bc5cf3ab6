/** All directives by name. */
import { controlDirectives } from './control-directives.ts';
import { dataDirectives } from './data-directives.ts';
import { frameDirectives } from './frame-directives.ts';
import { sectionDirectives } from './section-directives.ts';
import { symbolDirectives } from './symbol-directives.ts';
import type { Cursor } from './cursor.ts';
import type { Pass } from './pass.ts';

/** Reads what follows the directive's name and acts. */
export type Directive = (pass: Pass, cursor: Cursor, name: string) => void;

/** By lower-case name with the dot. */
export const directives: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ...Object.entries(dataDirectives),
  ...Object.entries(sectionDirectives),
  ...Object.entries(symbolDirectives),
  ...Object.entries(controlDirectives),
  ...Object.entries(frameDirectives),
]);

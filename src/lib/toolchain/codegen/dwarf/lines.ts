/** Rows of the line table for one function. */
import type { LineRow } from '../../assembler/line-table.ts';
import type { Section } from '../../object/object.ts';
import type { MetadataRef } from '../../ir/index.ts';
import type { MFunction, MIns } from '../mir.ts';
import { numberIn, refOf, type DebugMetadata } from './metadata.ts';
import type { Range } from './scopes.ts';

export type LineContext = {
  metadata: DebugMetadata;
  section: Section;
  fileNumber(file: MetadataRef | undefined): number | undefined;
};

/**
 * A row where the function begins, at the line of its body's opening; then one wherever the location changes. A statement begins where the line
 * changes; the first instruction with a line is the end of the prologue, where debuggers stop on entry: parameters are in place there.
 */
export function lineRows(
  context: LineContext,
  subprogram: MetadataRef,
  fn: MFunction,
  offsets: ReadonlyMap<MIns, Range>,
  start: number,
): LineRow[] {
  const { metadata, section } = context;
  const node = metadata.node(subprogram, 'DISubprogram');
  if (!node) return [];
  const file = context.fileNumber(refOf(node, 'file')) ?? 0;
  const line = numberIn(node, 'scopeLine') || numberIn(node, 'line');
  const rows: LineRow[] = [{ at: { section, offset: start }, file, line, column: 0, isStatement: true }];
  let last = rows[0];
  /** Of the last row that had a line. */
  let statement = rows[0];
  let inPrologue = true;
  for (const b of fn.blocks) {
    for (const i of b.ins) {
      const where = offsets.get(i);
      const location = metadata.location(i.debug);
      if (!location || !where || where.start === where.end) continue;
      const scope = metadata.node(location.scope);
      const row: LineRow = {
        at: { section, offset: where.start },
        file: (scope && context.fileNumber(refOf(scope, 'file'))) ?? file,
        line: location.line,
        column: location.column,
        isStatement: false,
      };
      if (row.line === 0) {
        // Code that belongs to no line: where it begins counts.
        if (last.line === 0) continue;
        row.column = 0;
      } else {
        const prologueEnd = inPrologue;
        inPrologue = false;
        if (!prologueEnd && last.line === row.line && last.column === row.column && last.file === row.file) continue;
        row.isStatement = prologueEnd || row.line !== statement.line || row.file !== statement.file;
        if (prologueEnd) row.prologueEnd = true;
        statement = row;
      }
      // Two rows at one address: the later one is meant.
      const previous = rows[rows.length - 1];
      if ('offset' in previous.at && 'offset' in row.at && previous.at.offset === row.at.offset && rows.length > 1) rows.pop();
      rows.push(row);
      last = row;
    }
  }
  return rows;
}

/** lld's link map (`-Map`) as data: what of which object became which bytes of the image. */

export type MapSymbol = { name: string; address: bigint; size: number };

export type MapInput = {
  /** As it was named to the linker; archive members as `archive(member)`; `<internal>` for what lld made itself. */
  object: string;
  section: string;
  address: bigint;
  size: number;
  align: number;
  symbols: MapSymbol[];
};

export type MapSection = {
  name: string;
  address: bigint;
  loadAddress: bigint;
  size: number;
  align: number;
  inputs: MapInput[];
  symbols: MapSymbol[];
};

const row = /^ *([0-9a-f]+) +([0-9a-f]+) +([0-9a-f]+) +(\d+) (.*)$/;
const input = /^ {8}(.*?):\((.*)\)$/;

/** `symbols` are those that the linker script assigns outside of output sections. */
export type LinkMap = { sections: MapSection[]; symbols: MapSymbol[] };

/** Output sections in order of the image. Assignments of the linker script are symbols of the section in which they stand. */
export function parseMap(text: string): LinkMap {
  const sections: MapSection[] = [];
  const symbols: MapSymbol[] = [];
  for (const line of text.split('\n')) {
    const cells = row.exec(line);
    if (!cells) continue;
    const [, vma, lma, sizeText, alignText, rest] = cells;
    const address = BigInt(`0x${vma}`);
    const size = Number.parseInt(sizeText, 16);
    const current = sections.at(-1);
    const from = input.exec(rest);
    if (from) {
      current?.inputs.push({ object: from[1], section: from[2], address, size, align: Number(alignText), symbols: [] });
    } else if (rest.startsWith(' '.repeat(16))) {
      current?.inputs.at(-1)?.symbols.push({ name: rest.trim(), address, size });
    } else {
      const assignment = /^\s*(?:PROVIDE(?:_HIDDEN)? *\( *|HIDDEN *\( *)?([A-Za-z_.$][\w.$]*) *(?:[-+*/&|]|<<|>>)?= /.exec(rest);
      if (assignment) {
        const owner = rest.startsWith(' ') ? current?.symbols : symbols;
        if (assignment[1] !== '.') owner?.push({ name: assignment[1], address, size: 0 });
      } else if (!rest.startsWith(' ')) {
        sections.push({ name: rest, address, loadAddress: BigInt(`0x${lma}`), size, align: Number(alignText), inputs: [], symbols: [] });
      }
    }
  }
  return { sections, symbols };
}

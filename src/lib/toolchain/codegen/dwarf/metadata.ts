/** Debug metadata of a module (LLVM Language Reference, "Specialized Metadata Nodes") by what it means rather than how it is written. */
import type { MetadataField, MetadataNode, MetadataRef, Module, Value } from '../../ir/index.ts';

export type DiNode = Extract<MetadataNode, { kind: 'specialized' }>;

/** Nodes name each other without end in malformed metadata: no chain of scopes or types is followed further. */
export const maxDepth = 200;

export type DiLocation = { line: number; column: number; scope: MetadataRef; inlinedAt?: MetadataRef };

export type DiFile = { directory: string; name: string; md5?: Uint8Array };

export class DebugMetadata {
  readonly module: Module;
  readonly #locations = new Map<MetadataRef, DiLocation | undefined>();

  constructor(module: Module) {
    this.module = module;
  }

  /** The node of that number if it is of one of the kinds named (`DISubprogram`), or of any specialized kind. */
  node(ref: MetadataRef | undefined, ...names: string[]): DiNode | undefined {
    if (ref === undefined) return undefined;
    const node = this.module.metadata.get(ref);
    return node?.kind === 'specialized' && (names.length === 0 || names.includes(node.name)) ? node : undefined;
  }

  location(ref: MetadataRef | undefined): DiLocation | undefined {
    if (ref === undefined) return undefined;
    if (this.#locations.has(ref)) return this.#locations.get(ref);
    const node = this.node(ref, 'DILocation');
    const scope = node && refOf(node, 'scope');
    const found: DiLocation | undefined =
      node && scope !== undefined
        ? { line: numberIn(node, 'line'), column: numberIn(node, 'column'), scope, inlinedAt: refOf(node, 'inlinedAt') }
        : undefined;
    this.#locations.set(ref, found);
    return found;
  }

  /** What a tuple refers to, by number; `null` where it says so. */
  list(ref: MetadataRef | undefined): (MetadataRef | null)[] {
    if (ref === undefined) return [];
    const node = this.module.metadata.get(ref);
    if (node?.kind !== 'tuple') return [];
    return node.elements.map((element) => (typeof element === 'number' ? element : null));
  }

  file(ref: MetadataRef | undefined): DiFile | undefined {
    const node = this.node(ref, 'DIFile');
    if (!node) return undefined;
    const checksum = textIn(node, 'checksum');
    const hashed = wordsIn(node, 'checksumkind').includes('CSK_MD5') && checksum !== undefined && /^[0-9a-f]{32}$/i.test(checksum);
    return {
      directory: textIn(node, 'directory') ?? '',
      name: textIn(node, 'filename') ?? '',
      ...(hashed ? { md5: Uint8Array.from(checksum.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)) } : {}),
    };
  }

  /** The subprogram in which a scope lies, lexical blocks left. */
  subprogramOf(scope: MetadataRef): MetadataRef | undefined {
    let at: MetadataRef | undefined = scope;
    for (let depth = 0; at !== undefined && depth < maxDepth; depth++) {
      const node = this.node(at);
      if (node?.name === 'DISubprogram') return at;
      at = node && refOf(node, 'scope');
    }
    return undefined;
  }

  /** The operations of an expression given by number or in place. */
  expression(value: Value | MetadataRef | MetadataField | undefined): readonly (string | bigint)[] {
    let node: MetadataNode | undefined;
    if (typeof value === 'number') node = this.module.metadata.get(value);
    else if (value !== null && typeof value === 'object') {
      if ('ref' in value && typeof value.ref === 'number') node = this.module.metadata.get(value.ref);
      else if ('inline' in value) node = value.inline;
      else if ('kind' in value && value.kind === 'metadataValue' && isNode(value.metadata)) node = value.metadata;
    }
    return node?.kind === 'expression' ? node.ops : [];
  }
}

function isNode(metadata: MetadataNode | Value | string): metadata is MetadataNode {
  return typeof metadata !== 'string' && ['tuple', 'specialized', 'expression', 'argList'].includes(metadata.kind);
}

export function refOf(node: DiNode, field: string): MetadataRef | undefined {
  const value = node.fields.get(field);
  return value !== null && typeof value === 'object' && 'ref' in value ? value.ref : undefined;
}

export function textIn(node: DiNode, field: string): string | undefined {
  const value = node.fields.get(field);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A number that lines, columns and sizes can be; 0 when it is absent or none. */
export function numberIn(node: DiNode, field: string): number {
  const value = node.fields.get(field);
  return typeof value === 'bigint' && value >= 0n && value <= 0xffff_ffffn ? Number(value) : 0;
}

export function integerIn(node: DiNode, field: string): bigint | undefined {
  const value = node.fields.get(field);
  if (typeof value === 'bigint') return value;
  if (value !== null && typeof value === 'object' && 'value' in value && value.value.kind === 'int') {
    const { type } = value.value;
    return type.kind === 'int' ? BigInt.asIntN(type.bits, value.value.value) : value.value.value;
  }
  return undefined;
}

export function isTrue(node: DiNode, field: string): boolean {
  return node.fields.get(field) === true;
}

/** Words of a field: `DW_TAG_member`, or several flags. */
export function wordsIn(node: DiNode, field: string): readonly string[] {
  const value = node.fields.get(field);
  return value !== null && typeof value === 'object' && 'flags' in value ? value.flags : [];
}

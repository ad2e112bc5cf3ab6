import type { Type } from './types.ts';

type Struct = Extract<Type, { kind: 'struct' }>;
type FunctionType = Extract<Type, { kind: 'function' }>;
export type SimpleKind = 'void' | 'label' | 'metadata' | 'token' | 'ptr' | 'half' | 'bfloat' | 'float' | 'double' | 'fp128';

/** Makes each type once, so that equal types are the same object. Named structures are equal by name. */
export class TypeTable {
  /** Structures by name, in the order in which they are first mentioned. */
  readonly named = new Map<string, Struct>();
  readonly #byKey = new Map<string, Type>();
  readonly #numbers = new Map<Type, number>();
  readonly #ints = new Map<number, Type>();

  #intern<T extends Type>(key: string, make: () => T, is: (t: Type) => t is T): T {
    const found = this.#byKey.get(key);
    if (found) {
      if (!is(found)) throw new Error(`type table: ${key} names another type`);
      return found;
    }
    const made = make();
    this.#byKey.set(key, made);
    return made;
  }

  #id(type: Type): number {
    let id = this.#numbers.get(type);
    if (id === undefined) {
      id = this.#numbers.size;
      this.#numbers.set(type, id);
    }
    return id;
  }

  simple(kind: SimpleKind): Type {
    return this.#intern(kind, (): Type => ({ kind }), isType);
  }
  int(bits: number): Type {
    let found = this.#ints.get(bits);
    if (!found) this.#ints.set(bits, (found = { kind: 'int', bits }));
    return found;
  }
  array(length: number, element: Type): Type {
    return this.#intern(`[${length}x${this.#id(element)}`, (): Type => ({ kind: 'array', length, element }), isType);
  }
  vector(length: number, element: Type): Type {
    return this.#intern(`<${length}x${this.#id(element)}`, (): Type => ({ kind: 'vector', length, element }), isType);
  }
  struct(fields: readonly Type[], packed: boolean): Struct {
    const key = `${packed ? '<' : ''}{${fields.map((f) => this.#id(f)).join(',')}`;
    return this.#intern(key, (): Struct => ({ kind: 'struct', fields, packed }), isStruct);
  }
  function(result: Type, params: readonly Type[], varargs: boolean): FunctionType {
    const key = `${this.#id(result)}(${params.map((p) => this.#id(p)).join(',')}${varargs ? '...' : ''}`;
    return this.#intern(key, (): FunctionType => ({ kind: 'function', result, params, varargs }), isFunction);
  }
  /** The named structure; opaque until {@link define} says what is in it. */
  namedStruct(name: string): Struct {
    let found = this.named.get(name);
    if (!found) this.named.set(name, (found = { kind: 'struct', fields: [], packed: false, name, opaque: true }));
    return found;
  }
  /** Gives the named structure its fields. False if it has some already. */
  define(name: string, body: Struct): boolean {
    const struct = this.namedStruct(name);
    if (!struct.opaque) return false;
    struct.fields = body.fields;
    struct.packed = body.packed;
    delete struct.opaque;
    return true;
  }
}

const isType = (_: Type): _ is Type => true;
const isStruct = (t: Type): t is Struct => t.kind === 'struct';
const isFunction = (t: Type): t is FunctionType => t.kind === 'function';

/**
 * A named structure that holds itself by value, or that nests deeper than `limit` levels: neither has a layout that can be computed.
 */
export function unboundedType(types: Iterable<Type>, limit: number): Type | undefined {
  const depths = new Map<Type, number>();
  const depthOf = (type: Type, level: number): number => {
    if (level > limit) return limit + 1;
    const parts = type.kind === 'struct' ? type.fields : type.kind === 'array' || type.kind === 'vector' ? [type.element] : [];
    if (parts.length === 0) return 1;
    const known = depths.get(type);
    if (known !== undefined) return known;
    // Until its depth is known a type is endless: it is met again only inside itself.
    depths.set(type, limit + 1);
    let most = 0;
    for (const part of parts) most = Math.max(most, depthOf(part, level + 1));
    depths.set(type, most + 1);
    return most + 1;
  };
  for (const type of types) if (depthOf(type, 0) > limit) return type;
  return undefined;
}

/** Names that need no quotes; all-digit ones stand for what has no name. */
const plainName = /^(?:[-a-zA-Z$._][-a-zA-Z$._0-9]*|[0-9]+)$/;

/** A name as LLVM writes it behind a sigil, quoted where needed. */
export function nameText(name: string): string {
  return plainName.test(name) ? name : `"${escapeText(name)}"`;
}

/** Text between quotes: what is not printable ASCII, a quote and a backslash are written as `\xx`, UTF-8. */
export function escapeText(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? text : escapeBytes(new TextEncoder().encode(text));
}

export function escapeBytes(bytes: Uint8Array): string {
  let out = '';
  for (const b of bytes) {
    if (b >= 0x20 && b < 0x7f && b !== 0x22 && b !== 0x5c) out += String.fromCharCode(b);
    else out += `\\${b.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

/** A type as LLVM writes it. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'int':
      return `i${type.bits}`;
    case 'array':
      return `[${type.length} x ${typeText(type.element)}]`;
    case 'vector':
      return `<${type.length} x ${typeText(type.element)}>`;
    case 'struct':
      return type.name !== undefined ? `%${nameText(type.name)}` : structBodyText(type);
    case 'function':
      return `${typeText(type.result)} (${[...type.params.map(typeText), ...(type.varargs ? ['...'] : [])].join(', ')})`;
    default:
      return type.kind;
  }
}

/** The fields of a structure, whether it has a name or not. */
export function structBodyText(type: Struct): string {
  if (type.opaque) return 'opaque';
  const fields = type.fields.length === 0 ? '{}' : `{ ${type.fields.map(typeText).join(', ')} }`;
  return type.packed ? `<${fields}>` : fields;
}
